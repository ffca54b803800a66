using System.Text.RegularExpressions;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Conventions;

/// <summary>What holds for all source files.</summary>
public sealed partial class SourceConventions
{
    /// <summary>The layers, lowest first; nothing references what comes after it.</summary>
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Storage"] = [],
        ["Locking"] = ["Storage"],
        ["Journal"] = ["Storage"],
        ["Pager"] = ["Storage", "Locking", "Journal"],
        ["Collections"] = ["Storage", "Locking", "Journal", "Pager"],
        ["CrashLab"] = ["Storage"],
    };

    [Fact]
    public void Only_Main_catches_everything()
    {
        IEnumerable<string> found =
            from path in RepositoryFiles.CSharpFiles("src")
            where Path.GetRelativePath(RepositoryFiles.Root, path)
                is not ("src/Cli/Program.cs" or @"src\Cli\Program.cs")
            from Match match in CatchEverything().Matches(File.ReadAllText(path))
            select $"{path}: {match.Value}";
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("catch (Exception e)\n{", true)]
    [InlineData("catch (Exception)\n{", true)]
    [InlineData("catch (System.Exception e)\n{", true)]
    [InlineData("catch (Exception e) when (e is IOException)\n{", false)]
    [InlineData("catch (Exception e)\n    when (e is IOException)\n{", false)]
    [InlineData("catch (IOException e)\n{", false)]
    public void The_rule_about_catching_sees_what_it_should(string code, bool isForbidden) =>
        Assert.Equal(isForbidden, CatchEverything().IsMatch(code));

    [Fact]
    public void A_catch_without_a_type_rethrows()
    {
        IEnumerable<string> found =
            from path in RepositoryFiles.CSharpFiles("src")
            from Match match in CatchWithoutType().Matches(File.ReadAllText(path))
            where !match.Value.Contains("throw;", StringComparison.Ordinal)
            select $"{path}: {match.Value}";
        Assert.Empty(found);
    }

    [Fact]
    public void No_file_is_longer_than_450_lines()
    {
        IEnumerable<string> found =
            from folder in (string[])["src", "tests"]
            from path in RepositoryFiles.CSharpFiles(folder)
            let lines = File.ReadLines(path).Count()
            where lines > 450
            select $"{path}: {lines} lines";
        Assert.Empty(found);
    }

    [Fact]
    public void No_project_references_one_above_it()
    {
        foreach ((string project, string[] allowed) in MayReference)
        {
            string path = RepositoryFiles.PathOf($"src/{project}/Quire.{project}.csproj");
            if (File.Exists(path))
            {
                Assert.Subset(
                    allowed.ToHashSet(),
                    ProjectReference().Matches(File.ReadAllText(path))
                        .Select(match => match.Groups[1].Value)
                        .ToHashSet());
            }
        }
    }

    [Fact]
    public void Every_engine_project_has_its_layer()
    {
        IEnumerable<string> projects = Directory.GetDirectories(RepositoryFiles.PathOf("src"))
            .Select(path => Path.GetFileName(path))
            .Where(name => name != "Cli");
        Assert.Subset(MayReference.Keys.ToHashSet(), projects.ToHashSet());
    }

    [GeneratedRegex(@"catch\s*\(\s*(System\.)?Exception(\s+\w+)?\s*\)(?!\s*when\b)")]
    private static partial Regex CatchEverything();

    [GeneratedRegex(@"catch\s*\{[^}]*\}")]
    private static partial Regex CatchWithoutType();

    [GeneratedRegex(@"<ProjectReference Include=""[^""]*/(\w+)/Quire\.\w+\.csproj""")]
    private static partial Regex ProjectReference();
}
