using System.Text;
using System.Text.RegularExpressions;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Conventions;

/// <summary>What holds for all documents: where they lead to, and what they name, exists.</summary>
public sealed partial class DocumentConventions
{
    private static readonly string[] Paths =
    [
        "README.md", "fuzz/README.md", "src/CrashLab/README.md",
        .. Directory.EnumerateFiles(RepositoryFiles.PathOf("docs"), "*.md")
            .Select(path => $"docs/{Path.GetFileName(path)}").Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Documents => [.. Paths];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_to_a_file_and_a_heading(string document)
    {
        foreach (Match link in Link().Matches(RepositoryFiles.Read(document)))
        {
            string target = link.Groups["file"].Value;
            string file = target.Length == 0
                ? document
                : Path.Combine(Path.GetDirectoryName(document)!, target);
            Assert.True(
                File.Exists(RepositoryFiles.PathOf(file)), $"{document}: no file {link.Value}");
            string anchor = link.Groups["anchor"].Value;
            Assert.True(
                anchor.Length == 0 || AnchorsOf(file).Contains(anchor),
                $"{document}: no heading {link.Value}");
        }
    }

    [Fact]
    public void Every_document_that_the_code_cites_exists()
    {
        IEnumerable<string> missing =
            from folder in (string[])["src", "tests", "samples", "fuzz", "benchmarks"]
            from path in RepositoryFiles.CSharpFiles(folder)
            from Match cited in Cited().Matches(File.ReadAllText(path))
            where !File.Exists(RepositoryFiles.PathOf(cited.Value))
            select $"{path}: {cited.Value}";
        Assert.Empty(missing);
    }

    /// <summary>Types, members and options are named as they are called.</summary>
    [Fact]
    public void Every_name_in_a_document_is_one_of_the_sources()
    {
        string sources = Sources();
        IEnumerable<string> unknown =
            from document in Paths
            from Match code in InlineCode().Matches(WithoutBlocks(RepositoryFiles.Read(document)))
            from Match name in Name().Matches(code.Value)
            where !sources.Contains(name.Value, StringComparison.Ordinal)
            select $"{document}: {name.Value} in {code.Value}";
        Assert.Empty(unknown.Distinct());
    }

    [Theory]
    [InlineData("### The writer's end (`x`, C1)", "the-writers-end-x-c1")]
    [InlineData("## Why not MAX + 1", "why-not-max--1")]
    [InlineData("## In JSON", "in-json")]
    public void An_anchor_is_what_a_heading_is_called_by(string heading, string anchor) =>
        Assert.Equal(anchor, AnchorOf(heading));

    private static IEnumerable<string> AnchorsOf(string document) => Heading()
        .Matches(WithoutBlocks(RepositoryFiles.Read(document)))
        .Select(match => AnchorOf(match.Value));

    private static string AnchorOf(string heading) => NotInAnchors()
        .Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    private static string WithoutBlocks(string text) =>
        Block().Replace(text.ReplaceLineEndings("\n"), "\n");

    private static string Sources()
    {
        var all = new StringBuilder();
        foreach (string folder in (string[])["src", "tests", "samples", "fuzz", "benchmarks"])
        {
            foreach (string path in RepositoryFiles.CSharpFiles(folder))
            {
                all.AppendLine(File.ReadAllText(path));
            }
        }

        return all.ToString();
    }

    [GeneratedRegex(@"\]\((?!https?:)(?<file>[^)#\s]*)(#(?<anchor>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\bdocs/[a-z-]+\.md\b")]
    private static partial Regex Cited();

    /// <summary>No paths: what has a slash in it is no name.</summary>
    [GeneratedRegex(@"`[^`\n/]+`")]
    private static partial Regex InlineCode();

    /// <summary>
    /// A word of the base library would be one too if the code did not use it; what has an ending
    /// is a file.
    /// </summary>
    [GeneratedRegex(@"(?<![\w-])[A-Z][a-z]+[A-Za-z0-9]*\b(?![_…*-]|\.(cs|sh|md|[A-Z]\w+\.cs)\b)")]
    private static partial Regex Name();

    [GeneratedRegex(@"^#+ .*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^```.*?^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
