using System.Globalization;
using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.Collections.Counters;

/// <summary>
/// Counters and blocks in the crash lab: a number that was acknowledged stays given out, one in
/// doubt may or may not, and nothing is counted that nobody began to count; and in every order of
/// two processes no number is given to both.
/// </summary>
public sealed class CounterCrashTests
{
    private const string Path = "/disk/counters.quire";
    private const int Block = 2;

    [Theory]
    [InlineData(PersistenceModelName.Sector)]
    [InlineData(PersistenceModelName.Barrier)]
    public void After_any_crash_an_acknowledged_number_is_never_given_out_again(
        PersistenceModelName model)
    {
        var scenario = new CrashScenario
        {
            Setup = Prepare,
            Workload = process => Count(process, times: 4, ids: 5),
            Check = Check,
            ChecksTwice = true,
            Continue = process => Count(process, times: 1, ids: 1),
        };
        CrashReport report = CrashTest.Explore(scenario, new CrashOptions
        {
            Model = ModelOf(model),
            Crashes = 2,
            DiagnosesCheck = false,
        });

        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.True(report.IsExhaustive, report.ToString());
        Assert.True(report.CheckedStates > 60, report.ToString());
    }

    [Fact]
    public void Two_processes_one_preemption_one_kill_one_power_loss()
    {
        ScheduleReport report = Explore(
            process => Count(process, times: 2, ids: 0), preemptions: 1);

        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
        Assert.InRange(report.CrashStates, 100, long.MaxValue);
    }

    [Fact]
    public void Two_allocators_one_preemption_one_kill_one_power_loss()
    {
        ScheduleReport report = Explore(
            process => Count(process, times: 0, ids: Block + 1), preemptions: 1);

        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
    }

    [SkippableFact]
    public void Two_processes_with_increments_and_blocks_any_preemptions()
    {
        Skip.If(
            Environment.GetEnvironmentVariable("QUIRE_LONG") != "1",
            "takes minutes; set QUIRE_LONG=1");
        ScheduleReport report = Explore(
            process => Count(process, times: 1, ids: 1), preemptions: null);

        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
    }

    [Fact]
    public void The_same_search_finds_a_number_given_twice_when_reading_is_not_part_of_counting()
    {
        ScheduleReport report = Explore(CountNaively, preemptions: 1, kills: 0, powerLosses: 0);

        Assert.NotNull(report.Failure);
        Assert.Contains("given twice", report.Failure.Error.Message, StringComparison.Ordinal);
    }

    private static ScheduleReport Explore(
        Action<SimulatedProcess> program, int? preemptions, int kills = 1, int powerLosses = 1)
    {
        var scenario = new ConcurrentScenario
        {
            Setup = Prepare,
            Processes = [new("one", program), new("two", program)],
            Check = Check,
        };
        return ScheduleExplorer.Explore(scenario, new ScheduleOptions
        {
            Preemptions = preemptions,
            Kills = kills,
            PowerLosses = powerLosses,
        });
    }

    private static void Prepare(SimulatedProcess process)
    {
        using PageFile file = Open(process);
        var counters = new CounterSet(file);
        counters.Set("n", 0);
        counters.Set("ids", 0);
    }

    private static void Count(SimulatedProcess process, int times, int ids)
    {
        using PageFile file = Open(process);
        var counters = new CounterSet(file);
        for (int i = 0; i < times; i++)
        {
            // What Increment does in one call, with a look at the value before the commit.
            long value = file.Update(write =>
            {
                long next = counters.In(write).Increment("n");
                process.Begin($"n {next}");
                return next;
            });
            process.Acknowledge($"n {value}");
        }

        using var allocator = new BlockAllocator(counters, "ids", Block);
        for (int i = 0; i < ids; i++)
        {
            process.Begin("ids");
            process.Acknowledge($"ids {allocator.Next()}");
        }
    }

    private static void CountNaively(SimulatedProcess process)
    {
        using PageFile file = Open(process);
        var counters = new CounterSet(file);
        long next = counters.Get("n")!.Value + 1;
        process.Begin($"n {next}");
        counters.Set("n", next);
        process.Acknowledge($"n {next}");
    }

    private static void Check(SimulatedProcess process, Promises promises)
    {
        using PageFile file = Open(process);
        using ReadTransaction read = file.BeginRead();
        MapReport maps = read.VerifyMaps();
        Expect(maps.IsSound, string.Join('\n', maps.Problems));
        CounterReader counters = new CounterSet(file).In(read);

        long n = counters.Get("n") ?? -1;
        Expect(
            n >= HighestGiven(promises, "n"), $"the counter went back to {n}; {promises}");
        Expect(
            n == 0 || promises[$"n {n}"] != PromiseState.Never,
            $"the counter is at {n}, which nobody began to count; {promises}");

        long ids = counters.Get("ids") ?? -1;
        int asked = promises.Begun.Count(promise => promise == "ids");
        Expect(
            ids >= HighestGiven(promises, "ids"), $"the blocks went back to {ids}; {promises}");
        Expect(
            ids % Block == 0 && ids <= asked * Block, $"{ids} in blocks after {asked} calls");
    }

    /// <summary>The highest number that was acknowledged, none of them twice.</summary>
    private static long HighestGiven(Promises promises, string counter)
    {
        var given = new HashSet<long> { 0 };
        foreach (string promise in promises.Acknowledged)
        {
            if (promise.StartsWith(counter + " ", StringComparison.Ordinal))
            {
                long number = long.Parse(
                    promise.AsSpan(counter.Length + 1), CultureInfo.InvariantCulture);
                Expect(given.Add(number), $"{promise} was given twice");
            }
        }

        return given.Max();
    }

    private static void Expect(bool condition, string problem)
    {
        if (!condition)
        {
            throw new CheckFailedException(problem);
        }
    }

    private static PersistenceModel ModelOf(PersistenceModelName name) => name switch
    {
        PersistenceModelName.Sector => PersistenceModel.Sector512,
        _ => PersistenceModel.BarrierReorder,
    };

    private static PageFile Open(SimulatedProcess process) =>
        PageFile.Open(Path, new PageFileOptions
        {
            Host = process.Host,
            PageSize = 512,

            // What is on top of transactions is explored; sealed ones leave too many disks for all.
            Protocol = CommitProtocol.Classic,

            // A simulated wait ends when the lock is free.
            LockTimeout = Timeout.InfiniteTimeSpan,
        });
}

/// <summary>Which disk a test has; by name, since test cases are listed before they run.</summary>
public enum PersistenceModelName
{
    /// <summary>Any sectors of what was not synced.</summary>
    Sector,

    /// <summary>Writes in any order between syncs.</summary>
    Barrier,
}
