using Quire.Locking;
using Quire.Storage;

namespace Quire.Worker.Hooks;

/// <summary>
/// A host that shows every request of the engine to a hook before and after it is performed. A hook
/// that throws makes the request fail; one that blocks stops the process at that very place.
/// </summary>
public sealed class HookedHost : IFileSystem, ILockSystem
{
    private readonly StorageHost _inner;
    private readonly Lock _mutex = new();
    private readonly List<HookedFile> _open = [];
    private readonly Dictionary<string, int> _openings = [];

    public HookedHost(StorageHost? inner = null)
    {
        _inner = inner ?? OperatingSystemHost.Create();
        Host = new StorageHost(this, this, _inner.Clock);
    }

    /// <summary>What the engine is given.</summary>
    public StorageHost Host { get; }

    /// <summary>Told of each request before it is performed.</summary>
    public Action<IoEvent>? Before { get; set; }

    /// <summary>
    /// Told of each request that did not fail. The flag: whether a lock was granted, whether a
    /// probe found the lock free.
    /// </summary>
    public Action<IoEvent, bool>? After { get; set; }

    /// <summary>
    /// What the system does when a process dies: every file is closed, which releases every lock,
    /// and nothing more is done through any of them.
    /// </summary>
    public void DropAllFiles()
    {
        HookedFile[] files;
        lock (_mutex)
        {
            files = [.. _open];
        }

        foreach (HookedFile file in files)
        {
            file.Dispose();
        }
    }

    public string ResolvePath(string path) => _inner.Files.ResolvePath(path);

    public IStorageFile Open(string path, FileOpenMode mode)
    {
        int opening;
        lock (_mutex)
        {
            opening = _openings.GetValueOrDefault(path);
            _openings[path] = opening + 1;
        }

        var request = new IoEvent(IoKind.Open, path, opening, 0, 0, default, null, null);
        Before?.Invoke(request);
        var file = new HookedFile(this, _inner.Files.Open(path, mode), opening);
        lock (_mutex)
        {
            _open.Add(file);
        }

        After?.Invoke(request, true);
        return file;
    }

    public FileIdentity? TryIdentify(string path)
    {
        var request = new IoEvent(IoKind.Identify, path, -1, 0, 0, default, null, null);
        Before?.Invoke(request);
        FileIdentity? identity = _inner.Files.TryIdentify(path);
        After?.Invoke(request, identity is not null);
        return identity;
    }

    public void SyncDirectoryOf(string path)
    {
        var request = new IoEvent(IoKind.SyncDirectory, path, -1, 0, 0, default, null, null);
        Before?.Invoke(request);
        _inner.Files.SyncDirectoryOf(path);
        After?.Invoke(request, true);
    }

    public IDisposable? WatchChanges(string path, Action<Exception?> changed) =>
        _inner.Files.WatchChanges(path, changed);

    public IByteRangeLocks LocksOf(IStorageFile file)
    {
        var hooked = (HookedFile)file;
        return hooked.Locks ??= new HookedLocks(this, hooked, _inner.Locks.LocksOf(hooked.Inner));
    }
}
