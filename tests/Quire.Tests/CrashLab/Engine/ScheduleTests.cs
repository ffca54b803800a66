using Quire.Cli.Crash;
using Quire.CrashLab;
using Xunit;
using static Quire.Tests.CrashLab.Engine.EngineRuns;

namespace Quire.Tests.CrashLab.Engine;

/// <summary>
/// Every schedule of several processes over the real engine, within the bound that the name of the
/// test says, with any process killed and power lost at any operation. A deadlock fails each of them.
/// </summary>
public sealed class ScheduleTests
{
    private const string Mixed = "readers-and-writers";

    private static readonly EngineSettings TwoAndTwo = new() { Readers = 2, Writers = 2 };

    [Fact]
    public void Two_readers_and_two_writers_one_preemption_one_kill_one_power_loss()
    {
        ScheduleReport report = PassesExhaustively(Mixed, TwoAndTwo, Bounds(1, 1, 1));

        Assert.InRange(report.States, 50_000, long.MaxValue);
    }

    [SkippableFact]
    public void Two_readers_and_two_writers_two_preemptions_one_kill_one_power_loss()
    {
        Skip.IfNot(IsLong, $"takes minutes; set {LongVariable}=1");
        PassesExhaustively(
            Mixed,
            TwoAndTwo,
            Bounds(2, 1, 1) with { Model = PersistenceModel.BarrierReorder });
    }

    [Fact]
    public void A_reader_and_a_writer_any_preemptions_one_kill_two_power_losses() =>
        PassesExhaustively(
            Mixed, new EngineSettings { Readers = 1, Writers = 1 }, Bounds(null, 1, 2));

    [Fact]
    public void Two_writers_no_preemption_two_kills_two_power_losses() => PassesExhaustively(
        Mixed, new EngineSettings { Readers = 0, Writers = 2, Commits = 2 }, Bounds(0, 2, 2));

    [SkippableFact]
    public void Two_writers_any_preemptions_one_kill_one_power_loss()
    {
        Skip.IfNot(IsLong, $"takes a while; set {LongVariable}=1");
        PassesExhaustively(
            Mixed, new EngineSettings { Readers = 0, Writers = 2 }, Bounds(null, 1, 1));
    }

    [Theory]
    [InlineData("cache")]
    [InlineData("busy")]
    [InlineData("read-only")]
    [InlineData("recover-race")]
    [InlineData("grow-race")]
    public void Every_other_scenario_one_preemption_one_kill_one_power_loss(string scenario) =>
        PassesExhaustively(
            scenario, new EngineSettings { Readers = 1, Writers = 1 }, Bounds(1, 1, 1));

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    public void Writers_of_other_modes_one_preemption_one_kill_one_power_loss(
        int readers, int writers) => PassesExhaustively(
            "modes",
            new EngineSettings { Readers = readers, Writers = writers },
            Bounds(1, 1, 1));

    [Fact]
    public void Two_creators_one_preemption_one_kill_one_power_loss() => PassesExhaustively(
        "create-race", new EngineSettings { Writers = 2 }, Bounds(1, 1, 1));

    [Fact]
    public void A_run_repeats_itself_exactly()
    {
        var settings = new EngineSettings { Readers = 1, Writers = 2 };
        ScheduleReport once = PassesExhaustively(Mixed, settings, Bounds(0, 1, 1));
        ScheduleReport again = PassesExhaustively(Mixed, settings, Bounds(0, 1, 1));

        Assert.Equal(
            (once.Runs, once.States, once.CrashStates, once.LongestSchedule),
            (again.Runs, again.States, again.CrashStates, again.LongestSchedule));
    }
}
