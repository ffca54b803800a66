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

        ReportFiles.Check("lost-update.txt", Counterexample.Of(scenario, failure).ToText());
    }

    [Fact]
    public void A_power_cut_is_a_bar_across_the_table_with_what_the_disk_has()
    {
        CrashScenario scenario = ReportScenarios.Unsynced();
        CrashFailure failure = CrashTest.Explore(scenario).Failures[0];

        ReportFiles.Check("power-cut.txt", Counterexample.Of(scenario, failure).ToText());
    }

    [Fact]
    public void Locks_are_shown_by_their_names_and_a_kill_by_a_row()
    {
        ConcurrentScenario scenario = ReportScenarios.Counters(isLocked: true);
        var failure = new ScheduleFailure
        {
            Kind = FailureKind.CheckFailedAfterPowerLoss,
            Token = "2x3.k2.1x4~1:0",
            Steps = 8,
            Error = new CheckFailedException(""),
        };
        string text = Counterexample
            .Of(scenario, failure, lockName: ReportScenarios.LockName)
            .ToText();

        Assert.Contains("|                     | lock X door         | 2:X door", text);
        Assert.Contains("|                     | KILLED              | none", text);
        Assert.Contains("| lock X door         |                     | 1:X door", text);
    }

    [Fact]
    public void A_failure_that_does_not_fail_any_more_is_refused()
    {
        ConcurrentScenario scenario = ReportScenarios.Counters(isLocked: false);
        ScheduleFailure failure = ScheduleExplorer.Explore(scenario).Failure!;

        var refusal = Assert.Throws<InvalidOperationException>(
            () => Counterexample.Of(ReportScenarios.Counters(isLocked: true), failure));
        Assert.Contains(failure.Token, refusal.Message);
    }

    [Theory]
    [InlineData(100, 3)]
    [InlineData(60, 2)]
    public void No_line_but_the_token_is_wider_than_asked(int width, int processes)
    {
        ConcurrentScenario counters = ReportScenarios.Counters(isLocked: false);
        ConcurrentScenario scenario = counters with
        {
            Processes = [.. Enumerable.Repeat(counters.Processes[0], processes)],
            Check = (_, _) => throw new CheckFailedException(string.Concat(
                Enumerable.Repeat("some words and averylongword", 20))),
        };
        ScheduleFailure failure = ScheduleExplorer.Explore(scenario).Failure!;
        string[] lines = Counterexample.Of(scenario, failure).ToText(width).Split('\n');

        // The narrowest columns there can be, and what is between them.
        int narrowest = 4 + 18 + 14 + 10 + (processes * 14) + (3 * (processes + 3));
        Assert.All(
            lines.Where(line => !line.StartsWith("token:", StringComparison.Ordinal)),
            line => Assert.InRange(line.Length, 0, Math.Max(width, narrowest)));
    }

    [Theory]
    [InlineData("one two three", 7, new[] { "one two", "three" })]
    [InlineData("one two three", 5, new[] { "one", "two", "three" })]
    [InlineData("abcdefgh", 3, new[] { "abc", "def", "gh" })]
    [InlineData("a\nb", 9, new[] { "a", "b" })]
    [InlineData("", 9, new[] { "" })]
    public void Lines_are_broken_at_blanks_where_there_are_any(
        string text, int width, string[] lines) => Assert.Equal(lines, TextTable.Wrap(text, width));
}
