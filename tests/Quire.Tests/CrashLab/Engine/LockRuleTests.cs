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

    private static bool IsStarved(ScheduleOptions options)
    {
        ConcurrentScenario scenario = Together("gate", EndlessReaders);
        return ScheduleExplorer.Starves(
            scenario, victim: scenario.Processes.Count, limit: 3000, options);
    }
}
