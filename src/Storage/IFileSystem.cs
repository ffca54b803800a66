namespace Quire.Storage;

/// <summary>
/// The part of the outside world that names files. Together with <see cref="IStorageFile"/>,
/// <see cref="ILockSystem"/> and <see cref="TimeProvider"/> it is the whole seam between the engine
/// and the operating system: everything the engine does to the outside goes through these, so that
/// a simulator can stand in for all of it.
/// </summary>
/// <remarks>
/// Left out on purpose: deleting and renaming. The engine never does either to a file in use
/// (rule R-G7 in docs/protocol.md).
/// </remarks>
public interface IFileSystem
{
    /// <summary>
    /// The one name by which all processes know the file at <paramref name="path"/>: full, and with
    /// symbolic links resolved as far as they exist. The journal is named after it, so two
    /// processes that reach one file through different links still meet at one journal.
    /// </summary>
    /// <exception cref="IOException">
    /// The path cannot be resolved, for example a loop of links.
    /// </exception>
    string ResolvePath(string path);

    /// <summary>Opens a file for positional reads and, unless read-only, writes.</summary>
    /// <param name="path">
    /// The path of the file; relative paths are resolved by the implementation.
    /// </param>
    /// <param name="mode">Whether the file must exist, may be created or must be new.</param>
    /// <returns>An open file; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">
    /// The file is absent and the mode does not create it.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">
    /// The file may not be opened in this way.
    /// </exception>
    /// <exception cref="IOException">
    /// The file exists and must be new, or the system refused.
    /// </exception>
    IStorageFile Open(string path, FileOpenMode mode);

    /// <summary>
    /// The identity of the file that <paramref name="path"/> names now, or null when it names none.
    /// Compared with <see cref="IStorageFile.Identity"/> to notice a file that was replaced
    /// under an open descriptor (rule R-G7).
    /// </summary>
    FileIdentity? TryIdentify(string path);

    /// <summary>
    /// Makes the directory entry of <paramref name="path"/> durable: without it a power cut can
    /// lose a new file although its contents were synced (rule R-G5).
    /// </summary>
    /// <exception cref="IOException">The directory cannot be synced.</exception>
    void SyncDirectoryOf(string path);

    /// <summary>
    /// Whether the file lies where no other machine can change it: not on a network, cluster or
    /// FUSE file system. What the commit protocol of a new file is chosen by.
    /// </summary>
    /// <param name="file">A file that <see cref="Open"/> has opened.</param>
    /// <exception cref="IOException">The system refused to tell.</exception>
    bool IsLocal(IStorageFile file) => true;

    /// <summary>
    /// Asks to be told when the file at <paramref name="path"/> is written to, by any process: a
    /// hint that spares looking again and again, never a promise. A call may come late, more than
    /// once for one write, for no write, or not at all, and nothing may rest on it alone.
    /// </summary>
    /// <param name="path">The path of a file that exists.</param>
    /// <param name="changed">
    /// Called on any thread, and must return at once; with an error when changes may have been
    /// missed, or will be from now on. May still be called while the watch is being disposed.
    /// </param>
    /// <returns>What ends it; null where changes are not to be had, as in a simulator.</returns>
    /// <exception cref="IOException">
    /// The system has no more of what it needs (on Linux: inotify instances or watches).
    /// </exception>
    IDisposable? WatchChanges(string path, Action<Exception?> changed) => null;
}

/// <summary>How <see cref="IFileSystem.Open"/> treats a file that is, or is not, there.</summary>
public enum FileOpenMode
{
    /// <summary>The file must exist; it is opened for reading only.</summary>
    ReadOnly,

    /// <summary>The file must exist; it is opened for reading and writing.</summary>
    ReadWrite,

    /// <summary>
    /// The file is opened for reading and writing, and created empty when absent.
    /// </summary>
    OpenOrCreate,

    /// <summary>The file must be absent; it is created empty for reading and writing.</summary>
    CreateNew,
}

/// <summary>
/// What tells two files apart whatever their names: device and file number (inode).
/// </summary>
/// <param name="Device">The device, as the system numbers it.</param>
/// <param name="FileNumber">The inode or file index on that device.</param>
public readonly record struct FileIdentity(ulong Device, ulong FileNumber);
