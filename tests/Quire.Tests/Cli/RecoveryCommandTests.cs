using System.Diagnostics;
using System.Text.Json;
using Quire.Cli.Demo;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>The tool on a file whose writer was killed: a real process, a real SIGKILL.</summary>
public sealed class RecoveryCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Book => _folder.File("book.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_commit_killed_halfway_is_seen_refused_recovered_and_gone()
    {
        KillWriterAt(ProtocolStep.C5);

        JsonElement journal = QuireTool.Run("journal", Book, "--json").Json;
        ToolResult info = QuireTool.Run("info", Book);
        ToolResult recovered = QuireTool.Run("recover", Book);
        ToolResult again = QuireTool.Run("recover", Book, "--json");
        ToolResult verified = QuireTool.Run("verify", Book);

        Assert.Equal("sealed", journal.GetProperty("condition").GetString());
        Assert.Equal("set", journal.GetProperty("marker").GetProperty("condition").GetString());
        Assert.Equal("playBack", journal.GetProperty("action").GetString());
        Assert.Equal(DemoSettings.Pages, journal.GetProperty("frames").GetArrayLength());
        Assert.Equal(4, info.ExitCode);
        Assert.Contains("quire recover", info.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(0, recovered.ExitCode);
        Assert.Contains("marker set, journal sealed", recovered.Output, StringComparison.Ordinal);
        Assert.Contains("transaction 2 is complete", recovered.Output, StringComparison.Ordinal);
        Assert.False(again.Json.GetProperty("recovered").GetBoolean());
        Assert.Equal(0, verified.ExitCode);
        Assert.All(DemoBook.PeekWithoutLocks(Book).Editions, edition => Assert.Equal(2, edition));
    }

    [Fact]
    public void A_transaction_that_never_reached_its_marker_is_discarded()
    {
        KillWriterAt(ProtocolStep.C2);

        ToolResult info = QuireTool.Run("info", Book, "--json");
        JsonElement recovered = QuireTool.Run("recover", Book, "--json").Json;

        Assert.Equal(0, info.ExitCode);
        Assert.Equal(
            "sealed", info.Json.GetProperty("journal").GetProperty("condition").GetString());
        JsonElement finding = Assert.Single(
            recovered.GetProperty("findings").EnumerateArray().ToArray());
        Assert.Equal("discardJournal", finding.GetProperty("action").GetString());
        Assert.Equal(1u, recovered.GetProperty("transactionNumber").GetUInt64());
        Assert.All(DemoBook.PeekWithoutLocks(Book).Editions, edition => Assert.Equal(1, edition));
    }

    [Fact]
    public void A_set_marker_without_its_journal_is_damage()
    {
        KillWriterAt(ProtocolStep.C4);
        File.Delete(Book + "-journal");

        ToolResult journal = QuireTool.Run("journal", Book);
        ToolResult recovered = QuireTool.Run("recover", Book);

        Assert.Equal(1, journal.ExitCode);
        Assert.Contains("refused", journal.Output, StringComparison.Ordinal);
        Assert.Equal(4, recovered.ExitCode);
        Assert.NotEmpty(recovered.ErrorLine);
    }

    private void KillWriterAt(ProtocolStep step)
    {
        DemoBook.Create(Book);
        using Process writer = QuireTool.Start(
            "demo-process", "writer", "writer", Book,
            "--edition", "2", "--stage-ms", "0", "--stop-at", step.ToString());
        try
        {
            bool stopped = false;
            while (!stopped && writer.StandardOutput.ReadLine() is { } line)
            {
                stopped = DemoEvent.Parse(line).Kind == DemoEventKind.Stopped;
            }

            Assert.True(stopped, $"The writer never came to {step}.");
        }
        finally
        {
            writer.Kill();
            Assert.True(writer.WaitForExit(TimeSpan.FromMinutes(1)));
        }
    }
}
