using Quire.Storage;

namespace Quire.Benchmarks.Running;

/// <summary>
/// A directory of its own for one benchmark, on a real disk: below the working directory, because
/// the system's place for temporary files may be memory, where a sync costs nothing.
/// </summary>
internal sealed class BenchmarkFolder : IDisposable
{
    public BenchmarkFolder()
    {
        Path = System.IO.Path.Combine(Parent, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where the directories are made; the switch --directory sets it.</summary>
    public static string Parent { get; set; } =
        System.IO.Path.GetFullPath(System.IO.Path.Combine("artifacts", "benchmarks"));

    public string Path { get; }

    public static string FileSystem()
    {
        using var folder = new BenchmarkFolder();
        using OsFile file = OsFile.Open(folder.File("probe"), FileOpenMode.CreateNew);
        return FileSystemKind.Of(file).Name;
    }

    public static bool IsInMemory() => FileSystem() == "tmpfs";

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
