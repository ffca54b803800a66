using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Reports;

public sealed partial class HtmlAndJsonTests
{
    private static Counterexample Locked()
    {
        var options = new ScheduleOptions { PowerLosses = 1, Kills = 1 };
        ConcurrentScenario scenario = ReportScenarios.Counters(isLocked: true);
        ScheduleFailure failure = ScheduleExplorer.Explore(scenario, options).Failure!;
        return Counterexample.Of(scenario, failure, options, ReportScenarios.LockName);
    }

    [Fact]
    public void The_page_is_well_formed_and_loads_nothing()
    {
        string page = Locked().ToHtml();

        Assert.StartsWith("<!DOCTYPE html>", page);
        Assert.DoesNotMatch("(src|href)=|url\\(|@import|<script|https?:", page);
        string body = Void().Replace(page["<!DOCTYPE html>".Length..], "<$1/>");
        XElement root = XElement.Parse(body);
        Assert.Equal(2, root.Descendants("table").Count());
        Assert.All(
            root.Descendants("tbody").Elements("tr"),
            row => Assert.Equal(
                row.Parent!.Parent!.Descendants("th").Count(), row.Elements("td").Count()));
    }

    [Fact]
    public void A_lock_is_a_bar_in_the_column_of_its_holder_for_as_long_as_it_is_held()
    {
        Counterexample example = Locked();
        int held = RowFolding.Fold(example.Phases[0].Rows)
            .Count(row => row.Locks.Any(held => held.IsExclusive && held.Name == "door"));

        // One more in the key of colours.
        Assert.Equal(held + 1, Regex.Count(example.ToHtml(), "<i class=\"x\""));
        Assert.True(held > 1);
    }

    [Fact]
    public void What_a_program_says_cannot_break_the_page()
    {
        CrashScenario unsynced = ReportScenarios.Unsynced();
        CrashScenario scenario = unsynced with
        {
            Check = (process, promises) => unsynced.Check(
                process, promises["seven"] == PromiseState.Acknowledged
                    ? throw new CheckFailedException("<script>alert('&')</script>")
                    : promises),
        };
        CrashFailure failure = CrashTest.Explore(
            scenario, new CrashOptions { DiagnosesCheck = false }).Failures[0];
        string page = Counterexample.Of(scenario, failure).ToHtml();

        Assert.DoesNotContain("<script", page);
        Assert.Contains("&lt;script&gt;", page);
    }

    [Fact]
    public void The_json_has_every_row_and_nothing_folded()
    {
        CrashScenario scenario = ReportScenarios.Unsynced();
        CrashFailure failure = CrashTest.Explore(scenario).Failures[0];
        Counterexample example = Counterexample.Of(scenario, failure);
        using JsonDocument json = JsonDocument.Parse(example.ToJson());
        JsonElement phase = json.RootElement.GetProperty("phases")[0];

        Assert.Equal(failure.Token, json.RootElement.GetProperty("token").GetString());
        Assert.Equal(8, phase.GetProperty("rows").GetArrayLength());
        Assert.Equal(
            ["write data 0+1", "write data 512+1", "write data 1024+1", "write data 1536+1"],
            phase.GetProperty("rows").EnumerateArray()
                .Where(row => row.GetProperty("kind").GetString() == "write")
                .Select(row => row.GetProperty("text").GetString()));
        Assert.Equal(4, phase.GetProperty("powerCut").GetProperty("afterChange").GetInt32());
    }

    [Fact]
    public void The_same_token_is_told_in_the_same_bytes()
    {
        Counterexample once = Locked();
        Counterexample again = Locked();

        Assert.Equal(once.ToText(), again.ToText());
        Assert.Equal(once.ToHtml(), again.ToHtml());
        Assert.Equal(once.ToJson(), again.ToJson());
    }

    [GeneratedRegex("<(meta[^>]*)>")]
    private static partial Regex Void();
}
