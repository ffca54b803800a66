using Quire.Storage;

namespace Quire.Fuzz;

/// <summary>
/// A process that uses a <see cref="MemoryDisk"/>: the whole outside world of an engine, and
/// mortal.
/// </summary>
/// <remarks>
/// A killed process loses its locks; whatever its code still tries afterwards fails with
/// <see cref="ProcessKilledException"/> and changes nothing, so that the <c>using</c> blocks of a
/// test may unwind through it.
/// </remarks>
public sealed class MemoryProcess : IFileSystem, ILockSystem
{
    private readonly MemoryDisk _disk;
    private readonly List<MemoryFile> _open = [];

    internal MemoryProcess(MemoryDisk disk, int id)
    {
        _disk = disk;
        Id = id;
        Host = new StorageHost(this, this, TimeProvider.System);
    }

    /// <summary>Counts the processes of the disk, from 1.</summary>
    public int Id { get; }

    public StorageHost Host { get; }

    public bool IsDead { get; private set; }

    /// <summary>How many writes, resizes and syncs it has performed.</summary>
    public int Changes { get; private set; }

    /// <summary>It dies in place of the change after this many more; null for never.</summary>
    public int? ChangesToLive { get; set; }

    /// <summary>
    /// How many operations of any kind it may still perform. Bounds the time of an engine that is
    /// fed hostile files, without a clock.
    /// </summary>
    public int OperationsAllowed { get; set; } = int.MaxValue;

    /// <summary>Ends the process where it stands, as SIGKILL does.</summary>
    public void Kill()
    {
        lock (_disk.Mutex)
        {
            IsDead = true;
            foreach (MemoryFile file in _open)
            {
                file.DropLocks();
            }

            _open.Clear();
        }
    }

    string IFileSystem.ResolvePath(string path) => path;

    IStorageFile IFileSystem.Open(string path, FileOpenMode mode)
    {
        lock (_disk.Mutex)
        {
            BeforeOperation();
            bool creates = mode is FileOpenMode.OpenOrCreate or FileOpenMode.CreateNew;
            MemoryInode? inode = _disk.Find(path);
            if (inode is null && !creates)
            {
                throw new FileNotFoundException($"{path}: there is no such file.", path);
            }

            if (inode is not null && mode == FileOpenMode.CreateNew)
            {
                throw new IOException($"{path}: the file exists.");
            }

            var file = new MemoryFile(
                _disk,
                this,
                inode ?? _disk.FindOrCreate(path),
                path,
                mode != FileOpenMode.ReadOnly);
            _open.Add(file);
            return file;
        }
    }

    FileIdentity? IFileSystem.TryIdentify(string path) =>
        _disk.Find(path) is { } inode ? new FileIdentity(1, inode.Number) : null;

    void IFileSystem.SyncDirectoryOf(string path)
    {
        lock (_disk.Mutex)
        {
            BeforeChange();
        }
    }

    IByteRangeLocks ILockSystem.LocksOf(IStorageFile file) => (MemoryFile)file;

    internal void BeforeOperation()
    {
        if (IsDead)
        {
            throw new ProcessKilledException();
        }

        if (--OperationsAllowed < 0)
        {
            throw new RunawayException();
        }
    }

    internal void BeforeChange()
    {
        BeforeOperation();
        if (ChangesToLive is { } left)
        {
            if (left == 0)
            {
                Kill();
                throw new ProcessKilledException();
            }

            ChangesToLive = left - 1;
        }

        Changes++;
    }

    internal void Closed(MemoryFile file)
    {
        lock (_disk.Mutex)
        {
            file.DropLocks();
            _open.Remove(file);
        }
    }
}

/// <summary>Raised in the code of a process that was killed. No engine code may catch it.</summary>
public sealed class ProcessKilledException() : Exception("The process was killed.");

/// <summary>An engine did not come to an end.</summary>
public sealed class RunawayException() : Exception("More operations than were allowed.");
