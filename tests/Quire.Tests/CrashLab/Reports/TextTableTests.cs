using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Reports;

public sealed class TextTableTests
{
    [Fact]
    public void A_lost_update_is_a_table_with_a_column_for_each_process()
    {
        ConcurrentScenario scenario = ReportScenarios.Counters(isLocked: false);
        ScheduleFailure failure = ScheduleExplorer.Explore(scenario).Failure!;
        Console.WriteLine(Counterexample.Of(scenario, failure).ToText());
        scenario = ReportScenarios.Counters(isLocked: true);
        var options = new ScheduleOptions { PowerLosses = 1, Kills = 1 };
        failure = ScheduleExplorer.Explore(scenario, options).Failure!;
        Console.WriteLine(Counterexample.Of(
            scenario, failure, options, ReportScenarios.LockName).ToText());
        CrashScenario unsynced = ReportScenarios.Unsynced();
        CrashFailure crash = CrashTest.Explore(unsynced).Failures[0];
        Console.WriteLine(Counterexample.Of(unsynced, crash).ToText());
    }
}
