using System.Text.Json;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary><c>quire verify</c> and <c>quire compact</c> on files with maps.</summary>
public sealed class MapVerifyTests : IDisposable
{
    private const int PageSize = 512;

    private readonly TempFolder _folder = new();

    private string Book => _folder.File("book.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Verify_counts_maps_and_records_and_reaches_each_page_once()
    {
        Fill(records: 300);

        ToolResult text = QuireTool.Run("verify", Book);
        JsonElement json = QuireTool.Run("verify", Book, "--json").Json;

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("1 map, 300 records: ", text.Output, StringComparison.Ordinal);
        Assert.Contains("each reached exactly once", text.Output, StringComparison.Ordinal);
        JsonElement maps = json.GetProperty("maps");
        Assert.True(maps.GetProperty("sound").GetBoolean());
        Assert.Equal(300, maps.GetProperty("maps")[0].GetProperty("records").GetInt64());

        // The engine's own pages, header and allocation map, are the ones that no map reaches.
        Assert.InRange(
            json.GetProperty("pagesChecked").GetUInt32()
                - maps.GetProperty("pagesReached").GetUInt32(),
            1u,
            4u);
    }

    [Fact]
    public void Verify_finds_a_page_that_no_map_reaches()
    {
        Fill(records: 10);
        PageNumber lost;
        using (PageFile file = PageFile.Open(Book))
        using (WriteTransaction write = file.BeginWrite())
        {
            lost = write.Allocate();
            write.Commit();
        }

        ToolResult text = QuireTool.Run("verify", Book);
        JsonElement json = QuireTool.Run("verify", Book, "--json").Json;

        Assert.Equal(1, text.ExitCode);
        Assert.Contains("DAMAGED, 1 problem", text.Output, StringComparison.Ordinal);
        Assert.False(json.GetProperty("sound").GetBoolean());
        Assert.Equal(0, json.GetProperty("problems").GetArrayLength());
        Assert.Equal(
            lost.Value,
            json.GetProperty("maps").GetProperty("problems")[0].GetProperty("page").GetUInt32());
    }

    [Fact]
    public void Compact_gives_the_pages_of_a_dropped_map_back()
    {
        Fill(records: 2000);
        long before = new FileInfo(Book).Length;
        Assert.Equal(0, QuireTool.Run("map", "clear", Book, "m").ExitCode);

        JsonElement compacted = QuireTool.Run("compact", Book, "--json").Json;
        ToolResult again = QuireTool.Run("compact", Book);

        long after = new FileInfo(Book).Length;
        Assert.InRange(after, PageSize, before / 4);
        Assert.Equal(
            before - after, compacted.GetProperty("bytesFreed").GetInt64());
        Assert.Contains("0 bytes given back", again.Output, StringComparison.Ordinal);
        Assert.Equal(0, QuireTool.Run("verify", Book).ExitCode);
    }

    [Fact]
    public void Compact_moves_what_lies_behind_free_pages()
    {
        Fill(records: 2000);
        Fill(records: 500, "late");
        Assert.Equal(0, QuireTool.Run("map", "drop", Book, "m").ExitCode);

        JsonElement compacted = QuireTool.Run("compact", Book, "--json").Json;

        Assert.True(compacted.GetProperty("pagesMoved").GetInt64() > 0);
        Assert.Equal(0u, compacted.GetProperty("pagesFree").GetUInt32());
        Assert.Equal("500", QuireTool.Run("map", "count", Book, "late").Output.Trim());
        Assert.Equal(0, QuireTool.Run("verify", Book).ExitCode);
    }

    private void Fill(int records, string name = "m")
    {
        using PageFile file = PageFile.Open(Book, new PageFileOptions { PageSize = PageSize });
        using WriteTransaction write = file.BeginWrite();
        MapWriter map = write.Map(name);
        for (int i = 0; i < records; i++)
        {
            map.Put([(byte)(i >> 8), (byte)i], "value"u8);
        }

        write.Commit();
    }
}
