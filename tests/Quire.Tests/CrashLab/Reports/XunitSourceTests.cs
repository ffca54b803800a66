using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Reports;

/// <summary>
/// The sources in the folder Generated are what <see cref="Counterexample.ToXunit"/> writes; they are
/// compiled with these tests and run beside them.
/// </summary>
public sealed class XunitSourceTests
{
    private const string Namespace = "Quire.Tests.CrashLab.Reports.Generated";

    [Fact]
    public void A_schedule_becomes_a_test_that_compiles()
    {
        ConcurrentScenario scenario = ReportScenarios.Counters(isLocked: true);
        var options = new ScheduleOptions { PowerLosses = 1, Kills = 1 };
        ScheduleFailure failure = ScheduleExplorer.Explore(scenario, options).Failure!;

        ReportFiles.Check("UnsyncedCountTests.cs", Counterexample
            .Of(scenario, failure, options, ReportScenarios.LockName)
            .ToXunit(new XunitTarget
            {
                ScenarioExpression = "ReportScenarios.Counters(isLocked: true)",
                Namespace = Namespace,
                ClassName = "UnsyncedCountTests",
                MethodName = "A_count_is_lost_when_power_fails",
            }));
    }

    [Fact]
    public void A_crash_state_becomes_a_test_that_compiles()
    {
        CrashScenario scenario = ReportScenarios.Unsynced();
        var options = new CrashOptions { Model = PersistenceModel.BarrierReorder };
        CrashFailure failure = CrashTest.Explore(scenario, options).Failures[0];

        ReportFiles.Check("UnsyncedSevenTests.cs", Counterexample
            .Of(scenario, failure, options)
            .ToXunit(new XunitTarget
            {
                ScenarioExpression = "ReportScenarios.Unsynced()",
                Namespace = Namespace,
                ClassName = "UnsyncedSevenTests",
                MethodName = "A_seven_is_lost_when_power_fails",
            }));
    }

    [Fact]
    public void Faults_and_omissions_are_part_of_the_test()
    {
        var options = new CrashOptions
        {
            Model = PersistenceModel.Torn,
            Omit = new OperationSite("sync", "/data", "W\"1"),
            Fault = new FaultPlan(FaultKind.LyingSync, 3) { IsPersistent = true },
            LockRules = LockRules.Windows,
        };
        ReplaySource source = ReplaySource.Of(options);

        Assert.Equal("PersistenceModel.Named(\"torn\")", source.ModelExpression);
        Assert.Equal("Omit = new OperationSite(\"sync\", \"/data\", \"W\\\"1\")", source.Options[0]);
        Assert.Equal("LockRules = LockRules.Windows", source.Options[1]);
        Assert.StartsWith("Fault = new FaultPlan(FaultKind.LyingSync, 3)", source.Options[2]);
        Assert.Contains("IsPersistent = true", source.Options[2]);
    }

    [Fact]
    public void A_model_of_ones_own_has_to_be_written_by_its_owner()
    {
        CrashScenario scenario = ReportScenarios.Unsynced();
        var options = new CrashOptions
        {
            Model = PersistenceModel.Sector512 with { Name = "mine" },
        };
        CrashFailure failure = CrashTest.Explore(scenario, options).Failures[0];
        Counterexample example = Counterexample.Of(scenario, failure, options);
        var target = new XunitTarget { ScenarioExpression = "S()" };

        Assert.Throws<InvalidOperationException>(() => example.ToXunit(target));
        Assert.Contains(
            "Model = Models.Mine,",
            example.ToXunit(target with { ModelExpression = "Models.Mine" }));
    }

    [Theory]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("line\nbreak", "\"line\\u000abreak\"")]
    [InlineData("\u00e4", "\"\\u00e4\"")]
    public void Any_text_is_a_literal(string text, string literal) =>
        Assert.Equal(literal, XunitSource.Literal(text));
}
