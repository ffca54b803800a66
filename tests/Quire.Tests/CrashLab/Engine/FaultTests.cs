using Quire.Cli.Crash;
using Quire.CrashLab;
using Xunit;
using static Quire.Tests.CrashLab.Engine.EngineRuns;

namespace Quire.Tests.CrashLab.Engine;

/// <summary>
/// Every operation of a scenario fails in turn, once or from then on, and the power is cut at every
/// moment before and after.
/// </summary>
public sealed class FaultTests
{
    public static IEnumerable<object[]> Survived =>
        from scenario in (string[])["commit", "grow", "shrink", "create", "recover"]
        from fault in (FaultPlan[])
        [
            new(FaultKind.ReadError, 1),
            new(FaultKind.WriteError, 1),
            new(FaultKind.PartialWriteError, 1),
            new(FaultKind.SyncError, 1) { SyncFailure = SyncFailure.PagesMarkedClean },
            new(FaultKind.SyncError, 1) { SyncFailure = SyncFailure.PagesDropped },
            new(FaultKind.BitRot, 1),
        ]
        from isPersistent in (bool[])[false, true]
        select new object[] { scenario, fault with { IsPersistent = isPersistent } };

    [Theory]
    [MemberData(nameof(Survived))]
    public void A_failing_operation_and_a_power_cut_leave_what_was_promised(
        string scenario, FaultPlan fault) => Assert.NotEmpty(Explore(scenario, fault));

    [Theory]
    [InlineData("grow", FaultKind.NoSpace)]
    [InlineData("create", FaultKind.NoSpace)]
    [InlineData("create", FaultKind.DirectorySyncError)]
    public void A_file_that_cannot_grow_or_be_entered_is_left_whole(
        string scenario, FaultKind kind) =>
        Assert.NotEmpty(Explore(scenario, new FaultPlan(kind, 1)));

    /// <summary>
    /// Nobody can survive a sync that was not one: the lab must say so, and the first thing that it
    /// finds is the journal that is not there, which the engine refuses to do without.
    /// </summary>
    [Theory]
    [InlineData(FaultKind.LyingSync, SyncFailure.PagesMarkedClean)]
    [InlineData(FaultKind.SyncError, SyncFailure.ReportedLate)]
    public void A_journal_whose_sync_only_seemed_to_work_is_missed_and_said_to_be(
        FaultKind kind, SyncFailure profile)
    {
        (FaultPlan plan, CrashReport report) = FaultLoop.Explore(
            Alone("commit", new EngineSettings()),
            new FaultPlan(kind, 1) { SyncFailure = profile })[^1];

        CrashFailure failure = Assert.Single(report.Failures);
        Assert.Equal(1, plan.Nth);
        Assert.IsType<CorruptFileException>(failure.Error);
    }

    private static IReadOnlyList<(FaultPlan Plan, CrashReport Report)> Explore(
        string scenario, FaultPlan fault)
    {
        IReadOnlyList<(FaultPlan Plan, CrashReport Report)> all =
            FaultLoop.Explore(Alone(scenario, new EngineSettings()), fault);
        foreach ((FaultPlan plan, CrashReport report) in all)
        {
            Assert.True(report.Failures.Count == 0, $"{plan}: {report}");
            Assert.True(report.IsExhaustive, $"{plan}: only a sample");
        }

        return all;
    }
}
