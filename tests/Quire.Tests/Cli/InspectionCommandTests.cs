using System.Diagnostics;
using System.Text.Json;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>The commands that look at a file, as text and as JSON.</summary>
public sealed class InspectionCommandTests : IDisposable
{
    private const int PageSize = 1024;

    private readonly TempFolder _folder = new();

    private string Book => _folder.File("book.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Init_makes_a_file_of_the_page_size_asked_for()
    {
        ToolResult made = QuireTool.Run(
            "init", Book, "--page-size", "512", "--application-id", "0x2A", "--user-version", "7");

        Assert.Equal(0, made.ExitCode);
        Assert.Contains("pages of 512 bytes", made.Output, StringComparison.Ordinal);
        using PageFile file = PageFile.Open(
            Book, new PageFileOptions { Mode = PageFileMode.ReadOnly });
        Assert.Equal(512, file.PageSize);
        Assert.Equal(42u, file.GetInfo().ApplicationId);
        Assert.Equal(7u, file.GetInfo().UserVersion);
    }

    [Fact]
    public void Info_tells_the_facts_as_text_and_as_JSON()
    {
        MakeBook(pages: 3);

        ToolResult text = QuireTool.Run("info", Book);
        JsonElement json = QuireTool.Run("info", Book, "--json").Json;

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("transaction  1", text.Output, StringComparison.Ordinal);
        Assert.Equal(PageSize, json.GetProperty("pageSize").GetInt32());
        Assert.Equal(5u, json.GetProperty("pageCount").GetUInt32());
        Assert.Equal(1u, json.GetProperty("transactionNumber").GetUInt64());
        Assert.Equal("sealed", json.GetProperty("protocol").GetString());
        Assert.Equal("log", json.GetProperty("journal").GetProperty("condition").GetString());
        Assert.Equal(0, json.GetProperty("journal").GetProperty("records").GetInt32());
        Assert.True(json.GetProperty("fileSystem").GetProperty("isLocal").GetBoolean());
    }

    [Fact]
    public void Info_tells_of_the_journal_of_a_classic_file()
    {
        MakeBook(pages: 3, CommitProtocol.Classic);

        JsonElement json = QuireTool.Run("info", Book, "--json").Json;

        Assert.Equal("classic", json.GetProperty("protocol").GetString());
        Assert.Equal("empty", json.GetProperty("journal").GetProperty("condition").GetString());
    }

    [Fact]
    public void Verify_of_a_sound_file_says_so()
    {
        MakeBook(pages: 3);

        ToolResult text = QuireTool.Run("verify", Book);
        JsonElement json = QuireTool.Run("verify", Book, "--json").Json;

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("sound; 4 pages checked", text.Output, StringComparison.Ordinal);
        Assert.True(json.GetProperty("sound").GetBoolean());
        Assert.Equal(0, json.GetProperty("problems").GetArrayLength());
    }

    [Fact]
    public void Verify_finds_a_flipped_bit_and_names_its_page()
    {
        PageNumber page = MakeBook(pages: 3);
        long offset = FlipBit(page);

        ToolResult text = QuireTool.Run("verify", Book);
        ToolResult json = QuireTool.Run("verify", Book, "--json");

        Assert.Equal(1, text.ExitCode);
        Assert.Contains(
            $"at byte {offset}: page {page} has checksum", text.Lines[0], StringComparison.Ordinal);
        Assert.Empty(text.Errors);
        Assert.Equal(1, json.ExitCode);
        JsonElement problem = Assert.Single(
            json.Json.GetProperty("problems").EnumerateArray().ToArray());
        Assert.Equal(page.Value, problem.GetProperty("page").GetUInt32());
        Assert.Equal(offset, problem.GetProperty("offset").GetInt64());
    }

    [Fact]
    public void Pages_lists_each_page_with_kind_transaction_and_bytes_used()
    {
        PageNumber page = MakeBook(pages: 2);
        Assert.Equal(0, QuireTool.Run("page", Book, $"{page.Value + 1}", "--free").ExitCode);

        JsonElement[] pages = [.. QuireTool.Run("pages", Book, "--json").JsonLines];
        ToolResult text = QuireTool.Run("pages", Book);

        Assert.Equal(
            ["header", "map", "data", "free"],
            pages.Select(p => p.GetProperty("kind").GetString()));
        Assert.Equal(5, pages[page.Value].GetProperty("usedBytes").GetInt32());
        Assert.Equal(1u, pages[page.Value].GetProperty("transactionNumber").GetUInt64());
        Assert.Equal(5, text.Lines.Length);
        Assert.Equal(0, text.ExitCode);
    }

    [Fact]
    public void Pages_points_at_a_damaged_page_and_exits_with_1()
    {
        PageNumber page = MakeBook(pages: 2);
        FlipBit(page);

        ToolResult text = QuireTool.Run("pages", Book);

        Assert.Equal(1, text.ExitCode);
        Assert.Contains("BAD", text.Lines[1 + page.Value], StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_are_all_listed_when_there_are_more_than_one_stretch_of_them()
    {
        MakeBook(pages: 3000);

        uint[] numbers = [.. QuireTool.Run("pages", Book, "--json").JsonLines
            .Select(line => line.GetProperty("page").GetUInt32())];

        Assert.Equal(Enumerable.Range(0, 3002).Select(number => (uint)number), numbers);
    }

    [Fact]
    public void Pages_ends_quietly_when_nobody_reads_on()
    {
        MakeBook(pages: 3000);
        using Process process = QuireTool.Start("pages", Book);
        Assert.NotNull(process.StandardOutput.ReadLine());
        process.StandardOutput.Close();

        string errors = process.StandardError.ReadToEnd();

        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Empty(errors);
        Assert.Equal(0, process.ExitCode);
    }

    [SkippableFact]
    public void Output_that_finds_no_space_is_5_and_one_line()
    {
        Skip.IfNot(File.Exists("/dev/full"), "There is no device that is always full.");
        MakeBook(pages: 1);
        using var shell = Process.Start(new ProcessStartInfo(
            "/bin/sh", ["-c", $"exec dotnet '{QuireTool.Dll}' info '{Book}' > /dev/full"])
        {
            RedirectStandardError = true,
        })!;

        string errors = shell.StandardError.ReadToEnd();

        Assert.True(shell.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(5, shell.ExitCode);
        Assert.StartsWith("quire: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Journal_of_a_file_at_rest_has_nothing_to_recover()
    {
        MakeBook(pages: 1, CommitProtocol.Classic);

        ToolResult text = QuireTool.Run("journal", Book);
        JsonElement json = QuireTool.Run("journal", Book, "--json").Json;

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("nothing to do", text.Output, StringComparison.Ordinal);
        Assert.Equal("empty", json.GetProperty("condition").GetString());
        Assert.Equal("none", json.GetProperty("action").GetString());
    }

    [SkippableFact]
    public void Locks_names_this_process_as_the_holder_of_journal_and_main()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Holders of locks are found through /proc.");
        MakeBook(pages: 1);
        using PageFile file = PageFile.Open(Book);
        using WriteTransaction write = file.BeginWrite();
        using ReadTransaction read = file.BeginRead();

        ToolResult text = QuireTool.Run("locks", Book);
        JsonElement json = QuireTool.Run("locks", Book, "--json").Json;

        Assert.Equal(0, text.ExitCode);
        Assert.Contains($"{Environment.ProcessId}", text.Output, StringComparison.Ordinal);
        Assert.Equal(("exclusive", Environment.ProcessId), HolderOf(json, "journal"));
        Assert.Equal(("shared", Environment.ProcessId), HolderOf(json, "main"));
        Assert.Null(HolderOf(json, "gate"));
    }

    private static (string? Mode, int Id)? HolderOf(JsonElement locks, string name)
    {
        JsonElement holders = locks.GetProperty("locks").EnumerateArray()
            .Single(one => one.GetProperty("lock").GetString() == name).GetProperty("holders");
        return holders.GetArrayLength() == 0
            ? null
            : (holders[0].GetProperty("mode").GetString(),
                holders[0].GetProperty("processId").GetInt32());
    }

    private PageNumber MakeBook(int pages, CommitProtocol? protocol = null)
    {
        using PageFile file = PageFile.Open(
            Book, new PageFileOptions { PageSize = PageSize, Protocol = protocol });
        using WriteTransaction write = file.BeginWrite();
        for (int i = 0; i < pages; i++)
        {
            PageNumber page = write.Allocate();
            "hello"u8.CopyTo(write.Write(page));
            write.Root = i == 0 ? page : write.Root;
        }

        PageNumber root = write.Root;
        write.Root = PageNumber.None;
        write.Commit();
        return root;
    }

    /// <returns>Where the page begins.</returns>
    private long FlipBit(PageNumber page)
    {
        byte[] bytes = File.ReadAllBytes(Book);
        bytes[(page.Value * PageSize) + 100] ^= 0x10;
        File.WriteAllBytes(Book, bytes);
        return page.Value * PageSize;
    }
}
