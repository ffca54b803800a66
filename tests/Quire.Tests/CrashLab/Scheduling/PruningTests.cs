using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Scheduling;

/// <summary>
/// Pruning may leave out schedules, never outcomes: what the check is shown, and the first failure, are
/// the same when every single schedule is followed to its end.
/// </summary>
public sealed class PruningTests
{
    public static TheoryData<string, int?, int, int> Bounds => new()
    {
        { "barrier-reorder", null, 0, 0 },
        { "barrier-reorder", null, 1, 0 },
        { "barrier-reorder", 1, 1, 1 },
        { "sector-512", null, 0, 1 },
        { "ordered", null, 0, 1 },
        { "ext4", 1, 0, 1 },
        { "fill-old", null, 0, 1 },
        { "fill-stale", null, 0, 1 },
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public void Two_processes(string model, int? preemptions, int kills, int losses) =>
        Compare(kills > 0 ? 6 : 12, 2, 3, Options(model, preemptions, kills, losses));

    [SkippableTheory]
    [MemberData(nameof(Bounds))]
    public void Two_and_three_processes_for_long(
        string model, int? preemptions, int kills, int losses)
    {
        Skip.If(
            Environment.GetEnvironmentVariable("QUIRE_LONG") != "1",
            "takes minutes; QUIRE_LONG=1 runs it");
        ScheduleOptions options = Options(model, preemptions, kills, losses);
        Compare(200, 2, 4, options);
        Compare(20, 3, 2, options);
    }

    private static ScheduleOptions Options(string model, int? preemptions, int kills, int losses) =>
        new()
        {
            Model = PersistenceModel.Named(model),
            Preemptions = preemptions,
            Kills = kills,
            PowerLosses = losses,
            Shrinks = false,
        };

    private static void Compare(int seeds, int processes, int operations, ScheduleOptions options)
    {
        long pruned = 0;
        long all = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            var few = new RandomPrograms(seed, processes, operations);
            var every = new RandomPrograms(seed, processes, operations);
            ScheduleReport with = ScheduleExplorer.Explore(few.Scenario, options);
            ScheduleReport without = ScheduleExplorer.Explore(
                every.Scenario, options with { Prunes = false });
            pruned += with.Runs;
            all += without.Runs;

            Assert.True(
                every.Outcomes.SetEquals(few.Outcomes),
                $"seed {seed}: missed {string.Join("; ", every.Outcomes.Except(few.Outcomes))}");
            Assert.Equal(without.Failure?.ToString(), with.Failure?.ToString());
        }

        // Few schedules with one preemption meet again.
        Assert.True(
            pruned < all || options.Preemptions == 1,
            $"{pruned} runs of {all}: nothing was pruned");
    }
}
