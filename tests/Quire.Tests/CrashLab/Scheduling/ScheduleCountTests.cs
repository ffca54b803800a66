using Quire.CrashLab;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.CrashLab.Scheduling;

/// <summary>Programs so small that their schedules can be counted in other ways.</summary>
public sealed class ScheduleCountTests
{
    /// <summary>Processes that look at something so many times and touch nothing.</summary>
    private static ConcurrentScenario Lookers(params int[] operations) => new()
    {
        Processes =
        [
            .. operations.Select((count, i) => new NamedProgram($"p{i}", process =>
            {
                for (int look = 0; look < count; look++)
                {
                    process.TryIdentify("nothing");
                }
            })),
        ],
        Check = static (_, _) => { },
    };

    [Theory]
    [InlineData(20, 3, 3)]
    [InlineData(10, 2, 3)]
    [InlineData(90, 2, 2, 2)]
    [InlineData(1, 5)]
    public void Without_pruning_every_interleaving_is_run_once(int runs, params int[] operations)
    {
        ScheduleReport report = ScheduleExplorer.Explore(
            Lookers(operations), new ScheduleOptions { Prunes = false });

        Assert.Equal(runs, report.Runs);
        Assert.Equal(operations.Sum(), report.LongestSchedule);
        Assert.True(report.IsExhaustive);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(2, 5)]
    [InlineData(2, 2, 2)]
    public void With_pruning_every_state_is_reached_once(params int[] operations)
    {
        // Each process has performed 0 to all of its operations; the last state is the end.
        int states = operations.Aggregate(1, (product, count) => product * (count + 1)) - 1;

        Assert.Equal(states, ScheduleExplorer.Explore(Lookers(operations)).States);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void With_a_bound_the_interleavings_with_so_many_preemptions_are_run(int bound)
    {
        int[] operations = [3, 3, 2];
        ScheduleReport report = ScheduleExplorer.Explore(
            Lookers(operations), new ScheduleOptions { Preemptions = bound, Prunes = false });

        Assert.Equal(Interleavings(operations, null, bound), report.Runs);
    }

    [Fact]
    public void A_kill_comes_after_any_operation_but_the_last()
    {
        ScheduleReport report = ScheduleExplorer.Explore(
            Lookers(4), new ScheduleOptions { Kills = 1, Prunes = false });

        Assert.Equal(1 + 3, report.Runs);
    }

    [Fact]
    public void A_waiting_process_is_passed_over_until_its_lock_is_free()
    {
        int overlaps = 0;
        int inside = 0;
        var scenario = new ConcurrentScenario
        {
            Processes = [new NamedProgram("a", Work), new NamedProgram("b", Work)],
            Check = static (_, _) => { },
        };
        ScheduleReport report = ScheduleExplorer.Explore(scenario);

        Assert.Null(report.Failure);
        Assert.Equal(0, overlaps);
        Assert.True(report.Runs > 10, $"{report.Runs} runs");

        void Work(SimulatedProcess process)
        {
            using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);
            IByteRangeLocks locks = process.LocksOf(file);
            while (!locks.TryAcquire(new LockRange(7), LockMode.Exclusive))
            {
                locks.WaitForChange(new LockRange(7), LockMode.Exclusive, TimeSpan.FromSeconds(1));
            }

            try
            {
                overlaps += ++inside > 1 ? 1 : 0;
                file.GetLength();
            }
            finally
            {
                inside--;
            }

            locks.Release(new LockRange(7));
        }
    }

    /// <summary>Counted by recursion, without any machinery.</summary>
    private static int Interleavings(int[] left, int? current, int preemptions)
    {
        if (left.All(count => count == 0))
        {
            return 1;
        }

        int sum = 0;
        for (int next = 0; next < left.Length; next++)
        {
            bool preempts = current is { } at && at != next && left[at] > 0;
            if (left[next] > 0 && (!preempts || preemptions > 0))
            {
                int[] rest = [.. left];
                rest[next]--;
                sum += Interleavings(rest, next, preemptions - (preempts ? 1 : 0));
            }
        }

        return sum;
    }
}
