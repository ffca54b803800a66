using System.Text.Json;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary><c>quire index</c>, as a shell sees it.</summary>
public sealed class IndexCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public IndexCommandTests() => PageFile.Open(
        Flow, new PageFileOptions { PageSize = 512 }).Dispose();

    private string Flow => _folder.File("flow.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ids_are_added_once_listed_newest_first_and_removed()
    {
        Assert.Equal("added\n", Index("add", "t", "a").Output);
        Assert.Equal("added\n", Index("add", "t", "b\t").Output);
        ToolResult again = Index("add", "t", "a", "--json");
        ToolResult removed = Index("remove", "t", "a");
        ToolResult gone = Index("remove", "t", "a");

        Assert.Equal(0, again.ExitCode);
        Assert.Equal("present", again.Json.GetProperty("done").GetString());
        Assert.Equal((0, "removed\n"), (removed.ExitCode, removed.Output));
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains("list \"t\" has no id \"a\"", gone.ErrorLine, StringComparison.Ordinal);
        Assert.Equal("b\\t\n", Index("list", "t").Output);
        Assert.Equal((0, ""), (Index("list", "none").ExitCode, Index("list", "none").Output));
    }

    [Fact]
    public void A_long_list_comes_whole_and_page_by_page()
    {
        string[] ids = [.. Enumerable.Range(0, 2300).Select(i => $"id {i}")];
        using (PageFile file = PageFile.Open(Flow))
        {
            file.Update(write => Assert.All(
                ids, id => Assert.True(new IndexLists(file).In(write).Add("t", id))));
        }

        Assert.Equal(ids.Reverse(), Index("list", "t").Lines);
        Assert.Equal(
            ["id 9", "id 8"], Index("list", "t", "--after", "id 10", "--limit", "2").Lines);
        JsonElement first = Index("list", "t", "--limit", "1", "--json").Json;
        Assert.Equal("id 2299", first.GetProperty("id").GetString());
        Assert.Equal("2300\n", Index("count", "t").Output);
        Assert.Equal(1, Index("list", "t", "--after", "id").ExitCode);
    }

    [Fact]
    public void Lists_are_listed_with_their_counts()
    {
        Index("add", "b", "1");
        Index("add", "a", "1");
        Index("add", "a", "2");

        Assert.Equal("a\t2\nb\t1\n", QuireTool.Run("index", "lists", Flow).Output);
        JsonElement json = QuireTool.Run("index", "lists", Flow, "--prefix", "b", "--json").Json;
        Assert.Equal("b", json.GetProperty("list").GetString());
        Assert.Equal(1, json.GetProperty("count").GetInt64());
        Assert.Equal("a\t2\n", QuireTool.Run("index", "lists", Flow, "--limit", "1").Output);
    }

    [Theory]
    [InlineData("ID is empty", "add", "t", "")]
    [InlineData("NAME is empty", "count", "")]
    [InlineData("'-1' is not a number from 0", "list", "t", "--limit", "-1")]
    [InlineData("Try 'quire index add --help'", "add", "t")]
    public void What_makes_no_sense_is_2(string problem, params string[] arguments)
    {
        ToolResult refused = Index(arguments[0], arguments[1], arguments[2..]);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(problem, refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_that_holds_something_else_is_4()
    {
        QuireTool.Run("counter", "add", Flow, "n", "--map", "index");

        ToolResult refused = Index("add", "t", "a");

        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("types 1 and 200, expected 1 and 220", refused.ErrorLine, Exact);
    }

    [Fact]
    public void Help_has_examples_for_counters_and_lists()
    {
        foreach (string[] command in (string[][])[["counter"], ["index", "list"]])
        {
            Assert.Contains(
                $"Examples:\n  quire {string.Join(' ', command)}",
                QuireTool.Run([.. command, "--help"]).Output,
                Exact);
        }
    }

    private const StringComparison Exact = StringComparison.Ordinal;

    private ToolResult Index(string verb, string name, params string[] rest) =>
        QuireTool.Run(["index", verb, Flow, name, .. rest]);
}
