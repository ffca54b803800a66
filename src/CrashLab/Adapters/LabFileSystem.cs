using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>
/// The files of a simulated computer with the verbs of <see cref="File"/>: what storage code
/// written against <see cref="IFiles"/> or <see cref="Stream"/> is given under test. Reached
/// through <see cref="SimulatedProcess.Files"/>.
/// </summary>
/// <remarks>
/// There are no directories to create: a path is a name with slashes, and a directory is what
/// stands before the last of them. File sharing is not enforced. Lives as long as its process.
/// </remarks>
public sealed class LabFileSystem : IFiles
{
    private readonly SimulatedProcess _process;

    internal LabFileSystem(SimulatedProcess process) => _process = process;

    /// <inheritdoc/>
    Stream IFiles.Open(string path, FileMode mode, FileAccess access, int bufferBytes) =>
        Open(path, mode, access, bufferBytes);

    /// <inheritdoc cref="IFiles.Open"/>
    public LabStream Open(
        string path,
        FileMode mode,
        FileAccess access = FileAccess.ReadWrite,
        int bufferBytes = IFiles.DefaultBufferBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bufferBytes);
        bool mayWrite = access.HasFlag(FileAccess.Write);
        if (!mayWrite && mode is not (FileMode.Open or FileMode.OpenOrCreate))
        {
            throw new ArgumentException($"{mode} needs write access.", nameof(access));
        }

        FileOpenMode how = mode switch
        {
            FileMode.CreateNew => FileOpenMode.CreateNew,
            FileMode.Create or FileMode.OpenOrCreate or FileMode.Append =>
                FileOpenMode.OpenOrCreate,
            FileMode.Truncate => FileOpenMode.ReadWrite,
            FileMode.Open => mayWrite ? FileOpenMode.ReadWrite : FileOpenMode.ReadOnly,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not a mode."),
        };
        IStorageFile file = _process.Open(path, how);
        bool isCut = mode is FileMode.Create or FileMode.Truncate;
        if (isCut && file.GetLength() > 0)
        {
            // As .NET does it: the file is opened first and cut then, two separate operations.
            file.SetLength(0);
        }

        var raw = new RawLabStream(file, access);
        var stream = new LabStream(raw, bufferBytes);
        if (mode == FileMode.Append)
        {
            stream.SeekToAppend();
        }

        return stream;
    }

    /// <inheritdoc/>
    public void FlushToDisk(Stream stream)
    {
        if (stream is not LabStream file)
        {
            throw new ArgumentException("The stream is not of a simulated file.", nameof(stream));
        }

        file.FlushToDisk();
    }

    /// <inheritdoc/>
    public bool Exists(string path) => _process.TryIdentify(path) is not null;

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (Exists(path))
        {
            _process.Delete(path);
        }
    }

    /// <inheritdoc/>
    public void Move(string path, string newPath, bool overwrite = false)
    {
        if (!overwrite && Exists(newPath))
        {
            throw new IOException($"{newPath}: the file exists");
        }

        _process.Rename(path, newPath);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        _process.SyncDirectoryOf($"{directory.TrimEnd('/')}/any");
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> EnumerateFiles(string directory) =>
        _process.ListFiles(directory);
}
