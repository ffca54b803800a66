using System.Globalization;
using Quire.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Quire.Tests.Seeds;

/// <summary>
/// "Multi-instance concurrency issues with atomic operations": what that report asks to be tested,
/// by its names, with processes; and beside it that the way it came from fails.
/// </summary>
/// <remarks>
/// No worker may ever be told that the file is busy: it would end with an error, and the test with
/// it.
/// </remarks>
public sealed class MultiInstanceTests(ITestOutputHelper output) : IDisposable
{
    private const int Processes = 4;
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("shared.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Multi_instance_atomic_increment()
    {
        const int times = 100;
        using var workers = new WorkerGroup("kv", Processes, _ => [Path, "sum", $"{times}"]);

        ulong[][] values =
        [
            .. workers.RunToTheEnd().Select(lines => lines.Select(
                line => ulong.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture)).ToArray()),
        ];

        Assert.All(values, mine => Assert.Equal(mine.Order(), mine));
        Assert.Equal(
            Enumerable.Range(1, Processes * times).Select(i => (ulong)i),
            values.SelectMany(mine => mine).Order());
        using PageFile file = PageFile.Open(Path);
        StoreEntry sum = new KeyValueStore(file).Get(["n"])!;
        Assert.Equal((ulong)(Processes * times), sum.Value.AsUInt64());
        CheckMaps(file);
    }

    [Fact]
    public void An_increment_that_reads_first_and_then_sets_loses_one()
    {
        using PageFile one = PageFile.Open(Path);
        using PageFile other = PageFile.Open(Path);
        KeyValueStore first = new(one);
        KeyValueStore second = new(other);
        first.Set(["n"], StoreValue.FromUInt64(0));

        ulong seenByFirst = first.Get(["n"])!.Value.AsUInt64();
        ulong seenBySecond = second.Get(["n"])!.Value.AsUInt64();
        first.Set(["n"], StoreValue.FromUInt64(seenByFirst + 1));
        second.Set(["n"], StoreValue.FromUInt64(seenBySecond + 1));

        Assert.Equal(1UL, first.Get(["n"])!.Value.AsUInt64());
    }

    [Fact]
    public void Versionstamp_uniqueness()
    {
        const int times = 80;
        using var workers = new WorkerGroup("kv", Processes, _ => [Path, "log", $"{times}"]);

        Versionstamp[][] acknowledged =
        [
            .. workers.RunToTheEnd().Select(lines => lines.SelectMany(line => line.Split(' '))
                .Select(stamp => Versionstamp.Parse(stamp)).ToArray()),
        ];

        Versionstamp[] all = [.. acknowledged.SelectMany(mine => mine).Order()];
        Assert.Equal(Processes * times * 3 / 2, all.Length);
        Assert.Equal(all.Distinct(), all);
        Assert.All(acknowledged, mine => Assert.Equal(mine.Order(), mine));

        // The log that each transaction kept of itself has them in the order of commits.
        using PageFile file = PageFile.Open(Path);
        Assert.Equal(all, ReadOrder(file));
        StorePage entries = new KeyValueStore(file).List(StoreSelector.WithPrefix(["log"]));
        Assert.Equal(
            all.Select(stamp => (stamp.ToString(), stamp)),
            entries.Select(entry => (entry.Key.Parts[1].AsString(), entry.Versionstamp)));
    }

    [Fact]
    public void Stamps_of_a_clock_that_are_drawn_before_the_lock_collide_and_go_down()
    {
        var clock = new SteppedClock();
        using PageFile one = PageFile.Open(Path);
        using PageFile other = PageFile.Open(Path);
        NaiveStore first = new(one, clock);
        NaiveStore second = new(other, clock);

        // The same millisecond, and counters that know nothing of each other.
        Assert.Equal(first.DrawStamp(), second.DrawStamp());

        // Drawn earlier, committed later.
        Versionstamp early = first.DrawStamp();
        clock.Now += TimeSpan.FromMilliseconds(5);
        second.Set("a", second.DrawStamp());
        Versionstamp seen = first.StampOf("a")!.Value;
        first.Set("a", early);
        Assert.True(second.StampOf("a") < seen);

        // The clock is set back.
        first.Set("b", first.DrawStamp());
        seen = first.StampOf("b")!.Value;
        clock.Now -= TimeSpan.FromHours(1);
        first.Set("b", first.DrawStamp());
        Assert.True(first.StampOf("b") < seen);
    }

