using System.Text;
using System.Text.RegularExpressions;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>
/// The commands that the README and the help show can be typed one after the other, by somebody who
/// has nothing yet but what is said to be there.
/// </summary>
public sealed partial class ShownCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_commands_of_the_README_do_what_they_say()
    {
        // "The same file from the command line": the program above has made it.
        PageFile.Open(_folder.File("app.quire")).Dispose();
        File.WriteAllText(
            _folder.File("operations.jsonl"), """{"mutations":[{"type":"delete","key":["a"]}]}""");
        string[] lines = RepositoryFiles.Read("README.md").ReplaceLineEndings("\n").Split('\n');

        int typed = Type(lines.Select(line =>
            line.Replace("dotnet run --project src/Cli --", "quire", StringComparison.Ordinal)));

        Assert.Equal(23, typed);
    }

    [Fact]
    public void The_examples_of_the_help_can_be_typed_in_their_order()
    {
        File.WriteAllBytes(_folder.File("picture.bin"), new byte[1000]);
        Assert.Equal(8, Type(QuireTool.Run("--help").Lines.Select(line => line.Trim())));
        Assert.Equal(0, QuireTool.Run("init", _folder.File("page.quire")).ExitCode);
        Assert.Equal(7, Type(QuireTool.Run("page", "--help").Lines.Select(line => line.Trim()
            .Replace("drawing.quire", "page.quire", StringComparison.Ordinal))));
    }

    /// <summary>Types the lines that are commands; those of minutes have tests of their own.</summary>
    /// <returns>How many these were.</returns>
    private int Type(IEnumerable<string> lines)
    {
        int typed = 0;
        foreach (Match match in lines.Select(line => Command().Match(line)).Where(m => m.Success))
        {
            byte[] input = match.Groups["said"].Success
                ? Encoding.UTF8.GetBytes(match.Groups["said"].Value + "\n")
                : [];
            string[] words = [.. Word().Matches(match.Groups["words"].Value)
                .Select(word => InFolder(word.Value.Trim('\'')))];
            if (words is [.., "<", { } from])
            {
                input = File.ReadAllBytes(from);
                words = words[..^2];
            }

            ToolResult result = QuireTool.RunWithInput(input, words);

            Assert.True(result.ExitCode == 0, $"{match.Value}: {result.Errors}");
            Assert.Empty(result.Errors);
            typed++;
        }

        return typed;
    }

    private string InFolder(string word) => FileName().IsMatch(word) ? _folder.File(word) : word;

    /// <summary>A command, without what it is piped into and without the remark behind it.</summary>
    [GeneratedRegex(
        @"^(echo (?<said>\w+) \| )?quire (?!demo|crash|.*\[options\])(?<words>[^|#]*?)( +[#|].*)?$")]
    private static partial Regex Command();

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\w+\.(quire|jsonl|bin)$")]
    private static partial Regex FileName();
}
