using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Main, shared: the one lock of a reader (steps R2 and R7). All read transactions of one open file
/// share one OS lock: the first takes it, the last releases it.
/// </summary>
/// <remarks>
/// <para>
/// Every entry passes the gate first, also one that would merely join a lock already held. Without
/// that, readers of one process that overlap for ever would keep the OS lock for ever, and a writer
/// in another process would starve although it holds the gate (rule R-G8).
/// </para>
/// <para>
/// To pass the gate is to see it free, holding nothing: a reader that held even a shared gate would
/// delay the writer that wants it. Between the look and the lock a writer can close the gate; that
/// reader gets in late, at most once each. Where locks cannot be probed (Windows, the portable
/// fallback) the gate is taken exclusively for an instant instead.
/// </para>
/// <para>
/// The descriptor behind these locks is never used by a writer of the same process, so a writer
/// excludes the readers of its own process just as it does everybody else's.
/// </para>
/// </remarks>
internal sealed class SharedMainLock(IStorageFile mainFile, IByteRangeLocks locks)
{
    private readonly Lock _mutex = new();
    private int _holders;

    /// <summary>How many read transactions hold the lock now.</summary>
    public int Holders
    {
        get
        {
            lock (_mutex)
            {
                return _holders;
            }
        }
    }

    /// <summary>R2: passes the gate and locks main shared, waiting until the deadline.</summary>
    /// <exception cref="BusyException">The deadline passed; nothing is held.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is held.</exception>
    public void Enter(in LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        while (true)
        {
            LockName? inTheWay = TryEnter();
            if (inTheWay is null)
            {
                return;
            }

            deadline.PauseOrThrow(locks, mainFile.Path, inTheWay.Value, LockMode.Shared);
        }
    }

    /// <summary>As <see cref="Enter"/>, without a thread that waits.</summary>
    public async ValueTask EnterAsync(LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        while (TryEnter() is { } inTheWay)
        {
            await deadline
                .PauseOrThrowAsync(locks, mainFile.Path, inTheWay, LockMode.Shared)
                .ConfigureAwait(false);
        }
    }

    /// <summary>R7: the last one out unlocks main.</summary>
    public void Exit()
    {
        lock (_mutex)
        {
            if (_holders == 0)
            {
                throw new InvalidOperationException("Main is not held shared.");
            }

            if (--_holders == 0)
            {
                locks.Release(LockBytes.RangeOf(LockName.Main));
            }
        }
    }

    /// <returns>Null when the lock is held now, or the lock that was in the way.</returns>
    private LockName? TryEnter()
    {
        lock (_mutex)
        {
            if (locks.Capabilities.HasFlag(LockCapabilities.Probe))
            {
                return locks.IsRefused(LockBytes.RangeOf(LockName.Gate), LockMode.Shared)
                    ? LockName.Gate
                    : TryJoin();
            }

            // A file opened for reading only may not be locked exclusively everywhere.
            LockMode instant = mainFile.CanWrite ? LockMode.Exclusive : LockMode.Shared;
            if (!locks.TryAcquire(LockBytes.RangeOf(LockName.Gate), instant))
            {
                return LockName.Gate;
            }

            try
            {
                return TryJoin();
            }
            finally
            {
                locks.Release(LockBytes.RangeOf(LockName.Gate));
            }
        }
    }

    private LockName? TryJoin()
    {
        if (_holders == 0 && !locks.TryAcquire(LockBytes.RangeOf(LockName.Main), LockMode.Shared))
        {
            return LockName.Main;
        }

        _holders++;
        return null;
    }
}
