using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Byte-range locks by <see cref="FileStream.Lock"/> alone: the explicit fallback for places where
/// no call outside the base library may be made. Exclusive only, so readers exclude each other.
/// </summary>
/// <remarks>
/// <para>
/// On Windows these locks belong to the handle and nothing more is needed. On Linux they are POSIX
/// locks, which belong to the process (the table in <see cref="OfdLocks"/>), so two things are
/// added. <see cref="PortableLockTable"/> makes the open files of one process exclude each other,
/// and lets one engine instance per process claim a file. <see cref="DeferredClose"/> keeps
/// descriptors open that were disposed while the process holds a lock, since closing any of them
/// would drop it; that includes the descriptor of the instance that was just refused.
/// </para>
/// <para>
/// What remains: other code of the process that opens and closes the file drops the locks unseen.
/// That is why this is not the default.
/// </para>
/// <para>
/// A file opened for reading only can be locked shared and not exclusively: the base library asks
/// for a read lock there, which refuses writers but not other read-only openers. Thread-safe.
/// </para>
/// </remarks>
internal sealed class PortableLocks : IByteRangeLocks, IDisposable
{
    private const int ErrorLockViolation = unchecked((int)0x80070021);

    private readonly Lock _mutex = new();
    private readonly Dictionary<LockRange, LockMode> _held = [];
    private readonly LockPause _pause = new();
    private readonly OsFile _file;
    private readonly object _owner;
    private readonly FileStream _stream;
    private bool _disposed;

    /// <param name="file">The open file.</param>
    /// <param name="owner">Stands for the engine instance; the same for all its open files.</param>
    /// <exception cref="QuireException">
    /// Another instance of this process has the file open.
    /// </exception>
    public PortableLocks(OsFile file, object owner)
    {
        _file = file;
        _owner = owner;

        // Never disposed: the handle belongs to the file. Unbuffered, so it holds nothing else.
        _stream = new FileStream(
            file.Handle, file.CanWrite ? FileAccess.ReadWrite : FileAccess.Read, bufferSize: 0);

        // Last, so that a failure above leaves no claim behind.
        if (!OperatingSystem.IsWindows())
        {
            PortableLockTable.Claim(file, owner);
        }
    }

    /// <inheritdoc/>
    public LockCapabilities Capabilities => LockCapabilities.None;

    /// <inheritdoc/>
    public bool TryAcquire(LockRange range, LockMode mode)
    {
        LockRanges.Check(range);
        if (mode == LockMode.Exclusive && !_file.CanWrite)
        {
            throw new InvalidOperationException(
                $"{_file.Path}: is open for reading only; an exclusive lock needs write access.");
        }

        lock (_mutex)
        {
            // The descriptor may outlive the file, parked; it must not be locked any more.
            ObjectDisposedException.ThrowIf(_disposed, _file);
            if (!_held.ContainsKey(range) && !TryLock(range))
            {
                return false;
            }

            // Both modes are the same lock; the mode is kept only to be shown.
            _held[range] = mode;
            return true;
        }
    }

    /// <inheritdoc/>
    public void Release(LockRange range)
    {
        LockRanges.Check(range);
        lock (_mutex)
        {
            if (_held.Remove(range))
            {
                Unlock(range);
            }
        }
    }

    /// <inheritdoc/>
    public bool IsRefused(LockRange range, LockMode mode) =>
        throw new NotSupportedException("FileStream.Lock has no query.");

    /// <inheritdoc/>
    public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost) =>
        _pause.Pause(this, range, mode, atMost);

    /// <inheritdoc/>
    public IReadOnlyList<LockHolder> FindHolders(LockRange range) =>
        OperatingSystem.IsLinux() ? LockHolders.Find(_file, range) : [];

    /// <summary>Releases everything that is held, and the claim; called before the close.</summary>
    public void Dispose()
    {
        lock (_mutex)
        {
            foreach (LockRange range in _held.Keys)
            {
                Unlock(range);
            }

            _held.Clear();
            _disposed = true;
        }

        if (!OperatingSystem.IsWindows())
        {
            PortableLockTable.Unclaim(_file, _owner);
        }
    }

    private bool TryLock(LockRange range)
    {
        // The table first: the system would grant a second open file of this process the same lock.
        if (!OperatingSystem.IsWindows() && !PortableLockTable.TryEnter(_file, range))
        {
            return false;
        }

        bool locked = false;
        try
        {
            locked = TryLockInSystem(range);
        }
        finally
        {
            if (!locked && !OperatingSystem.IsWindows())
            {
                PortableLockTable.Exit(_file, range);
            }
        }

        return locked;
    }

    private bool TryLockInSystem(LockRange range)
    {
        if (OperatingSystem.IsMacOS())
        {
            throw new PlatformNotSupportedException();
        }

        try
        {
            _stream.Lock(range.Offset, range.Length);
            return true;
        }
        catch (IOException failure) when (MeansBusy(failure))
        {
            return false;
        }
        catch (IOException failure)
        {
            throw new QuireException(
                QuireErrorCode.LockingUnsupported,
                $"{_file.Path}: locking {range.Length} bytes at {range.Offset} failed: " +
                failure.Message,
                failure);
        }
    }

    private void Unlock(LockRange range)
    {
        if (OperatingSystem.IsMacOS())
        {
            throw new PlatformNotSupportedException();
        }

        _stream.Unlock(range.Offset, range.Length);
        if (!OperatingSystem.IsWindows())
        {
            PortableLockTable.Exit(_file, range);
        }
    }

    private static bool MeansBusy(IOException failure) => OperatingSystem.IsWindows()
        ? failure.HResult == ErrorLockViolation
        : failure.HResult == Errno.EAGAIN || failure.HResult == Errno.EACCES;
}
