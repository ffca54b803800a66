using System.Text.Json;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>The tool on a sealed file.</summary>
public sealed class SealedFileCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sealed_file_is_made_written_and_looked_at()
    {
        Assert.Equal(0, QuireTool.Run("init", Path, "--protocol", "sealed").ExitCode);
        Assert.Equal(0, QuireTool.Run("counter", "add", Path, "n", "--times", "3").ExitCode);
        Assert.Equal(0, QuireTool.Run("verify", Path).ExitCode);
        Assert.Contains("sealed", QuireTool.Run("info", Path, "--json").Output);
        JsonElement journal = Journal();
        Assert.Equal("sealed", journal.GetProperty("protocol").GetString());
        Assert.Equal(3, journal.GetProperty("baseNumber").GetInt64());
        Assert.Empty(journal.GetProperty("records").EnumerateArray());
    }

    [Fact]
    public void The_records_of_a_log_in_use_are_listed()
    {
        QuireTool.Run("init", Path, "--protocol", "sealed");
        using PageFile file = PageFile.Open(Path);
        var counters = new CounterSet(file);
        counters.Increment("n");
        counters.Increment("n");
        JsonElement journal = Journal();
        Assert.Equal(
            [1L, 2L],
            journal.GetProperty("records").EnumerateArray()
                .Select(record => record.GetProperty("transactionNumber").GetInt64()));
        Assert.True(journal.GetProperty("isOpen").GetBoolean());
        ToolResult text = QuireTool.Run("journal", Path);
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("from transaction 0 to 2", text.Output);
    }

    [Fact]
    public void What_recovery_would_do_depends_on_who_has_the_file_open()
    {
        QuireTool.Run("init", Path, "--protocol", "sealed");
        Assert.Equal("none", Journal().GetProperty("action").GetString());
        using PageFile file = PageFile.Open(Path);
        new CounterSet(file).Increment("n");
        Assert.Equal("none", Journal().GetProperty("action").GetString());

        // A copy is open nowhere, as if everybody had been killed.
        string copy = _folder.File("copy.quire");
        File.Copy(Path, copy);
        File.Copy(Path + "-journal", copy + "-journal");
        Assert.Equal("applyLog", JournalOf(copy).GetProperty("action").GetString());
        Assert.Equal(0, QuireTool.Run("recover", copy).ExitCode);
        Assert.Equal("none", JournalOf(copy).GetProperty("action").GetString());
    }

    [Fact]
    public void The_log_tells_which_transactions_share_a_record()
    {
        QuireTool.Run("init", Path, "--protocol", "sealed");
        using var held = new HeldCommit(
            Path, new PageFileOptions { LockTimeout = Timeout.InfiniteTimeSpan });
        held.Hold(Grow, () => held.Update(Grow));
        held.Start(() => held.Update(Grow));
        Eventually.True(() => held.File.Engine.Writer!.Turn?.Newest?.Last.Value == 3, "both wait");
        held.LetGo();

        Assert.Contains("2-3", QuireTool.Run("journal", Path).Output, StringComparison.Ordinal);
        JsonElement last = Journal().GetProperty("records").EnumerateArray().Last();
        Assert.Equal(2, last.GetProperty("firstTransactionNumber").GetInt64());
        Assert.Equal(3, last.GetProperty("transactionNumber").GetInt64());

        static void Grow(WriteTransaction write) => write.Allocate();
    }

    [Fact]
    public void A_checkpoint_empties_the_log_while_others_have_the_file_open()
    {
        QuireTool.Run("init", Path, "--protocol", "sealed");
        using PageFile file = PageFile.Open(Path);
        new CounterSet(file).Increment("n");

        ToolResult json = QuireTool.Run("checkpoint", Path, "--json");

        Assert.Equal(0, json.ExitCode);
        Assert.Equal("sealed", json.Json.GetProperty("protocol").GetString());
        Assert.Equal(1, json.Json.GetProperty("transactionNumber").GetInt64());
        Assert.Empty(Journal().GetProperty("records").EnumerateArray());
        Assert.Contains("the log is empty", QuireTool.Run("checkpoint", Path).Output);
    }

    [Fact]
    public void A_checkpoint_of_a_classic_file_has_nothing_to_do()
    {
        QuireTool.Run("init", Path, "--protocol", "classic");
        ToolResult text = QuireTool.Run("checkpoint", Path);
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("nothing to do", text.Output);
    }

    [Fact]
    public void A_checkpoint_beside_a_reader_is_busy_past_its_timeout()
    {
        QuireTool.Run("init", Path, "--protocol", "sealed");
        using PageFile file = PageFile.Open(Path);
        new CounterSet(file).Increment("n");
        using (file.BeginRead())
        {
            Assert.Equal(3, QuireTool.Run("checkpoint", Path, "--timeout", "0").ExitCode);
        }

        Assert.Equal(0, QuireTool.Run("checkpoint", Path, "--timeout", "0").ExitCode);
    }

    private JsonElement Journal() => JournalOf(Path);

    private static JsonElement JournalOf(string path) => QuireTool.Run("journal", path, "--json").Json;
}
