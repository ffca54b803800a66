using System.Runtime.CompilerServices;

namespace Quire.Tests.Support;

/// <summary>The files of this repository, for tests about the code and its documents.</summary>
public static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    public static string Read(string relativePath) => File.ReadAllText(PathOf(relativePath));

    public static string PathOf(string relativePath) => Path.Combine(Root, relativePath);

    /// <summary>All C# files below a folder, generated ones left out.</summary>
    public static IEnumerable<string> CSharpFiles(string folder) => Directory
        .EnumerateFiles(PathOf(folder), "*.cs", SearchOption.AllDirectories)
        .Where(path => !Path.GetRelativePath(Root, path)
            .Split(Path.DirectorySeparatorChar)
            .Any(part => part is "obj" or "bin"));

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        string? at = Path.GetDirectoryName(thisFile);
        while (at is not null && !File.Exists(Path.Combine(at, "Engine.sln")))
        {
            at = Path.GetDirectoryName(at);
        }

        return at ?? throw new DirectoryNotFoundException($"No Engine.sln above {thisFile}.");
    }
}
