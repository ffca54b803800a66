using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>
/// The files of the operating system: what code over <see cref="IFiles"/> is run on for good.
/// </summary>
public sealed class RealFiles : IFiles
{
    private static readonly OsFileSystem Os = new();

    private RealFiles()
    {
    }

    /// <summary>The only one; it has no state.</summary>
    public static RealFiles Instance { get; } = new();

    /// <inheritdoc/>
    public Stream Open(
        string path,
        FileMode mode,
        FileAccess access = FileAccess.ReadWrite,
        int bufferBytes = IFiles.DefaultBufferBytes)
    {
        // File.Open shares with nobody; the shortcuts of File share with readers.
        FileShare share = access == FileAccess.Read ? FileShare.Read : FileShare.None;
        return new FileStream(path, mode, access, share, bufferBytes);
    }

    /// <inheritdoc/>
    public void FlushToDisk(Stream stream)
    {
        if (stream is not FileStream file)
        {
            throw new ArgumentException("The stream is not of a real file.", nameof(stream));
        }

        file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void Move(string path, string newPath, bool overwrite = false) =>
        File.Move(path, newPath, overwrite);

    /// <inheritdoc/>
    public void SyncDirectory(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        Os.SyncDirectoryOf(Path.Combine(directory, "any"));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> EnumerateFiles(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        string[] files = Directory.GetFiles(directory.Length == 0 ? "." : directory);
        return
        [
            .. files.Select(file => directory.Length == 0 ? Path.GetFileName(file) : file)
                .Order(StringComparer.Ordinal),
        ];
    }
}