    [Fact]
    public void Stamps_rise_whatever_the_clocks_do_and_failed_checks_do_not_draw_any()
    {
        var clock = new SteppedClock();
        using PageFile one = PageFile.Open(Path);
        using PageFile other = PageFile.Open(Path);
        KeyValueStore[] stores =
        [
            new(one, new KeyValueStoreOptions { Clock = clock }), new(other),
        ];
        Versionstamp last = default;
        for (int i = 0; i < 20; i++)
        {
            clock.Now -= TimeSpan.FromDays(i);
            AtomicResult failed = stores[i % 2].Atomic()
                .Check(["a"], new Versionstamp(ulong.MaxValue, 0)).Set(["a"], default).Commit();
            Versionstamp stamp = stores[i % 2].Set(["a"], default);
            Assert.False(failed.IsCommitted);
            Assert.True(stamp.CommitNumber == last.CommitNumber + 1, $"{last}, then {stamp}");
            Assert.Equal(stamp, stores[(i + 1) % 2].Get(["a"])!.Versionstamp);
            last = stamp;
        }
    }

    [Fact]
    public void Check_and_set_race()
    {
        const int rounds = 100;
        using PageFile file = PageFile.Open(Path);
        var store = new KeyValueStore(file);
        using var workers = new WorkerGroup("kv", Processes, i => [Path, "race", $"{i}"]);
        var winners = new int[Processes];
        Versionstamp? last = null;
        for (int round = 0; round < rounds; round++)
        {
            // A key that is absent, and one of a known stamp, by turns.
            bool isAbsent = round % 2 == 0 || last is null;
            string key = isAbsent ? $"{round}" : "shared";
            string[] answers = workers.AskAll($"{key} {(isAbsent ? "-" : last)}");

            int winner = Array.FindIndex(answers, answer => answer != "lost");
            Assert.Equal(
                Enumerable.Range(0, Processes).Select(i => i == winner),
                answers.Select(answer => answer != "lost"));
            winners[winner]++;
            StoreEntry entry = store.Get(["race", key])!;
            Assert.Equal($"won {entry.Versionstamp}", answers[winner]);
            Assert.Equal($"\"{winner}\"", entry.Value.AsJsonText());
            if (isAbsent && round == 0)
            {
                last = store.Set(["race", "shared"], default);
            }
            else if (!isAbsent)
            {
                last = entry.Versionstamp;
            }
        }

        output.WriteLine($"rounds won by each: {string.Join(", ", winners)}");
    }

    [Fact]
    public void A_check_in_one_transaction_and_the_change_in_the_next_lets_two_win()
    {
        using PageFile one = PageFile.Open(Path);
        using PageFile other = PageFile.Open(Path);
        var clock = new SteppedClock();
        NaiveStore first = new(one, clock);
        NaiveStore second = new(other, clock);

        Versionstamp ofFirst = first.DrawStamp();
        bool firstMay = first.StampOf("a") is null;
        bool secondMay = second.StampOf("a") is null;
        first.Set("a", ofFirst);
        clock.Now += TimeSpan.FromMilliseconds(1);
        second.Set("a", second.DrawStamp());

        // Both were told that they were first; what the first one set is gone.
        Assert.True(firstMay && secondMay);
        Assert.NotEqual(ofFirst, first.StampOf("a"));
    }

    [Fact]
    public void High_concurrency_stress()
    {
        const int threads = 4;
        const int times = 40;
        const int processes = 3;
        using var workers = new WorkerGroup(
            "kv-stress",
            processes,
            i => [Path, $"{threads}", $"{times}", $"{1000 * (i + 1)}"]);

        string[] said = [.. workers.RunToTheEnd().SelectMany(lines => lines)];

        Assert.Equal(processes * threads * times, said.Length);
        string[] committed = [.. said.Where(line => line is not ("lost" or "refused"))];
        output.WriteLine(
            $"{committed.Length} committed, {said.Count(line => line == "lost")} lost a check, " +
            $"{said.Count(line => line == "refused")} met another type");

        // What lost or was refused was no commit: the stamps of the others have no gap.
        Assert.Equal(
            Enumerable.Range(1, committed.Length).Select(i => $"{i:x16}0000"),
            committed.Select(line => line[..20]).Order(StringComparer.Ordinal));
        var replay = new StoreReplay();
        foreach (string line in committed.Order(StringComparer.Ordinal))
        {
            replay.Perform(line[..20], line[21..]);
        }

        using PageFile file = PageFile.Open(Path);
        StorePage entries = new KeyValueStore(file).List(StoreSelector.All);
        Assert.Equal(
            replay.Entries.Order(StringComparer.Ordinal),
            entries.Select(entry => $"{entry.Key} {entry.Value} {entry.Versionstamp}")
                .Order(StringComparer.Ordinal));
        CheckMaps(file);
    }

    private static void CheckMaps(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        Assert.Empty(read.VerifyMaps().Problems);
    }

    private static Versionstamp[] ReadOrder(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        var stamps = new List<Versionstamp>();
        foreach (MapEntry entry in read.Map("order").Scan())
        {
            stamps.Add(Versionstamp.Read(entry.Value));
        }

        return [.. stamps];
    }
}
