using System.Globalization;
using Quire.CrashLab;
using Xunit;
using Xunit.Abstractions;

namespace Quire.Tests.Transactions;

/// <summary>
/// Random transactions of several processes, under random schedules, against a serial model: in the
/// order of their numbers, each must have read exactly what the ones before it had left.
/// </summary>
public sealed class SerialisabilityTests(ITestOutputHelper output)
{
    private const int Pages = 6;
    private const uint FirstPage = 3;

    public static TheoryData<TransactionMode, int, int> Mixtures => new()
    {
        { TransactionMode.Optimistic, 3, 250 },
        { TransactionMode.Deferred, 3, 100 },
        { TransactionMode.Immediate, 2, 50 },
    };

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void Random_transactions_are_serialisable(TransactionMode mode, int processes, int runs)
    {
        long committed = 0;
        long overtaken = 0;
        for (int seed = 0; seed < runs; seed++)
        {
            int programs = seed * processes;
            ScheduleReport report = ScheduleExplorer.Sample(
                Scenario(mode, processes, programs, () => overtaken++, count => committed += count),
                new ScheduleOptions { Budget = 2, Preemptions = 6 },
                seed,
                length: 120);
            report.ThrowIfFailed();
        }

        output.WriteLine($"{mode}: {committed} committed, {overtaken} overtaken");
        Assert.True(committed > runs);
        Assert.True(overtaken > 0 || mode == TransactionMode.Immediate);
    }

    /// <summary>
    /// The same with kills and power cuts: what was not acknowledged may be there or not, but
    /// whole.
    /// </summary>
    [Fact]
    public void Kills_and_power_cuts_leave_them_serialisable()
    {
        for (int seed = 0; seed < 25; seed++)
        {
            ScheduleReport report = ScheduleExplorer.Sample(
                Scenario(TransactionMode.Optimistic, 2, 1000 + (seed * 2), () => { }, _ => { }),
                new ScheduleOptions
                {
                    Budget = 1,
                    Preemptions = 3,
                    Kills = 1,
                    PowerLosses = 1,
                    StatesPerPoint = 4,
                },
                seed,
                length: 120);
            report.ThrowIfFailed();
        }
    }

    private static ConcurrentScenario Scenario(
        TransactionMode mode,
        int processes,
        int firstSeed,
        Action overtaken,
        Action<int> committed) => new()
        {
            Setup = process =>
            {
                using PageFile file = PageFile.Open("a", OptionsOf(process));
                using WriteTransaction write = file.BeginWrite();
                for (int i = 0; i < Pages; i++)
                {
                    write.Allocate();
                }

                write.Commit();
            },
            Processes =
            [
                .. Enumerable.Range(0, processes).Select(i => new NamedProgram(
                    $"P{i + 1}",
                    process => Run(process, mode, new Random(firstSeed + i), overtaken))),
            ],
            Check = (process, promises) => committed(Check(process, promises)),
        };

    /// <summary>
    /// Two transactions, each of a few reads and writes, as text: "2:0=0,3=7>3=15+9-4".
    /// </summary>
    private static void Run(
        SimulatedProcess process, TransactionMode mode, Random random, Action overtaken)
    {
        using PageFile file = PageFile.Open("a", OptionsOf(process));
        for (int i = 0; i < 2; i++)
        {
            using WriteTransaction write = file.BeginWrite(mode);
            try
            {
                var log = new TransactionLog();
                for (int step = random.Next(2, 6); step > 0; step--)
                {
                    Step(write, random, log);
                }

                // The place in the serial order is known only afterwards.
                process.Begin($"{process.Number}.{i}:{log}");
                TransactionNumber number = write.Commit();
                process.Acknowledge($"#{number}={process.Number}.{i}");
            }
            catch (Exception reason) when (reason is StaleReadException or ConflictException)
            {
                overtaken();
            }
        }
    }

    private static void Step(WriteTransaction write, Random random, TransactionLog log)
    {
        var page = new PageNumber(FirstPage + (uint)random.Next(Pages));
        if (!write.IsInUse(page))
        {
            log.Saw(page, -1);
            return;
        }

        int value = write.Read(page)[0];
        log.Saw(page, value);
        switch (random.Next(8))
        {
            case 0:
                write.Free(page);
                log.Wrote(page, -1);
                break;
            case 1:
                PageNumber added = write.Allocate();
                byte stamp = (byte)random.Next(1, 250);
                write.Write(added)[0] = stamp;
                log.Wrote(added, stamp);
                break;
            case < 6:
                byte next = (byte)random.Next(1, 250);
                write.Write(page)[0] = next;
                log.Wrote(page, next);
                break;
            default:
                break;
        }
    }

