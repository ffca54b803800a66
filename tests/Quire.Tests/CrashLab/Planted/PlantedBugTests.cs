using Quire.CrashLab;
using Quire.Pager;
using Quire.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>
/// The tests of the crash lab's worth: mistakes planted in the real engine, every one of which it
/// must notice, in scenarios that the engine as it is passes exhaustively.
/// </summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    public static TheoryData<string> Bugs =>
        [.. PlantedCases.All.Select(planted => planted.Bug.ToString())];

    public static TheoryData<string> HarmlessBugs =>
        [.. PlantedCases.HarmlessAlone.Select(planted => planted.Bug.ToString())];

    public static TheoryData<string> Scenarios =>
        [.. PlantedCases.Scenarios.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_noticed(string bug)
    {
        PlantedCase planted = PlantedCases.All.Single(planted => planted.Bug.ToString() == bug);
        Finding finding = PlantedFindings.Of(planted);
        output.WriteLine(
            $"{finding.Steps} steps, {finding.States} states, {finding.Took.TotalSeconds:F2} s");
        output.WriteLine(finding.Text);
        Assert.Equal(planted.Kind, finding.Kind);
    }

    /// <summary>When this fails, a protection has gone that made the bug harmless.</summary>
    [Theory]
    [MemberData(nameof(HarmlessBugs))]
    public void A_bug_that_something_else_protects_from_is_harmless(string bug)
    {
        Finding finding = PlantedFindings.Of(
            PlantedCases.HarmlessAlone.Single(planted => planted.Bug.ToString() == bug));
        output.WriteLine($"{finding.States} states, {finding.Took.TotalSeconds:F2} s");
        Assert.False(finding.IsFailure, finding.Text);
        Assert.True(finding.IsExhaustive);
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Without_a_bug_the_scenario_passes_exhaustively(string name)
    {
        EngineScenario scenario =
            PlantedCases.Scenarios.Single(scenario => scenario.Name == name);
        Finding finding = PlantedFindings.Without(scenario);
        output.WriteLine($"{finding.States} states, {finding.Took.TotalSeconds:F2} s");
        Assert.False(finding.IsFailure, finding.Text);
        Assert.True(finding.IsExhaustive);
    }

    [Fact]
    public void No_bug_is_forgotten() => Assert.Equal(
        Enum.GetValues<PlantedBug>().Where(bug => bug != PlantedBug.None),
        PlantedCases.All.Concat(PlantedCases.HarmlessAlone).Select(planted => planted.Bug));

    /// <summary>The document lists exactly these bugs and findings; times do not count.</summary>
    [Fact]
    public void The_document_says_what_was_found()
    {
        string path = RepositoryFiles.PathOf(PlantedDocument.RelativePath);
        string actual = PlantedDocument.Write();
        if (GoldenFile.MayRewrite())
        {
            File.WriteAllText(path, actual);
            return;
        }

        string expected = File.Exists(path) ? File.ReadAllText(path) : "";
        string difference = GoldenFile.Difference(
            PlantedDocument.WithoutTimes(expected), PlantedDocument.WithoutTimes(actual));
        Assert.True(
            difference.Length == 0,
            $"{PlantedDocument.RelativePath} differs (- expected, + actual); if that is meant, " +
            $"run the test with {GoldenFile.RewriteVariable}=1 and review the change.\n{difference}");
    }

    /// <summary>As model checking has it: only kill and power cut together show the gap.</summary>
    [Theory]
    [InlineData(nameof(PlantedBug.PlaybackWithoutSync))]
    [InlineData(nameof(PlantedBug.ClearNotConfirmed))]
    public void The_gaps_of_G1_and_G2_need_a_kill_followed_by_a_power_cut(string name)
    {
        PlantedBug bug = Enum.Parse<PlantedBug>(name);
        PlantedCase planted = PlantedCases.All.Single(planted => planted.Bug == bug);
        var both = new ScheduleOptions { Preemptions = 0, Kills = 1, PowerLosses = 1 };
        ConcurrentScenario scenario = bug == PlantedBug.PlaybackWithoutSync
            ? EngineScenarios.WriterAndReaderOf(bug)
            : EngineScenarios.TwoWritersOf(bug);

        Assert.Null(Explore(scenario, both with { Kills = 2, PowerLosses = 0 }));
        Assert.Null(Explore(scenario, both with { Kills = 0, PowerLosses = 2 }));
        Assert.NotNull(Explore(scenario, both));
        Assert.True(PlantedFindings.Of(planted).IsFailure);
    }

    /// <summary>The shortest schedule that was found fails again, and in the same way.</summary>
    [Fact]
    public void A_counterexample_repeats_from_its_token()
    {
        ConcurrentScenario scenario = EngineScenarios.TwoWritersOf(PlantedBug.ClearNotConfirmed);
        var options = new ScheduleOptions { Preemptions = 0, Kills = 1, PowerLosses = 1 };
        ScheduleFailure found = ScheduleExplorer.Explore(scenario, options).Failure!;

        ScheduleFailure again = ScheduleExplorer.Replay(scenario, found.Token, options)!;

        Assert.Equal(found.ToString(), again.ToString());
    }

    private static ScheduleFailure? Explore(ConcurrentScenario scenario, ScheduleOptions options)
    {
        ScheduleReport report = ScheduleExplorer.Explore(scenario, options);
        Assert.True(report.IsExhaustive || report.Failure is not null);
        return report.Failure;
    }
}
