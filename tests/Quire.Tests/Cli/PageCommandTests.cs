using System.Text.Json;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary><c>quire page</c>: put, get, free, root.</summary>
public sealed class PageCommandTests : IDisposable
{
    private const int PayloadSize = 4096 - 24;

    private readonly TempFolder _folder = new();

    public PageCommandTests() => PageFile.Open(Book).Dispose();

    private string Book => _folder.File("book.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bytes_of_every_value_come_back_as_they_went_in()
    {
        byte[] bytes = new byte[PayloadSize];
        new Random(7).NextBytes(bytes);

        ToolResult put = QuireTool.RunWithInput(bytes, "page", Book, "new", "--write", "-");
        string number = put.Output.Trim();
        ToolResult got = QuireTool.Run("page", Book, number, "--out", "-");
        ToolResult saved = QuireTool.Run("page", Book, number, "--out", _folder.File("copy"));
        JsonElement json = QuireTool.Run("page", Book, number, "--json").Json;

        Assert.Equal("2", number);
        Assert.Equal(bytes, got.OutputBytes);
        Assert.Equal(0, saved.ExitCode);
        Assert.Equal(bytes, File.ReadAllBytes(_folder.File("copy")));
        Assert.Equal(bytes, json.GetProperty("payload").GetBytesFromBase64());
        Assert.Equal("data", json.GetProperty("kind").GetString());
    }

    [Fact]
    public void A_shorter_write_leaves_nothing_of_a_longer_one()
    {
        File.WriteAllText(_folder.File("long"), new string('x', 100));
        File.WriteAllText(_folder.File("short"), "y");
        QuireTool.Run("page", Book, "new", "--write", _folder.File("long"));

        JsonElement written = QuireTool.Run(
            "page", Book, "2", "--write", _folder.File("short"), "--json").Json;
        byte[] got = QuireTool.Run("page", Book, "2", "--out", "-").OutputBytes;

        Assert.Equal(2u, written.GetProperty("transactionNumber").GetUInt64());
        Assert.Equal((byte)'y', got[0]);
        Assert.All(got[1..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_payload_that_does_not_fit_is_refused_and_nothing_is_changed()
    {
        byte[] bytes = new byte[PayloadSize + 1];

        ToolResult put = QuireTool.RunWithInput(bytes, "page", Book, "new", "--write", "-");

        Assert.Equal(2, put.ExitCode);
        Assert.Contains($"{PayloadSize} bytes", put.ErrorLine, StringComparison.Ordinal);
        JsonElement info = QuireTool.Run("info", Book, "--json").Json;
        Assert.Equal(0u, info.GetProperty("transactionNumber").GetUInt64());
    }

    [Fact]
    public void A_page_can_be_made_the_root_and_freed_once_it_is_not()
    {
        QuireTool.RunWithInput("a"u8.ToArray(), "page", Book, "new", "--write", "-", "--root");
        QuireTool.RunWithInput("b"u8.ToArray(), "page", Book, "new", "--write", "-");

        Assert.Equal(2, QuireTool.Run("page", Book, "2", "--free").ExitCode);
        Assert.Equal(0, QuireTool.Run("page", Book, "3", "--root").ExitCode);
        Assert.Equal(0, QuireTool.Run("page", Book, "2", "--free").ExitCode);
        ToolResult gone = QuireTool.Run("page", Book, "2");

        Assert.Equal(1, gone.ExitCode);
        Assert.Equal("quire: page 2 is free.", gone.ErrorLine);
        Assert.Equal(
            3u, QuireTool.Run("info", Book, "--json").Json.GetProperty("root").GetUInt32());
    }

    [Fact]
    public void A_hex_dump_shows_header_fields_and_bytes()
    {
        QuireTool.RunWithInput("hello"u8.ToArray(), "page", Book, "new", "--write", "-");

        ToolResult shown = QuireTool.Run("page", Book, "2");

        Assert.Contains("transaction  1", shown.Output, StringComparison.Ordinal);
        Assert.Contains("used         5 of 4072 bytes", shown.Output, StringComparison.Ordinal);
        Assert.Contains("|hello...........|", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_shows_the_header_page_and_a_damaged_page()
    {
        QuireTool.RunWithInput("hello"u8.ToArray(), "page", Book, "new", "--write", "-");
        byte[] main = File.ReadAllBytes(Book);
        main[(2 * 4096) + 24] ^= 1;
        File.WriteAllBytes(Book, main);

        ToolResult header = QuireTool.Run("page", Book, "0", "--raw", "--out", "-");
        ToolResult damaged = QuireTool.Run("page", Book, "2", "--raw", "--json");
        ToolResult refused = QuireTool.Run("page", Book, "2");

        Assert.Equal(main[..4096], header.OutputBytes);
        Assert.False(damaged.Json.GetProperty("sound").GetBoolean());
        Assert.Equal(
            main[8192..12288], damaged.Json.GetProperty("raw").GetBytesFromBase64());
        Assert.Equal(4, refused.ExitCode);
    }
}
