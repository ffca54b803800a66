namespace Quire.Storage;

/// <summary>
/// Files of the operating system; the engine gets it from <c>OperatingSystemHost</c>.
/// </summary>
internal sealed class OsFileSystem : IFileSystem
{
    /// <exception cref="PlatformNotSupportedException">
    /// Neither Linux, macOS nor Windows: the layouts of the system's structures are not known.
    /// </exception>
    public OsFileSystem()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS() &&
            !OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException(
                $"Quire knows Linux, macOS and Windows, not {Environment.OSVersion.Platform}.");
        }
    }

    /// <inheritdoc/>
    public string ResolvePath(string path) => LinkResolver.Resolve(FullPath(path));

    /// <inheritdoc/>
    public IStorageFile Open(string path, FileOpenMode mode) =>
        OsFile.Open(FullPath(path), mode);

    /// <inheritdoc/>
    public FileIdentity? TryIdentify(string path)
    {
        // On Unix without opening: closing a descriptor has side effects (see DeferredClose).
        string fullPath = FullPath(path);
        return OperatingSystem.IsWindows()
            ? WindowsFileCalls.TryIdentify(fullPath)
            : UnixStat.TryOf(fullPath)?.Identity;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// On Windows nothing is done: a directory handle cannot be flushed by an ordinary user, and
    /// NTFS and ReFS keep directory entries in their own log.
    /// </remarks>
    public void SyncDirectoryOf(string path)
    {
        string fullPath = FullPath(path);
        if (!OperatingSystem.IsWindows())
        {
            UnixFileCalls.SyncDirectory(Path.GetDirectoryName(fullPath) ?? fullPath);
        }
    }

    /// <inheritdoc/>
    public bool IsLocal(IStorageFile file) => file switch
    {
        OsFile opened => FileSystemKind.Of(opened).IsLocal,
        LatchedFile latched => IsLocal(latched.Inner),
        _ => throw new ArgumentException(
            "The file was not opened by this file system.", nameof(file)),
    };

    /// <inheritdoc/>
    public IDisposable? WatchChanges(string path, Action<Exception?> changed) =>
        OsFileChanges.Watch(FullPath(path), changed);

    private static string FullPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.GetFullPath(path);
    }
}