    /// <returns>How many were committed.</returns>
    private static int Check(SimulatedProcess process, Promises promises)
    {
        Dictionary<uint, int> model = [];
        for (uint page = FirstPage; page < FirstPage + Pages; page++)
        {
            model[page] = 0;
        }

        using PageFile file = PageFile.Open("a", OptionsOf(process));
        using ReadTransaction read = file.BeginRead();
        Assert.Empty(read.Verify().Problems);
        Dictionary<string, string> logs = promises.Begun
            .Select(promise => promise.Split(':', 2))
            .ToDictionary(parts => parts[0], parts => parts[1]);
        (ulong Number, string Name)[] order =
        [
            .. promises.Acknowledged.Where(promise => promise[0] == '#')
                .Select(promise => promise[1..].Split('='))
                .Select(parts => (ulong.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]))
                .Where(entry => logs[entry.Item2].Contains('>', StringComparison.Ordinal))
                .OrderBy(entry => entry.Item1),
        ];
        // Not acknowledged because its process was killed, or the power cut: it may have been
        // committed as well, and then has one of the numbers that nobody acknowledged.
        string[] inDoubt =
        [
            .. logs.Keys.Except(order.Select(entry => entry.Name))
                .Where(name => logs[name].Contains('>', StringComparison.Ordinal)),
        ];
        ulong[] missing =
        [
            .. Enumerable.Range(2, Math.Max(0, (int)read.Number.Value - 1)).Select(n => (ulong)n)
                .Except(order.Select(entry => entry.Number)),
        ];
        string problem = "more was committed than was begun";
        foreach (string[] chosen in Arrangements(inDoubt, missing.Length))
        {
            problem = Replay(
                read, new(model), order.Concat(missing.Zip(chosen)), logs) ?? "";
            if (problem.Length == 0)
            {
                return order.Length;
            }
        }

        Assert.Fail($"number {read.Number}, in doubt: {inDoubt.Length}: {problem}");
        return 0;
    }

    /// <summary>All ways to take so many names, in any order.</summary>
    private static IEnumerable<string[]> Arrangements(string[] names, int count) => count == 0
        ? [[]]
        : names.SelectMany(first => Arrangements([.. names.Except([first])], count - 1)
            .Select(rest => (string[])[first, .. rest]));

    /// <returns>What does not fit; null when everything does.</returns>
    private static string? Replay(
        ReadTransaction read,
        Dictionary<uint, int> model,
        IEnumerable<(ulong Number, string Name)> order,
        Dictionary<string, string> logs)
    {
        foreach ((_, string name) in order.OrderBy(entry => entry.Number))
        {
            if (TransactionLog.Parse(logs[name]).ApplyTo(model, name) is { } problem)
            {
                return problem;
            }
        }

        return Matches(read, model) ? null : "the file is not what the transactions made of it";
    }

    private static bool Matches(ReadTransaction read, Dictionary<uint, int> model) => model.All(
        entry => entry.Value < 0
            ? !read.IsInUse(new PageNumber(entry.Key))
            : read.IsInUse(new PageNumber(entry.Key))
                && read.Read(new PageNumber(entry.Key))[0] == entry.Value);

    private static PageFileOptions OptionsOf(SimulatedProcess process) => new()
    {
        Host = process.Host,
        PageSize = 512,
        LockTimeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>
    /// What a transaction saw of others, and what it left; -1 stands for a free page.
    /// </summary>
    private sealed class TransactionLog
    {
        private readonly Dictionary<uint, int> _reads = [];

        public Dictionary<uint, int> Writes { get; } = [];

        public void Saw(PageNumber page, int value)
        {
            if (!Writes.ContainsKey(page.Value))
            {
                _reads[page.Value] = value;
            }
        }

        public void Wrote(PageNumber page, int value) => Writes[page.Value] = value;

        /// <returns>What it should not have seen; null when all is right.</returns>
        public string? ApplyTo(Dictionary<uint, int> model, string name)
        {
            foreach ((uint page, int value) in _reads)
            {
                int expected = model.GetValueOrDefault(page, -1);
                if (expected != value)
                {
                    return $"{name} saw {value} on page {page}, and not {expected}";
                }
            }

            foreach ((uint page, int value) in Writes)
            {
                model[page] = value;
            }

            return null;
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Text(_reads)}{(Writes.Count > 0 ? ">" : "")}{Text(Writes)}");

        public static TransactionLog Parse(string text)
        {
            var log = new TransactionLog();
            string[] halves = text.Split('>');
            Read(halves[0], log._reads);
            Read(halves.Length > 1 ? halves[1] : "", log.Writes);
            return log;
        }

        private static string Text(Dictionary<uint, int> pages) => string.Join(
            ',', pages.Select(entry => string.Create(
                CultureInfo.InvariantCulture, $"{entry.Key}={entry.Value}")));

        private static void Read(string text, Dictionary<uint, int> pages)
        {
            foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] sides = part.Split('=');
                pages[uint.Parse(sides[0], CultureInfo.InvariantCulture)] =
                    int.Parse(sides[1], CultureInfo.InvariantCulture);
            }
        }
    }
}
