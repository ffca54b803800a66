using Quire.Cli.Crash;
using Quire.CrashLab;
using Xunit;
using static Quire.Tests.CrashLab.Engine.EngineRuns;

namespace Quire.Tests.CrashLab.Engine;

/// <summary>
/// The engine under the locks of Windows, where readers take the gate for an instant, and under those
/// of POSIX, with one open file for each process, which is all that is claimed for them.
/// </summary>
public sealed class LockRuleTests
{
    private static readonly EngineSettings EndlessReaders = new() { Readers = 2 };

    [Theory]
    [InlineData(LockRules.Windows)]
    [InlineData(LockRules.Process)]
    public void A_reader_and_two_writers_pass(LockRules rules) => PassesExhaustively(
        "readers-and-writers",
        new EngineSettings { Readers = 1, Writers = 2 },
        Bounds(0, 1, 1) with { LockRules = rules });

    [Theory]
    [InlineData(LockRules.OpenFile)]
    [InlineData(LockRules.Process)]
    [InlineData(LockRules.Windows)]
    public void The_gate_lets_a_writer_through_readers_that_never_stop(LockRules rules) =>
        Assert.False(IsStarved(new ScheduleOptions { LockRules = rules }));

    [Theory]
    [InlineData(LockRules.OpenFile)]
    [InlineData(LockRules.Process)]
    public void Without_the_look_at_the_gate_the_writer_starves(LockRules rules) =>
        Assert.True(IsStarved(new ScheduleOptions
        {
            LockRules = rules,
            Omit = new OperationSite("probe", "/a", "R2"),
        }));

    /// <summary>
    /// Where one look at the gate serves the readers that follow, as it does beside real clocks. The
    /// lab's clock stands still, so only the number of entries ends a look's use.
    /// </summary>
    [Theory]
    [InlineData(LockRules.OpenFile)]
    [InlineData(LockRules.Process)]
    [InlineData(LockRules.Windows)]
    public void Shared_looks_let_a_writer_through_too(LockRules rules) => Assert.False(IsStarved(
        new ScheduleOptions { LockRules = rules }, EndlessReaders with { Configure = SharesLooks }));

    [Fact]
    public void Readers_that_share_looks_and_two_writers_pass() => PassesExhaustively(
        "readers-and-writers",
        new EngineSettings { Readers = 1, Writers = 2, Configure = SharesLooks },
        Bounds(1, 1, 1));

    private static PageFileOptions SharesLooks(PageFileOptions options) =>
        options with { SharesLooks = true };

    private static bool IsStarved(ScheduleOptions options, EngineSettings? settings = null)
    {
        ConcurrentScenario scenario = Together("gate", settings ?? EndlessReaders);
        return ScheduleExplorer.Starves(
            scenario, victim: scenario.Processes.Count, limit: 3000, options);
    }
}
