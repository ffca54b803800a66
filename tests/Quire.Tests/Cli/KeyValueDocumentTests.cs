using System.Text;
using System.Text.RegularExpressions;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>
/// What docs/key-value.md shows of JSON and of the command line, performed.
/// </summary>
public sealed partial class KeyValueDocumentTests
{
    private readonly string _document =
        RepositoryFiles.Read("docs/key-value.md").ReplaceLineEndings("\n");

    [Fact]
    public void The_forms_of_parts_and_values_are_read_and_written_as_shown()
    {
        string[] parts = Column("Part");
        string[] values = Column("Value");

        Assert.Equal((7, 4), (parts.Length, values.Length));
        string key = $"[{string.Join(',', parts)}]";
        Assert.Equal(key, StoreJson.ParseKey(key).ToString());
        Assert.Equal(
            [
                StoreKeyPartKind.String, StoreKeyPartKind.Number, StoreKeyPartKind.Number,
                StoreKeyPartKind.Integer, StoreKeyPartKind.Bytes, StoreKeyPartKind.True,
                StoreKeyPartKind.CommitVersionstamp,
            ],
            StoreJson.ParseKey(key).Parts.Select(part => part.Kind));
        Assert.All(values, value => Assert.Equal(value, StoreJson.ParseValue(value).ToString()));
        Assert.Equal(
            [StoreValueKind.UInt64, StoreValueKind.Bytes, StoreValueKind.Json, StoreValueKind.Json],
            values.Select(value => StoreJson.ParseValue(value).Kind));
    }

    [Fact]
    public void The_operation_that_is_shown_can_be_committed()
    {
        using var folder = new TempFolder();
        using PageFile file = PageFile.Open(folder.File("a.quire"));
        var store = new KeyValueStore(file);
        string json = Block("json");

        AtomicResult result = StoreJson.ParseOperation(json, store).Commit();

        Assert.True(result.IsCommitted);
        Assert.Equal(6UL, store.Get(["n"])!.Value.AsUInt64());
    }

    [Fact]
    public void The_session_that_is_shown_goes_as_shown()
    {
        using var folder = new TempFolder();
        string[] lines = Block("console").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int commands = 0;
        for (int at = 0; at < lines.Length;)
        {
            string[] arguments = Words(lines[at++]["$ quire ".Length..], folder);
            string[] said = [.. lines.Skip(at).TakeWhile(line => !line.StartsWith('$'))];
            at += said.Length;
            commands++;
            string input = string.Join(
                '\n', said.Where(line => line.StartsWith('>')).Select(line => line[2..]));

            ToolResult result =
                QuireTool.RunWithInput(Encoding.UTF8.GetBytes(input), arguments);

            Assert.Equal("", result.Errors);
            if (arguments[0] == "kv")
            {
                Assert.Equal(said.Where(line => !line.StartsWith('>')), result.Lines);
            }
        }

        Assert.Equal(7, commands);
    }

    private string[] Column(string heading) =>
    [
        .. _document.Split($"\n| {heading} | JSON |\n|---|---|\n")[1].Split("\n\n")[0]
            .Split('\n').Select(row => row.Split('|')[2].Trim().Trim('`')),
    ];

    private string Block(string language) =>
        _document.Split($"\n```{language}\n")[1].Split("\n```\n")[0];

    /// <summary>As a shell would cut the line; the file is in the test's folder.</summary>
    private static string[] Words(string line, TempFolder folder) =>
    [
        .. Word().Matches(line).Select(word => word.Value.Trim('\'')).Select(
            word => word == "app.quire" ? folder.File(word) : word),
    ];

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Word();
}
