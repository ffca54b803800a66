using System.Text;
using System.Text.Json;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary><c>quire map</c>, as a shell sees it.</summary>
public sealed class MapCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public MapCommandTests() => PageFile.Open(
        Book, new PageFileOptions { PageSize = 512 }).Dispose();

    private string Book => _folder.File("book.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_put_is_got_byte_for_byte_until_it_is_deleted()
    {
        ToolResult added = Map("put", "users", "änne", "geboren 1986");
        ToolResult replaced = Map("put", "users", "änne", "1987", "--json");
        ToolResult got = Map("get", "users", "änne");
        ToolResult deleted = Map("delete", "users", "änne");
        ToolResult gone = Map("get", "users", "änne");
        ToolResult goneAgain = Map("delete", "users", "änne");

        Assert.Equal((0, "added\n"), (added.ExitCode, added.Output));
        Assert.Equal("replaced", replaced.Json.GetProperty("done").GetString());
        Assert.Equal((0, "1987"), (got.ExitCode, got.Output));
        Assert.Equal((0, "deleted\n"), (deleted.ExitCode, deleted.Output));
        Assert.Equal((1, ""), (gone.ExitCode, gone.Output));
        Assert.Contains("has no key \"änne\"", gone.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(1, goneAgain.ExitCode);
    }

    [Fact]
    public void A_value_from_standard_input_comes_back_as_it_was_however_long()
    {
        byte[] value = new byte[(3 << 20) + 17];
        new Random(4).NextBytes(value);

        ToolResult put = QuireTool.RunWithInput(value, "map", "put", Book, "pictures", "a");
        ToolResult got = Map("get", "pictures", "a");
        ToolResult hex = Map("get", "pictures", "61", "--hex");

        Assert.Equal(0, put.ExitCode);
        Assert.Equal(value, got.OutputBytes);
        Assert.Equal(Convert.ToHexStringLower(value) + "\n", hex.Output);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_typed_and_shown_in_hexadecimal()
    {
        Assert.Equal(0, Map("put", "raw", "00ff", "fe0a", "--hex").ExitCode);

        ToolResult hex = Map("list", "raw", "--hex");
        ToolResult text = Map("list", "raw");
        JsonElement json = Map("list", "raw", "--json").Json;

        Assert.Equal("00ff\tfe0a\n", hex.Output);
        Assert.Equal("\\x00\\xff\t\\xfe\\n\n", text.Output);
        Assert.Equal([0, 0xFF], json.GetProperty("key").GetProperty("base64").GetBytesFromBase64());
        Assert.Equal("raw", json.GetProperty("map").GetString());
    }

    [Fact]
    public void A_list_has_the_records_of_its_range_in_its_order()
    {
        Fill("m", ["a", "ab", "ac", "b", "ba", "c"]);

        Assert.Equal(["a", "ab", "ac", "b", "ba", "c"], Keys());
        Assert.Equal(["a", "ab", "ac"], Keys("--prefix", "a"));
        Assert.Equal(["ac", "b"], Keys("--from", "ac", "--to", "ba"));
        Assert.Equal(["ba", "b", "ac"], Keys("--from", "ac", "--to", "c", "--reverse"));
        Assert.Equal(["c", "ba"], Keys("--reverse", "--limit", "2"));
        Assert.Empty(Keys("--from", "x"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_list_of_several_stretches_is_whole(bool isReversed)
    {
        string[] keys = [.. Enumerable.Range(0, 2500).Select(i => $"{i:d5}")];
        Fill("m", keys);

        string[] listed = Keys(isReversed ? ["--reverse", "--limit", "2400"] : ["--limit", "2400"]);

        Assert.Equal((isReversed ? keys.Reverse() : keys).Take(2400), listed);
    }

    [Fact]
    public void Maps_are_listed_counted_cleared_and_dropped()
    {
        Fill("one", ["a"]);
        Fill("two", ["a", "b"]);

        Assert.Equal("2\n", Map("count", "two").Output);
        Assert.Equal(0, Map("clear", "two").ExitCode);
        Assert.Equal("0\n", Map("count", "two").Output);
        Assert.Equal(0, Map("drop", "two", "--json").ExitCode);
        ToolResult dropped = Map("count", "two");
        JsonElement left = QuireTool.Run("map", "maps", Book, "--json").Json;

        Assert.Equal(1, dropped.ExitCode);
        Assert.Contains("no map \"two\"", dropped.ErrorLine, StringComparison.Ordinal);
        Assert.Equal("one", left.GetProperty("map").GetString());
        Assert.Equal(1, left.GetProperty("records").GetInt64());
    }

    [Theory]
    [InlineData("two digits for each byte", "get", "m", "xyz", "--hex")]
    [InlineData("MAP is empty", "put", "", "k", "v")]
    [InlineData("Try 'quire map put --help'", "put", "m")]
    [InlineData("'-1' is not a number", "list", "m", "--limit", "-1")]
    [InlineData("Try 'quire map --help'", "frobnicate", "m")]
    public void What_makes_no_sense_is_2(string problem, params string[] arguments)
    {
        ToolResult refused = Map(arguments[0], arguments[1], arguments[2..]);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(problem, refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_over_the_limit_is_2_and_nothing_is_put()
    {
        ToolResult refused = Map("put", "m", new string('k', 200), "v");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("The key has 200 bytes", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(QuireTool.Run("map", "maps", Book).Output);
    }

    [Fact]
    public void A_file_whose_root_is_something_else_is_4_and_stays_as_it_is()
    {
        Assert.Equal(
            0, QuireTool.RunWithInput([1], "page", Book, "new", "--write", "-", "--root").ExitCode);
        byte[] before = File.ReadAllBytes(Book);

        ToolResult put = Map("put", "m", "k", "v");
        ToolResult list = Map("list", "m");

        Assert.Equal((4, 4), (put.ExitCode, list.ExitCode));
        Assert.Contains("no catalog of maps", put.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Book));
    }

    [Fact]
    public void A_writer_elsewhere_makes_put_busy()
    {
        using PageFile file = PageFile.Open(Book);
        using WriteTransaction write = file.BeginWrite();

        ToolResult busy = Map("put", "m", "k", "v", "--timeout", "0.05");

        Assert.Equal(3, busy.ExitCode);
    }

    [Fact]
    public void Help_has_examples_for_every_command_of_maps()
    {
        string[][] commands =
        [
            ["map"], ["map", "put"], ["map", "list"], ["export"], ["import"], ["compact"],
        ];
        foreach (string[] command in commands)
        {
            ToolResult help = QuireTool.Run([.. command, "--help"]);
            Assert.Equal(0, help.ExitCode);
            Assert.Contains(
                $"Examples:\n  quire {string.Join(' ', command)}",
                help.Output,
                StringComparison.Ordinal);
        }
    }

    private ToolResult Map(string verb, string map, params string[] rest) =>
        QuireTool.Run(["map", verb, Book, map, .. rest]);

    private string[] Keys(params string[] range) =>
        [.. Map("list", "m", range).Lines.Select(line => line.Split('\t')[0])];

    private void Fill(string map, string[] keys)
    {
        using PageFile file = PageFile.Open(Book);
        using WriteTransaction write = file.BeginWrite();
        foreach (string key in keys)
        {
            write.Map(map).Put(Encoding.UTF8.GetBytes(key), "v"u8);
        }

        write.Commit();
    }
}
