using Quire.CrashLab;
using Quire.Storage;
using Quire.Tests.CrashLab.Reports;
using Xunit;

namespace Quire.Tests.CrashLab.Scheduling;

/// <summary>The failures that only some schedules have, found and made small.</summary>
public sealed class ScheduleFailureTests
{
    [Fact]
    public void A_lost_update_takes_one_preemption()
    {
        ConcurrentScenario scenario = ReportScenarios.Counters(isLocked: false);

        Assert.Null(ScheduleExplorer.Explore(
            scenario, new ScheduleOptions { Preemptions = 0 }).Failure);
        Assert.Equal(
            FailureKind.CheckFailed,
            ScheduleExplorer.Explore(scenario, new ScheduleOptions { Preemptions = 1 })
                .Failure?.Kind);
        Assert.Null(ScheduleExplorer.Explore(ReportScenarios.Counters(isLocked: true)).Failure);
    }

    [Fact]
    public void A_failing_schedule_is_made_as_short_as_it_can_be()
    {
        // Four processes, of which two are enough: open, read, all of the other one, write.
        ConcurrentScenario counters = ReportScenarios.Counters(isLocked: false);
        ConcurrentScenario scenario = counters with
        {
            Processes = [.. counters.Processes, .. counters.Processes],
            Check = (process, promises) =>
            {
                if (ReportScenarios.Read(process) < promises.Acknowledged.Count)
                {
                    throw new CheckFailedException("lost");
                }
            },
        };
        ScheduleFailure failure = ScheduleExplorer.Explore(
            scenario, new ScheduleOptions { PowerLosses = 1, Model = PersistenceModel.ProcessKill })
            .Failure!;

        Assert.Equal("1x2.2x3.1~2:0", failure.Token);
    }

    [Fact]
    public void Two_locks_in_two_orders_are_a_deadlock()
    {
        ScheduleFailure failure = ScheduleExplorer.Explore(
            Pairs((1, LockMode.Exclusive, 2), (2, LockMode.Exclusive, 1))).Failure!;

        Assert.Equal(FailureKind.Deadlock, failure.Kind);
        Assert.Null(ScheduleExplorer.Explore(
            Pairs((1, LockMode.Exclusive, 2), (1, LockMode.Exclusive, 2))).Failure);
    }

    [Fact]
    public void Two_upgrades_of_one_shared_lock_are_a_deadlock()
    {
        Assert.Equal(FailureKind.Deadlock, ScheduleExplorer.Explore(
            Pairs((1, LockMode.Shared, 1), (1, LockMode.Shared, 1))).Failure?.Kind);
        Assert.Null(ScheduleExplorer.Explore(
            Pairs((1, LockMode.Shared, 1), (1, LockMode.Exclusive, 1))).Failure);
    }

    [Fact]
    public void A_writer_behind_readers_that_take_turns_starves_and_behind_a_gate_does_not()
    {
        Assert.True(ScheduleExplorer.Starves(ReadersAndWriter(hasGate: false), 3, 200));
        Assert.False(ScheduleExplorer.Starves(ReadersAndWriter(hasGate: true), 3, 200));
    }

    [Fact]
    public void Priorities_find_a_bug_that_takes_one_change()
    {
        // Two processes of four operations, one change at the right moment of eight: at least one run
        // in 16 by the theorem. Without a change there is nothing to find.
        ConcurrentScenario scenario = ReportScenarios.Counters(isLocked: false);
        int found = Enumerable.Range(0, 20).Count(i => ScheduleExplorer.Sample(
            scenario,
            new ScheduleOptions { Preemptions = 1, Budget = 20, Shrinks = false },
            seed: 1000 * i,
            length: 8).Failure is not null);

        Assert.InRange(found, 10, 20);
        Assert.Null(ScheduleExplorer.Sample(
            scenario,
            new ScheduleOptions { Preemptions = 0, Budget = 100 },
            seed: 1,
            length: 8).Failure);
    }

    [Fact]
    public void A_process_that_throws_is_named()
    {
        var scenario = new ConcurrentScenario
        {
            Processes =
            [
                new NamedProgram("good", process => process.TryIdentify("a")),
                new NamedProgram("bad", process =>
                {
                    process.TryIdentify("a");
                    throw new InvalidDataException("as planned");
                }),
            ],
            Check = static (_, _) => { },
        };
        ScheduleFailure failure = ScheduleExplorer.Explore(scenario).Failure!;

        Assert.Equal((FailureKind.ProcessFailed, "bad"), (failure.Kind, failure.Process));
        Assert.Equal("as planned", failure.Error.Message);
        Assert.Equal("2", failure.Token);
    }

    [Fact]
    public void Programs_that_share_memory_are_found_not_to_repeat_themselves()
    {
        int runs = 0;
        var scenario = new ConcurrentScenario
        {
            Processes =
            [
                new NamedProgram("a", process =>
                {
                    process.TryIdentify($"{runs++}");
                    process.TryIdentify("a");
                }),
                new NamedProgram("b", process => process.TryIdentify("b")),
            ],
            Check = static (_, _) => { },
        };

        Assert.Throws<InvalidOperationException>(() => ScheduleExplorer.Explore(scenario));
    }

    /// <summary>For each process: a lock, how, and one that is then taken exclusively.</summary>
    private static ConcurrentScenario Pairs(params (long First, LockMode Mode, long Then)[] pairs) =>
        new()
        {
            Processes =
            [
                .. pairs.Select((pair, i) => new NamedProgram($"p{i + 1}", process =>
                {
                    using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);
                    Lock(process, file, pair.First, pair.Mode);
                    Lock(process, file, pair.Then, LockMode.Exclusive);
                })),
            ],
            Check = static (_, _) => { },
        };

    private static ConcurrentScenario ReadersAndWriter(bool hasGate) => new()
    {
        Processes =
        [
            new NamedProgram("reader", process => Read(process, hasGate)),
            new NamedProgram("reader", process => Read(process, hasGate)),
            new NamedProgram("writer", process => Write(process, hasGate)),
        ],
        Check = static (_, _) => { },
    };

    private static void Read(SimulatedProcess process, bool hasGate)
    {
        using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);
        while (true)
        {
            // A gate that is only looked at: readers that held it would starve the writer there.
            IByteRangeLocks locks = process.LocksOf(file);
            while (hasGate && locks.IsRefused(new LockRange(1), LockMode.Shared))
            {
                locks.WaitForChange(new LockRange(1), LockMode.Shared, TimeSpan.FromSeconds(1));
            }

            Lock(process, file, 2, LockMode.Shared);
            file.GetLength();
            locks.Release(new LockRange(2));
        }
    }

    private static void Write(SimulatedProcess process, bool hasGate)
    {
        using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);

        // The others go first while it waits: here they begin.
        process.LocksOf(file).WaitForChange(
            new LockRange(2), LockMode.Exclusive, TimeSpan.FromSeconds(1));
        if (hasGate)
        {
            Lock(process, file, 1, LockMode.Exclusive);
        }

        Lock(process, file, 2, LockMode.Exclusive);
    }

    private static void Lock(
        SimulatedProcess process, IStorageFile file, long offset, LockMode mode)
    {
        IByteRangeLocks locks = process.LocksOf(file);
        var range = new LockRange(offset);
        while (!locks.TryAcquire(range, mode))
        {
            locks.WaitForChange(range, mode, TimeSpan.FromSeconds(1));
        }
    }
}
