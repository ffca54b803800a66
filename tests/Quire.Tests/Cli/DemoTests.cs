using System.Diagnostics;
using System.Text.Json;
using Quire.Cli.Demo;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>
/// The demonstration, run for real; and its timeline, made from events of a test.
/// </summary>
public sealed class DemoTests
{
    [Fact]
    public void The_demo_shows_death_recovery_and_the_steps_by_their_names()
    {
        ToolResult demo = QuireTool.Run("demo", "--fast");

        Assert.True(demo.ExitCode == 0, demo.Errors);
        Assert.Empty(demo.Errors);
        Assert.DoesNotContain("\u001b", demo.Output, StringComparison.Ordinal);
        foreach (string shown in (string[])
        [
            "a mixture, marker set", "SIGKILL", "finds the marker set (R4)", "P1 to P7", "P2", "P3",
            "P4", "C2E-3", "C4", "C5", "0 mixtures", "verify: 13 pages sound",
            "docs/protocol.md",
        ])
        {
            Assert.Contains(
                shown == "SIGKILL" && OperatingSystem.IsWindows() ? "TerminateProcess" : shown,
                demo.Output,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("C3", "neverWas")]
    [InlineData("C7", "playedBack")]
    [InlineData("C9", "complete")]
    public void Killed_elsewhere_the_outcome_is_another_and_the_file_as_sound(
        string step, string outcome)
    {
        using var folder = new TempFolder();
        string path = folder.File("kept.quire");

        ToolResult demo = QuireTool.Run(
            "demo", "--fast", "--json", "--readers", "1", "--kill", step, "--file", path);

        Assert.True(demo.ExitCode == 0, demo.Errors);
        JsonElement[] lines = [.. demo.JsonLines];
        JsonElement result = lines[^1];
        Assert.Equal("result", result.GetProperty("kind").GetString());
        Assert.Equal(outcome, result.GetProperty("outcome").GetString());
        Assert.Equal(step, result.GetProperty("killedAt").GetString());
        Assert.Equal(0, result.GetProperty("mixtures").GetInt32());
        Assert.Contains(lines, line => line.GetProperty("kind").GetString() == "killed");
        Assert.Equal(0, QuireTool.Run("verify", path).ExitCode);
    }

    [Fact]
    public void A_demo_on_a_file_that_exists_leaves_it_alone()
    {
        using var folder = new TempFolder();
        string path = folder.File("mine");
        File.WriteAllText(path, "mine");

        ToolResult demo = QuireTool.Run("demo", "--fast", "--file", path);

        Assert.Equal(5, demo.ExitCode);
        Assert.Equal("mine", File.ReadAllText(path));
    }

    [SkippableFact]
    public void An_interrupted_demo_leaves_no_process_behind()
    {
        Skip.If(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        using Process demo = QuireTool.Start("demo", "--json");
        var children = new List<int>();
        bool stages = false;
        while (!stages && demo.StandardOutput.ReadLine() is { } line)
        {
            JsonElement told = JsonDocument.Parse(line).RootElement;
            string? kind = told.GetProperty("kind").GetString();
            stages = kind == "staged";
            if (kind == "started")
            {
                children.Add(told.GetProperty("processId").GetInt32());
            }
        }

        Task<string> rest = demo.StandardOutput.ReadToEndAsync();
        using (Process kill = Process.Start("kill", ["-TERM", $"{demo.Id}"]))
        {
            kill.WaitForExit();
        }

        Assert.True(demo.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(1, demo.ExitCode);
        Assert.Equal("quire: interrupted.\n", demo.StandardError.ReadToEnd());
        Assert.DoesNotContain("result", rest.Result, StringComparison.Ordinal);
        Assert.Equal(4, children.Count);
        Assert.All(children, child =>
            Assert.Throws<ArgumentException>(() => Process.GetProcessById(child)));
    }

    [Fact]
    public void No_text_of_the_timeline_is_wider_than_its_column()
    {
        foreach (ProtocolStep first in Enum.GetValues<ProtocolStep>())
        {
            foreach (ProtocolStep last in Enum.GetValues<ProtocolStep>())
            {
                string text = StepWords.Of(first, last);
                bool isGiven = !text.EndsWith("...", StringComparison.Ordinal);
                Assert.True(!isGiven || text.Length <= StepWords.LongestText, text);
            }
        }
    }
}
