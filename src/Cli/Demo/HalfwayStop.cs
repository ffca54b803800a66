using Quire.Storage;

namespace Quire.Cli.Demo;

/// <summary>
/// Stops a process between two writes of one step: stands between the engine and the operating
/// system, at the seam where a simulator would stand, and counts.
/// </summary>
/// <param name="writes">How many writes still happen once it is armed.</param>
/// <param name="stop">Does not return.</param>
internal sealed class HalfwayStop(int writes, Action stop)
{
    private int _written;

    /// <summary>Whether writes are counted now.</summary>
    public bool IsArmed { get; set; }

    /// <summary>The same outside world, with the writes counted.</summary>
    public StorageHost Wrap(StorageHost host) => host with
    {
        Files = new CountingFiles(host.Files, this),
        Locks = new UnwrappingLocks(host.Locks),
    };

    private void BeforeWrite()
    {
        if (IsArmed && ++_written > writes)
        {
            stop();
        }
    }

    private sealed class CountingFiles(IFileSystem inner, HalfwayStop counter) : IFileSystem
    {
        public string ResolvePath(string path) => inner.ResolvePath(path);

        public IStorageFile Open(string path, FileOpenMode mode) =>
            new CountingFile(inner.Open(path, mode), counter);

        public FileIdentity? TryIdentify(string path) => inner.TryIdentify(path);

        public void SyncDirectoryOf(string path) => inner.SyncDirectoryOf(path);
    }

    private sealed class UnwrappingLocks(ILockSystem inner) : ILockSystem
    {
        public IByteRangeLocks LocksOf(IStorageFile file) =>
            inner.LocksOf(file is CountingFile counting ? counting.Inner : file);
    }

    private sealed class CountingFile(IStorageFile inner, HalfwayStop counter) : IStorageFile
    {
        public IStorageFile Inner => inner;

        public string Path => inner.Path;

        public bool CanWrite => inner.CanWrite;

        public FileIdentity Identity => inner.Identity;

        public long GetLength() => inner.GetLength();

        public FileStatus GetStatus() => inner.GetStatus();

        public int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            counter.BeforeWrite();
            inner.Write(offset, bytes);
        }

        public void SetLength(long length) => inner.SetLength(length);

        public void Sync() => inner.Sync();

        public void Dispose() => inner.Dispose();
    }
}
