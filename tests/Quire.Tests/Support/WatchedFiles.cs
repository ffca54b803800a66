using Quire.Locking;
using Quire.Storage;

namespace Quire.Tests.Support;

/// <summary>
/// The files of the operating system, with their changes told by the test, and counted: how many
/// watches are on.
/// </summary>
public sealed class WatchedFiles : IFileSystem
{
    private readonly StorageHost _inner = OperatingSystemHost.Create();
    private readonly Lock _mutex = new();
    private readonly List<Action<Exception?>> _watches = [];

    /// <summary>A host with these files and a clock, by default the system's.</summary>
    public StorageHost HostWith(TimeProvider? clock = null) =>
        _inner with { Files = this, Clock = clock ?? _inner.Clock };

    /// <summary>Thrown instead of watching.</summary>
    public IOException? Refusal { get; set; }

    public int Watches
    {
        get
        {
            lock (_mutex)
            {
                return _watches.Count;
            }
        }
    }

    /// <summary>How many watches there have been.</summary>
    public int Started { get; private set; }

    public void Tell(Exception? error = null)
    {
        Action<Exception?>[] watches;
        lock (_mutex)
        {
            watches = [.. _watches];
        }

        foreach (Action<Exception?> changed in watches)
        {
            changed(error);
        }
    }

    public IDisposable? WatchChanges(string path, Action<Exception?> changed)
    {
        if (Refusal is not null)
        {
            throw Refusal;
        }

        lock (_mutex)
        {
            _watches.Add(changed);
            Started++;
        }

        return new Ended(() =>
        {
            lock (_mutex)
            {
                _watches.Remove(changed);
            }
        });
    }

    public string ResolvePath(string path) => _inner.Files.ResolvePath(path);

    public IStorageFile Open(string path, FileOpenMode mode) => _inner.Files.Open(path, mode);

    public FileIdentity? TryIdentify(string path) => _inner.Files.TryIdentify(path);

    public void SyncDirectoryOf(string path) => _inner.Files.SyncDirectoryOf(path);

    private sealed class Ended(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
