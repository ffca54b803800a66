using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Byte-range locks by <c>fcntl</c> on Linux and macOS, owned by the open file description (OFD).
/// </summary>
/// <remarks>
/// <para>
/// Unix has two families of byte-range locks behind one system call. The older, POSIX one belongs
/// to the <em>process</em>, and that makes it a trap for a library:
/// </para>
/// <code>
///   situation                                POSIX (F_SETLK)          OFD (F_OFD_SETLK)
///   two descriptors of one process           never conflict           conflict
///   close of another descriptor of the file  drops the locks          changes nothing
///   fork                                     child holds nothing      child shares the lock
///   close by the parent, child still open    -                        lock stays
///   F_GETLK names the holder                 yes, a process id        no, -1
///   blocking wait detects a deadlock         yes (EDEADLK)            no: waits for ever
/// </code>
/// <para>
/// A plug-in that merely opens and closes the file to look at its first bytes would drop every
/// POSIX lock of its host process, silently. With OFD locks the owner is what one <c>open</c> made,
/// so two engine instances in one process exclude each other exactly as two processes do.
/// </para>
/// <para>Pitfalls that remain, and what is done about them:</para>
/// <list type="bullet">
/// <item>A child process that inherited the descriptor keeps the lock after our close. Descriptors
/// are opened close-on-exec, and every lock is released explicitly before the close.</item>
/// <item>Two holders of a shared lock that both ask to upgrade would wait for each other for ever,
/// so nothing here waits: an upgrade is tried, and a refused one keeps the shared lock. The
/// journal lock sees to it that only one process tries.</item>
/// <item>A blocking request cannot be withdrawn from .NET; abandoned, it acquires the lock later,
/// for nobody (a ghost). Hence tries and short pauses (<see cref="LockPause"/>), except for the one
/// lock of which a ghost does no harm (<see cref="NextLock"/>).</item>
/// <item><c>l_pid</c> must be 0, or the call fails with EINVAL.</item>
/// <item>OFD and POSIX locks conflict even on one descriptor: the two backends must not be mixed
/// on one file, and when they are, they exclude each other.</item>
/// <item>File systems that pass locks on to someone else (FUSE, network) may not know OFD locks:
/// <see cref="OsLockSystem"/> refuses those.</item>
/// </list>
/// <para>
/// Shared to exclusive and back is atomic: the kernel replaces the lock or leaves it. Thread-safe.
/// </para>
/// </remarks>
[UnsupportedOSPlatform("windows")]
internal sealed unsafe class OfdLocks : IByteRangeLocks, IDisposable
{
    private static readonly bool Apple = OperatingSystem.IsMacOS();
    private static readonly int GetLock = Apple ? 92 : 36;
    private static readonly int SetLock = Apple ? 90 : 37;
    private static readonly int SetLockAndWait = Apple ? 91 : 38;

    private readonly OsFile _file;
    private readonly LockPause _pause = new();

    /// <param name="file">The open file.</param>
    /// <param name="isLocal">
    /// Whether this kernel itself grants the locks: network clients do not wait in a queue, they
    /// ask again after a time of their own, up to half a minute.
    /// </param>
    /// <exception cref="QuireException">The platform's flock structure is not known.</exception>
    public OfdLocks(OsFile file, bool isLocal = true)
    {
        FlockLayout.Verify();
        _file = file;
        Capabilities = LockCapabilities.Shared
            | LockCapabilities.Probe
            | LockCapabilities.AtomicConversion
            | (isLocal ? LockCapabilities.Blocking : LockCapabilities.None);
    }

    /// <inheritdoc/>
    public LockCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public bool TryAcquire(LockRange range, LockMode mode)
    {
        Check(range, mode);
        int error = Call(SetLock, FlockLayout.TypeOf(mode), range, out _);
        if (error == 0)
        {
            return true;
        }

        return MeansBusy(error) ? false : throw Failure("locking", range, error);
    }

    /// <inheritdoc/>
    public void AcquireBlocking(LockRange range, LockMode mode)
    {
        Check(range, mode);
        int error = Call(SetLockAndWait, FlockLayout.TypeOf(mode), range, out _);
        if (error != 0)
        {
            throw Failure("locking", range, error);
        }
    }

    /// <inheritdoc/>
    public void Release(LockRange range)
    {
        LockRanges.Check(range);
        int error = Call(SetLock, FlockLayout.Unlock, range, out _);
        if (error != 0)
        {
            throw Failure("unlocking", range, error);
        }
    }

    /// <inheritdoc/>
    public bool IsRefused(LockRange range, LockMode mode)
    {
        LockRanges.Check(range);
        int error = Call(GetLock, FlockLayout.TypeOf(mode), range, out int found);
        return error == 0
            ? found != FlockLayout.Unlock
            : throw Failure("probing", range, error);
    }

    /// <inheritdoc/>
    public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost) =>
        _pause.Pause(this, range, mode, atMost);

    /// <inheritdoc/>
    public IReadOnlyList<LockHolder> FindHolders(LockRange range) =>
        OperatingSystem.IsLinux() ? LockHolders.Find(_file, range) : [];

    /// <summary>
    /// Releases everything this open file holds; called before its descriptor is closed.
    /// </summary>
    public void Dispose()
    {
        int error = Call(SetLock, FlockLayout.Unlock, new LockRange(0, 0), out _);
        Debug.Assert(error == 0, "Unlocking what one owns cannot fail.");
    }

    private void Check(LockRange range, LockMode mode)
    {
        LockRanges.Check(range);
        if (mode == LockMode.Exclusive && !_file.CanWrite)
        {
            throw new InvalidOperationException(
                $"{_file.Path}: is open for reading only; an exclusive lock needs write access.");
        }
    }

    /// <returns>0, or the error number.</returns>
    private int Call(int command, short type, LockRange range, out int found)
    {
        int result;
        do
        {
            if (Apple)
            {
                var flock = new AppleFlock
                {
                    Start = range.Offset,
                    Length = range.Length,
                    Type = type,
                };
                result = UnixNative.Fcntl(_file.Handle, command, &flock);
                found = flock.Type;
            }
            else
            {
                var flock = new LinuxFlock
                {
                    Type = type,
                    Start = range.Offset,
                    Length = range.Length,
                };
                result = UnixNative.Fcntl(_file.Handle, command, &flock);
                found = flock.Type;
            }
        }
        while (result == -1 && Marshal.GetLastPInvokeError() == Errno.EINTR);

        return result == -1 ? Marshal.GetLastPInvokeError() : 0;
    }

    private static bool MeansBusy(int error) => error == Errno.EAGAIN || error == Errno.EACCES;

    private Exception Failure(string operation, LockRange range, int error)
    {
        string message =
            $"{_file.Path}: {operation} {range.Length} bytes at {range.Offset} failed: " +
            Errno.Describe(error);
        bool unsupported = error == Errno.EINVAL || error == Errno.ENOLCK ||
            error == Errno.ENOSYS || error == Errno.ENOTSUP || error == Errno.EOPNOTSUPP;
        return unsupported
            ? new QuireException(
                QuireErrorCode.LockingUnsupported,
                message + "; this file system offers no open-file-description locks")
            : new IOException(message, error);
    }
}
