namespace Quire.Storage;

/// <summary>
/// Changes of one file, as the operating system tells of them: inotify, ReadDirectoryChangesW,
/// FSEvents, all through the base library, which watches the file's directory.
/// </summary>
/// <remarks>
/// On Windows the news of a write may wait until the writer flushes it; every commit of the engine
/// does. Writes of other machines to a network file system, and writes through a second hard link
/// in another directory, are never told.
/// </remarks>
internal static class OsFileChanges
{
    /// <summary>See <see cref="IFileSystem.WatchChanges"/>.</summary>
    public static IDisposable Watch(string path, Action<Exception?> changed)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(Path.GetDirectoryName(path) ?? path)
            {
                Filter = PatternOf(Path.GetFileName(path)),
                NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size,
            };
            watcher.Changed += (_, _) => changed(null);
            watcher.Error += (_, error) => changed(error.GetException());
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception refused) when (
            refused is IOException or UnauthorizedAccessException or ArgumentException
                or PlatformNotSupportedException)
        {
            watcher?.Dispose();
            throw new IOException(
                $"{path}: the system does not tell of changes: {refused.Message}", refused);
        }
    }

    /// <summary>The pattern that only this name matches: Unix allows all of these in names.</summary>
    private static string PatternOf(string name) => OperatingSystem.IsWindows()
        ? name
        : name.Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("*", @"\*", StringComparison.Ordinal)
            .Replace("?", @"\?", StringComparison.Ordinal);
}
