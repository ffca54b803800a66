using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Byte-range locks by <c>LockFileEx</c>: shared and exclusive, owned by the open file, mandatory.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Mandatory: a locked byte refuses other handles' reads and writes. Lock bytes lie past all
/// data (<see cref="LockBytes"/>), which Windows allows.</item>
/// <item>Locks pile up: locking a range twice needs two unlocks, and an unlock must name exactly
/// the range that was locked. So what is held is remembered here, and each range is held
/// once.</item>
/// <item>There is no upgrade. Shared is released and exclusive tried; between the two calls
/// <em>nothing is held</em>, so somebody else may lock, write and unlock. The engine upgrades only
/// main, and only while it holds the journal lock and the gate, so nobody else can. If the try is
/// refused and shared cannot be had back either, that is an error: to return would pretend that the
/// shared lock is still held.</item>
/// <item>Downgrade is atomic: shared is taken over the own exclusive, and the first unlock that
/// follows drops the exclusive one.</item>
/// <item>There is no query, so no probe: a reader passes the gate by locking it for an
/// instant.</item>
/// <item>Locks left at close are released late; they are released explicitly before it.</item>
/// </list>
/// Thread-safe.
/// </remarks>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsLocks(OsFile file) : IByteRangeLocks, IDisposable
{
    private const uint FailImmediately = 1;
    private const uint ExclusiveLock = 2;
    private const int ErrorInvalidFunction = 1;
    private const int ErrorLockViolation = 33;
    private const int ErrorNotSupported = 50;
    private const int ErrorIoPending = 997;
    private const int HResultOfWin32 = unchecked((int)0x80070000);

    private readonly Lock _mutex = new();
    private readonly Dictionary<LockRange, LockMode> _held = [];
    private readonly LockPause _pause = new();

    /// <inheritdoc/>
    public LockCapabilities Capabilities => LockCapabilities.Shared;

    /// <inheritdoc/>
    /// <exception cref="IOException">
    /// Also: an upgrade was refused and the shared lock was lost to somebody else.
    /// </exception>
    public bool TryAcquire(LockRange range, LockMode mode)
    {
        LockRanges.Check(range);
        lock (_mutex)
        {
            if (!_held.TryGetValue(range, out LockMode held))
            {
                return TryAcquireNew(range, mode);
            }

            if (held == mode)
            {
                return true;
            }

            return mode == LockMode.Shared ? Downgrade(range) : TryUpgrade(range);
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
        throw new NotSupportedException("Windows has no query for byte-range locks.");

    /// <inheritdoc/>
    public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost) =>
        _pause.Pause(this, range, mode, atMost);

    /// <inheritdoc/>
    public IReadOnlyList<LockHolder> FindHolders(LockRange range) => [];

    /// <summary>Releases everything that is held; called before the handle is closed.</summary>
    public void Dispose()
    {
        lock (_mutex)
        {
            foreach (LockRange range in _held.Keys)
            {
                Unlock(range);
            }

            _held.Clear();
        }
    }

    private bool TryAcquireNew(LockRange range, LockMode mode)
    {
        if (!TryLock(range, mode))
        {
            return false;
        }

        _held.Add(range, mode);
        return true;
    }

    private bool Downgrade(LockRange range)
    {
        if (!TryLock(range, LockMode.Shared))
        {
            throw new IOException(
                $"{file.Path}: a shared lock over the own exclusive lock at byte {range.Offset} " +
                "was refused");
        }

        // The first unlock of a range locked both ways drops the exclusive lock.
        Unlock(range);
        _held[range] = LockMode.Shared;
        return true;
    }

    private bool TryUpgrade(LockRange range)
    {
        _held.Remove(range);
        Unlock(range);

        // Here nothing is held.
        if (TryAcquireNew(range, LockMode.Exclusive))
        {
            return true;
        }

        return TryAcquireNew(range, LockMode.Shared)
            ? false
            : throw new IOException(
                $"{file.Path}: the shared lock at byte {range.Offset} was lost while upgrading it");
    }

    private bool TryLock(LockRange range, LockMode mode)
    {
        var position = PositionOf(range);
        uint flags = FailImmediately | (mode == LockMode.Exclusive ? ExclusiveLock : 0);
        if (LockFileEx(
            file.Handle, flags, 0, Low(range.Length), High(range.Length), ref position))
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error is ErrorLockViolation or ErrorIoPending
            ? false
            : throw Failure("locking", range, error);
    }

    private void Unlock(LockRange range)
    {
        var position = PositionOf(range);
        if (!UnlockFileEx(
            file.Handle, 0, Low(range.Length), High(range.Length), ref position))
        {
            throw Failure("unlocking", range, Marshal.GetLastPInvokeError());
        }
    }

    private Exception Failure(string operation, LockRange range, int error)
    {
        string message =
            $"{file.Path}: {operation} {range.Length} bytes at {range.Offset} failed: " +
            Errno.Describe(error);
        return error is ErrorInvalidFunction or ErrorNotSupported
            ? new QuireException(QuireErrorCode.LockingUnsupported, message)
            : new IOException(message, HResultOfWin32 | error);
    }

    private static Overlapped PositionOf(LockRange range) =>
        new() { OffsetLow = Low(range.Offset), OffsetHigh = High(range.Offset) };

    private static uint Low(long value) => unchecked((uint)value);

    private static uint High(long value) => (uint)(value >> 32);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool LockFileEx(
        SafeFileHandle file, uint flags, uint reserved, uint lengthLow, uint lengthHigh,
        ref Overlapped position);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool UnlockFileEx(
        SafeFileHandle file, uint reserved, uint lengthLow, uint lengthHigh,
        ref Overlapped position);

    /// <summary>OVERLAPPED; only the position is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Overlapped
    {
        public nint Internal;
        public nint InternalHigh;
        public uint OffsetLow;
        public uint OffsetHigh;
        public nint Event;
    }
}
