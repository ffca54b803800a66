using System.Collections.Concurrent;
using System.Globalization;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;
using Xunit.Abstractions;

namespace Quire.Tests.Seeds;

/// <summary>
/// Counters of several processes, and beside them the trigger that takes the highest number plus
/// one, which the seed reports as giving the same number twice.
/// </summary>
public sealed class AtomicCounterTests(ITestOutputHelper output) : IDisposable
{
    private const string Role = "counter-client";

    private readonly TempFolder _folder = new();

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void Eight_processes_of_500_increments_each_are_given_4000_numbers_beside_max_plus_one(
        CommitProtocol protocol)
    {
        PageFile.Open(Path, new PageFileOptions { Protocol = protocol }).Dispose();
        const int processes = 8;
        const int times = 500;
        const int naiveTimes = 40;
        using var workers = new WorkerGroup(Role, processes, _ => [Path]);

        long[] numbers = Values(workers.RunAll(_ => $"add orders {times}"));
        workers.RunAll(i => $"naive p{i} {naiveTimes}");

        using PageFile file = PageFile.Open(Path);
        IReadOnlyList<long> naive = MaxPlusOne.Numbers(file);
        output.WriteLine("counter     calls   different numbers");
        output.WriteLine($"Increment   {numbers.Length,5}   {numbers.Distinct().Count(),5}");
        output.WriteLine($"MAX + 1     {naive.Count,5}   {naive.Distinct().Count(),5}");
        Assert.Equal(Enumerable.Range(1, processes * times).Select(i => (long)i), numbers.Order());
        Assert.Equal(processes * times * (processes * times + 1L) / 2, numbers.Sum());
        Assert.Equal(processes * times, new CounterSet(file).Get("orders"));

        // Every single transaction of the naive counter is kept; only the numbers are wrong.
        Assert.Equal(processes * naiveTimes, naive.Count);
    }

    [Fact]
    public void Max_plus_one_in_two_transactions_gives_one_number_twice()
    {
        using var workers = new WorkerGroup(Role, 2, _ => [Path]);

        Assert.Equal("inserted", workers[0].Ask("insert first 100"));
        Assert.Equal("100", workers[0].Ask("read-max"));
        Assert.Equal("100", workers[1].Ask("read-max"));
        Assert.Equal("inserted", workers[0].Ask("insert a 101"));
        Assert.Equal("inserted", workers[1].Ask("insert b 101"));

        using PageFile file = PageFile.Open(Path);
        Assert.Equal([100, 101, 101], MaxPlusOne.Numbers(file).Order());

        // The same order of events with counters: there is nothing to read beforehand.
        Assert.Equal(["101.", "102."], InTurn(workers, "add n 1", new CounterSet(file)));
    }

    [Fact]
    public void Ranges_blocks_and_single_numbers_of_six_processes_never_overlap()
    {
        const int times = 60;
        string[] commands =
        [
            $"reserve ids 7 {times}", $"reserve ids 100 {times}", $"add ids {times}",
            $"add ids {times}", $"allocate ids 16 {times}", $"allocate ids 5 {times}",
        ];
        using var workers = new WorkerGroup(Role, commands.Length, _ => [Path]);
        List<long> numbers = [];
        foreach (string line in workers.RunAll(i => commands[i]).SelectMany(said => said))
        {
            long[] ends = [.. line.TrimEnd('.').Split(' ').Select(Number)];
            for (long number = ends[0]; number <= ends[^1]; number++)
            {
                numbers.Add(number);
            }
        }

        using PageFile file = PageFile.Open(Path);
        Assert.Equal(times * (7 + 100 + 1 + 1 + 1 + 1), numbers.Count);
        Assert.Equal(numbers.Count, numbers.Distinct().Count());

        // 60 numbers are three whole blocks of 16 and 12 of a fourth, and twelve whole ones of 5.
        Assert.Equal(numbers.Count + 4, new CounterSet(file).Get("ids"));
        Assert.InRange(numbers.Min(), 1, 1);
    }

    [Theory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void Killed_processes_lose_nothing_acknowledged_and_repeat_nothing(
        CommitProtocol protocol)
    {
        PageFile.Open(Path, new PageFileOptions { Protocol = protocol }).Dispose();
        const int seed = 1;
        const int processes = 4;
        const int kills = 5;
        var random = new Random(seed);
        var acknowledged = new ConcurrentBag<long>();
        int killed = 0;
        using (var workers = new WorkerGroup(Role, processes, _ => [Path]))
        {
            List<Counting> counting = [];
            for (int i = 0; i < processes; i++)
            {
                counting.Add(new Counting(workers[i], acknowledged));
            }

            while (killed < kills)
            {
                counting.RemoveAt(Kill(counting, random));
                counting.Add(new Counting(workers.Add(Path), acknowledged));
                killed++;
            }

            while (counting.Count > 0)
            {
                counting.RemoveAt(Kill(counting, random));
                killed++;
            }
        }

        using PageFile file = PageFile.Open(Path);
        long value = new CounterSet(file).Get("orders") ?? 0;
        int different = acknowledged.Distinct().Count();
        output.WriteLine(
            $"{killed} processes killed; {acknowledged.Count} numbers acknowledged, the counter " +
            $"is at {value}");
        Assert.Equal(acknowledged.Count, different);
        Assert.InRange(value, acknowledged.Max(), long.MaxValue);

        // A killed process may have counted once without being able to say so.
        Assert.InRange(value - different, 0, killed);
        using ReadTransaction read = file.BeginRead();
        Assert.Empty(read.Verify().Problems);
        Assert.True(read.VerifyMaps().IsSound);
    }

    /// <summary>Kills one of them after some more of its numbers have come.</summary>
    private static int Kill(List<Counting> counting, Random random)
    {
        int victim = random.Next(counting.Count);
        counting[victim].KillAfter(random.Next(1, 25));
        return victim;
    }

    private static string[] InTurn(WorkerGroup workers, string command, CounterSet counters)
    {
        counters.Set("n", 100);
        string[] first = [workers[0].Ask(command), workers[0].ReadLine()];
        string[] second = [workers[1].Ask(command), workers[1].ReadLine()];
        Assert.Equal(["done", "done"], (string[])[first[1], second[1]]);
        return [first[0], second[0]];
    }

    private static long[] Values(string[][] said) =>
        [.. said.SelectMany(lines => lines).Select(line => Number(line.TrimEnd('.')))];

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    /// <summary>A process that counts until it is killed; its numbers are written down.</summary>
    private sealed class Counting
    {
        private readonly WorkerProcess _worker;
        private readonly OtherThread _reader;
        private int _seen;

        public Counting(WorkerProcess worker, ConcurrentBag<long> acknowledged)
        {
            _worker = worker;
            worker.Send($"add orders {int.MaxValue}");
            _reader = OtherThread.Start(() => ReadTo(acknowledged));
        }

        public void KillAfter(int numbers)
        {
            int from = Volatile.Read(ref _seen);
            Eventually.True(() => Volatile.Read(ref _seen) - from >= numbers, "numbers come");
            _worker.Kill();
            _reader.Join();
        }

        private void ReadTo(ConcurrentBag<long> acknowledged)
        {
            while (_worker.TryReadLine() is { } line)
            {
                if (line.EndsWith('.'))
                {
                    acknowledged.Add(Number(line[..^1]));
                    Interlocked.Increment(ref _seen);
                }
            }
        }
    }
}
