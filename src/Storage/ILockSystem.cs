namespace Quire.Storage;

/// <summary>The part of the outside world that grants byte-range locks.</summary>
public interface ILockSystem
{
    /// <summary>
    /// The locks of one open file. The same object is returned for the same open file.
    /// </summary>
    /// <exception cref="QuireException">
    /// <see cref="QuireErrorCode.LockingUnsupported"/>: the file's locks cannot be relied on here.
    /// </exception>
    IByteRangeLocks LocksOf(IStorageFile file);
}

/// <summary>
/// Byte-range locks owned by one open file description: two descriptions of one file exclude each
/// other even within one process, and closing some other description releases nothing.
/// </summary>
/// <remarks>
/// Nothing here blocks except <see cref="WaitForChange"/>, which returns after a bounded time, and
/// <see cref="AcquireBlocking"/>, which cannot be cancelled and is not offered everywhere. Waiting
/// with timeouts and cancellation is built on top, in Quire.Locking.
/// </remarks>
public interface IByteRangeLocks
{
    /// <summary>What this implementation can do.</summary>
    LockCapabilities Capabilities { get; }

    /// <summary>
    /// Tries to hold <paramref name="range"/> in <paramref name="mode"/>. A lock already held on
    /// the same range is converted; when the conversion is refused the held lock is kept.
    /// </summary>
    /// <returns>
    /// True when the lock is now held in that mode; false when another owner is in the way.
    /// </returns>
    /// <exception cref="QuireException">
    /// <see cref="QuireErrorCode.LockingUnsupported"/>: the file system does not do byte-range
    /// locks.
    /// </exception>
    /// <exception cref="IOException">The system failed in another way.</exception>
    bool TryAcquire(LockRange range, LockMode mode);

    /// <summary>Releases exactly the range; a range that is not held is left alone.</summary>
    void Release(LockRange range);

    /// <summary>
    /// Tells whether another owner holds a lock that would refuse <paramref name="mode"/> now,
    /// without holding anything. Only where <see cref="LockCapabilities.Probe"/> is offered.
    /// </summary>
    bool IsRefused(LockRange range, LockMode mode);

    /// <summary>
    /// Pauses the caller until the range may be free for <paramref name="mode"/> or
    /// <paramref name="atMost"/> has passed, whichever is known first. A hint: the caller tries
    /// again.
    /// </summary>
    void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost);

    /// <summary>
    /// Sleeps in the system until it grants the lock: woken without delay, in the order of arrival
    /// as far as the system has one. Only where <see cref="LockCapabilities.Blocking"/> is offered.
    /// </summary>
    /// <remarks>
    /// There is no way back: whoever does not want the lock any more gets it all the same, and has
    /// to release it then. For a thread and an open file that have nothing else to do.
    /// </remarks>
    /// <exception cref="IOException">The system failed; nothing was acquired.</exception>
    void AcquireBlocking(LockRange range, LockMode mode) => throw new NotSupportedException();

    /// <summary>
    /// Who holds locks that overlap the range, as far as the system tells; empty when it does not.
    /// For messages and displays only: slow, and outdated as soon as it returns.
    /// </summary>
    IReadOnlyList<LockHolder> FindHolders(LockRange range);
}

/// <summary>What an implementation of <see cref="IByteRangeLocks"/> offers.</summary>
[Flags]
public enum LockCapabilities
{
    /// <summary>Exclusive locks only.</summary>
    None = 0,

    /// <summary>Shared locks are shared; without it a shared request is held exclusively.</summary>
    Shared = 1,

    /// <summary><see cref="IByteRangeLocks.IsRefused"/> works.</summary>
    Probe = 2,

    /// <summary>Upgrade and downgrade never leave a moment in which nothing is held.</summary>
    AtomicConversion = 4,

    /// <summary><see cref="IByteRangeLocks.AcquireBlocking"/> works.</summary>
    Blocking = 8,
}

/// <summary>The two modes of a byte-range lock.</summary>
public enum LockMode
{
    /// <summary>Compatible with other shared locks.</summary>
    Shared,

    /// <summary>Compatible with nothing.</summary>
    Exclusive,
}

/// <summary>A range of bytes to lock. Ranges past the end of the file are valid.</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes, at least 1.</param>
public readonly record struct LockRange(long Offset, long Length = 1);

/// <summary>A process that holds a lock, as far as the system tells.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="ProcessName">Its name, or an empty string when unknown.</param>
/// <param name="Mode">How it holds the range.</param>
/// <param name="Range">What it holds.</param>
public readonly record struct LockHolder(
    int ProcessId, string ProcessName, LockMode Mode, LockRange Range);
