using System.Diagnostics;
using System.Text.Json;
using Quire.Tests.Cli;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.CrashLab.Engine;

/// <summary><c>quire crash</c> as a child process.</summary>
public sealed class CrashCommandTests
{
    [Fact]
    public void The_engine_passes_and_the_table_says_so()
    {
        ToolResult run = QuireTool.Run("crash", "commit", "--model", "all", "--crashes", "1");

        // Only the disk that damages what was not written is not withstood.
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Errors);
        Assert.Contains(run.Lines, line => line.StartsWith("torn ", StringComparison.Ordinal)
            && line.Contains(" passed ", StringComparison.Ordinal));
        Assert.Single(run.Lines, line => line.Contains(" FAILED ", StringComparison.Ordinal)
            && line.StartsWith("neighbour-damage ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_bounded_exploration_of_processes_is_one_JSON_object()
    {
        ToolResult run = QuireTool.Run(
            "crash", "--readers", "1", "--writers", "1", "--preemptions", "0", "--json");

        JsonElement json = run.Json;
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("readers-and-writers", json.GetProperty("scenario").GetString());
        Assert.True(json.GetProperty("passed").GetBoolean());
        Assert.True(json.GetProperty("exhaustive").GetBoolean());
        Assert.True(json.GetProperty("runs").GetInt64() > 10);
    }

    [Fact]
    public void A_sync_left_out_is_found_shown_written_and_repeated()
    {
        using var folder = new TempFolder();
        string page = folder.File("report.html");

        ToolResult found = QuireTool.Run("crash", "commit", "--without", "C4", "--html", page);
        string again = Assert.Single(
            found.Lines, line => line.StartsWith("again:", StringComparison.Ordinal));
        string[] words = again.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ToolResult repeated = QuireTool.Run(words[2..]);

        Assert.Equal(1, found.ExitCode);
        Assert.Contains("POWER CUT 1", found.Output, StringComparison.Ordinal);
        Assert.Contains("SYNC a (left out)", found.Output, StringComparison.Ordinal);
        Assert.Contains("<html", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Equal(1, repeated.ExitCode);
        Assert.Equal(TableIn(found), TableIn(repeated));
    }

    [Fact]
    public void A_schedule_is_repeated_and_without_the_omission_it_does_not_fail()
    {
        string[] bounds = ["crash", "--without", "C2:lock", "--json"];
        JsonElement found = QuireTool.Run(bounds).Json;
        string token = found.GetProperty("token").GetString()!;

        ToolResult repeated = QuireTool.Run([.. bounds, "--replay", token]);
        ToolResult sound = QuireTool.Run("crash", "--replay", token);

        Assert.Equal(1, repeated.ExitCode);
        Assert.Equal(
            found.GetProperty("counterexample").GetRawText(),
            repeated.Json.GetProperty("counterexample").GetRawText());
        Assert.Equal(0, sound.ExitCode);
        Assert.Contains("it does not fail", sound.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gate_is_what_keeps_a_writer_from_starving()
    {
        ToolResult with = QuireTool.Run("crash", "gate");
        ToolResult without = QuireTool.Run("crash", "gate", "--without", "R2:probe");

        Assert.Equal((0, 1), (with.ExitCode, without.ExitCode));
        Assert.Contains("STARVED", without.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_audit_names_what_is_missed_and_what_is_redundant()
    {
        ToolResult audit = QuireTool.Run("crash", "audit", "commit", "--json");

        Dictionary<string, bool> noticed = audit.JsonLines.ToDictionary(
            row => $"{row.GetProperty("step").GetString()} {row.GetProperty("omitted").GetString()}",
            row => row.GetProperty("noticed").GetBoolean());
        Assert.Equal(0, audit.ExitCode);
        Assert.True(noticed["C1 sync journal"]);
        Assert.True(noticed["C8 sync main"]);
        Assert.False(noticed["P1 lock main"]);
    }

    [Fact]
    public void The_list_has_every_scenario_and_every_model()
    {
        ToolResult list = QuireTool.Run("crash", "list", "--json");

        Assert.Equal(0, list.ExitCode);
        Assert.Equal(
            ["model", "scenario"],
            list.JsonLines.Select(row => row.GetProperty("kind").GetString()).Distinct().Order());
    }

    [Theory]
    [InlineData("crash", "nonsense")]
    [InlineData("crash", "--model", "nonsense")]
    [InlineData("crash", "--protocol", "other")]
    [InlineData("crash", "--preemptions", "-1")]
    [InlineData("crash", "--readers", "99")]
    [InlineData("crash", "--without", "C5")]
    [InlineData("crash", "commit", "--replay", "nonsense")]
    [InlineData("crash", "audit", "gate")]
    public void What_makes_no_sense_is_a_usage_error_in_one_line(params string[] arguments)
    {
        ToolResult run = QuireTool.Run(arguments);

        Assert.Equal(2, run.ExitCode);
        Assert.NotEmpty(run.ErrorLine);
    }

    [SkippableFact]
    public void An_interrupt_ends_it_with_what_was_done()
    {
        Interrupt.SkipUnlessItArrives();
        using Process process = QuireTool.Start(
            "crash", "--readers", "3", "--writers", "3", "--preemptions", "3");
        Task<string> errors = process.StandardError.ReadToEndAsync();

        // The heading is printed when the exploration begins.
        Assert.NotNull(process.StandardOutput.ReadLine());
        Interrupt.Send(process);

        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("interrupted", errors.Result, StringComparison.Ordinal);
    }

    /// <summary>All that is between the heading and the command to repeat it.</summary>
    private static string TableIn(ToolResult run)
    {
        int begin = run.Output.IndexOf("The check fails", StringComparison.Ordinal);
        int end = run.Output.IndexOf("again:", StringComparison.Ordinal);
        return run.Output[begin..end];
    }
}
