using Quire.Cli.Crash;
using Quire.CrashLab;
using Xunit;
using static Quire.Tests.CrashLab.Engine.EngineRuns;

namespace Quire.Tests.CrashLab.Engine;

/// <summary>
/// One process under every model of what a power cut leaves, its recovery cut off as well; afterwards
/// the file is looked at, recovered again and written to.
/// </summary>
public sealed class ModelTests
{
    private static readonly EngineSettings TwoCommits = new() { Commits = 2 };

    /// <summary>
    /// A disk that damages what was not written takes the header with the marker. And a file that
    /// shows garbage where it grew can make a new journal look like somebody else's: refused.
    /// </summary>
    private static readonly HashSet<(string Scenario, string Model)> NotWithstood =
    [
        ("commit", "neighbour-damage"),
        ("grow", "neighbour-damage"),
        ("recover", "neighbour-damage"),
        ("shrink", "neighbour-damage"),
        ("checkpoint", "neighbour-damage"),
        ("group", "neighbour-damage"),
        ("create", "neighbour-damage"),
        ("create", "ext3-writeback"),
        ("create", "fill-garbage"),
        ("create", "fill-stale"),
    ];

    public static IEnumerable<object[]> Withstood =>
        from scenario in EngineScenario.All
        where scenario.Alone is not null
        from model in PersistenceModel.All
        where !NotWithstood.Contains((scenario.Name, model.Name))
        select new object[] { scenario.Name, model.Name };

    public static IEnumerable<object[]> Refused =>
        NotWithstood.Select(pair => new object[] { pair.Scenario, pair.Model });

    [Theory]
    [MemberData(nameof(Withstood))]
    public void Every_state_passes_and_so_does_every_state_of_its_recovery(
        string scenario, string model)
    {
        CrashReport report = CrashTest.Explore(
            Alone(scenario, TwoCommits),
            new CrashOptions { Model = PersistenceModel.Named(model), Crashes = 2 });

        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
    }

    /// <summary>A file that was cut grows again, over whatever the cut has left.</summary>
    [Theory]
    [InlineData("sector-512", 1)]
    [InlineData("barrier-reorder", 2)]
    [InlineData("size-before-data", 1)]
    [InlineData("fill-stale", 1)]
    public void What_was_cut_can_grow_again(string model, int crashes)
    {
        CrashReport report = CrashTest.Explore(
            Alone("shrink", new EngineSettings { Commits = 3 }),
            new CrashOptions { Model = PersistenceModel.Named(model), Crashes = crashes });

        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_withstood_ends_in_a_clear_error(string scenario, string model)
    {
        CrashReport report = CrashTest.Explore(
            Alone(scenario, TwoCommits),
            new CrashOptions
            {
                Model = PersistenceModel.Named(model),
                Crashes = 1,
                FindAll = true,
                Shrinks = false,
            });

        Assert.NotEmpty(report.Failures);
        Assert.All(
            report.Failures, failure => Assert.IsType<CorruptFileException>(failure.Error));
    }

    [Theory]
    [InlineData(ProtocolStep.C4)]
    [InlineData(ProtocolStep.C6)]
    [InlineData(ProtocolStep.C7)]
    [InlineData(ProtocolStep.C8)]
    [InlineData(ProtocolStep.C9)]
    public void A_commit_cut_short_anywhere_is_completed_through_three_power_cuts(ProtocolStep at)
    {
        CrashReport report = CrashTest.Explore(
            Alone("recover", new EngineSettings { CutAt = at }),
            new CrashOptions { Model = PersistenceModel.Torn, Crashes = 3 });

        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
    }
}
