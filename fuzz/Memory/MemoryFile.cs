using Quire.Storage;

namespace Quire.Fuzz;

/// <summary>
/// One open file of a <see cref="MemoryProcess"/>, with locks as those of an open file description:
/// two opens of one file exclude each other, whoever made them.
/// </summary>
internal sealed class MemoryFile(
    MemoryDisk disk, MemoryProcess process, MemoryInode inode, string path, bool canWrite)
    : IStorageFile, IByteRangeLocks
{
    public int ProcessId => process.Id;

    public string Path => path;

    public bool CanWrite => canWrite;

    public FileIdentity Identity => new(1, inode.Number);

    public LockCapabilities Capabilities =>
        LockCapabilities.Shared | LockCapabilities.Probe | LockCapabilities.AtomicConversion;

    public long GetLength()
    {
        lock (disk.Mutex)
        {
            process.BeforeOperation();
            return inode.Length;
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        lock (disk.Mutex)
        {
            process.BeforeOperation();
            return inode.Read(offset, buffer);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        lock (disk.Mutex)
        {
            ThrowIfReadOnly();
            process.BeforeChange();
            ThrowIfTooLong(offset + bytes.Length);
            inode.Write((int)offset, bytes);
        }
    }

    public void SetLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        lock (disk.Mutex)
        {
            ThrowIfReadOnly();
            process.BeforeChange();
            ThrowIfTooLong(length);
            inode.SetLength((int)length);
        }
    }

    public void Sync()
    {
        lock (disk.Mutex)
        {
            process.BeforeChange();
            inode.Sync();
        }
    }

    public bool TryAcquire(LockRange range, LockMode mode)
    {
        lock (disk.Mutex)
        {
            process.BeforeOperation();
            if (mode == LockMode.Exclusive)
            {
                ThrowIfReadOnly();
            }

            if (Conflicts(range, mode).Any())
            {
                return false;
            }

            inode.Locks.RemoveAll(held => held.Owner == this && held.Range == range);
            inode.Locks.Add((this, range, mode));
            return true;
        }
    }

    public void Release(LockRange range)
    {
        lock (disk.Mutex)
        {
            inode.Locks.RemoveAll(held => held.Owner == this && held.Range == range);
        }
    }

    public bool IsRefused(LockRange range, LockMode mode)
    {
        lock (disk.Mutex)
        {
            process.BeforeOperation();
            return Conflicts(range, mode).Any();
        }
    }

    public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost) => Thread.Yield();

    public IReadOnlyList<LockHolder> FindHolders(LockRange range)
    {
        lock (disk.Mutex)
        {
            return [.. inode.Locks
                .Where(held => Overlap(held.Range, range))
                .Select(held => new LockHolder(
                    held.Owner.ProcessId, "memory", held.Mode, held.Range))];
        }
    }

    public void Dispose() => process.Closed(this);

    internal void DropLocks() => inode.Locks.RemoveAll(held => held.Owner == this);

    private static bool Overlap(LockRange a, LockRange b) =>
        a.Offset < b.Offset + b.Length && b.Offset < a.Offset + a.Length;

    private IEnumerable<LockMode> Conflicts(LockRange range, LockMode mode) => inode.Locks
        .Where(held => held.Owner != this
            && Overlap(held.Range, range)
            && (mode == LockMode.Exclusive || held.Mode == LockMode.Exclusive))
        .Select(held => held.Mode);

    private void ThrowIfReadOnly()
    {
        if (!canWrite)
        {
            throw new InvalidOperationException($"{path}: is open for reading only.");
        }
    }

    private void ThrowIfTooLong(long length)
    {
        if (length > disk.CapacityBytes)
        {
            throw new StorageFullException(
                $"{path}: {length} bytes do not fit on a disk of {disk.CapacityBytes}.");
        }
    }
}
