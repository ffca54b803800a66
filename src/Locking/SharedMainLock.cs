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
/// delay the writer that wants it. Where locks cannot be probed (Windows, the portable fallback)
/// the gate is taken exclusively for an instant instead. One look serves the entries that follow it
/// within <see cref="GateLook"/>'s bounds; what enters between a look and the closing of the gate
/// enters late, and those bounds are also the bounds of that.
/// </para>
/// <para>
/// Who joins a lock under which somebody has read main's state (<see cref="StateWasRead"/>) need
/// not read it again: main is frozen for as long as the lock is held. Joining and leaving others
/// take no mutex either; taking and releasing the OS lock does.
/// </para>
/// <para>
/// The lock is never kept beyond its last reader, though the next one may come at once: a process
/// that is stopped outside its transactions must block nobody.
/// </para>
/// <para>
/// The descriptor behind these locks is never used by a writer of the same process, so a writer
/// excludes the readers of its own process just as it does everybody else's.
/// </para>
/// </remarks>
internal sealed class SharedMainLock(IStorageFile mainFile, IByteRangeLocks locks, GateLook look)
{
    private const int KnownBit = 1;
    private const int OneHolder = 2;

    /// <summary>So many entries that no look serves one more.</summary>
    private const int ServesNoMore = int.MaxValue / 2;

    private readonly Lock _mutex = new();
    private readonly bool _canProbe = locks.Capabilities.HasFlag(LockCapabilities.Probe);

    /// <summary>
    /// Twice the number of holders, and the known bit. From 0 and to 0 only under the mutex, since
    /// the OS lock goes with it.
    /// </summary>
    private int _word;

    private long _lookedAt;
    private int _served = ServesNoMore;

    /// <summary>How many read transactions hold the lock now.</summary>
    public int Holders => Volatile.Read(ref _word) / OneHolder;

    /// <summary>R2: passes the gate and locks main shared, waiting until the deadline.</summary>
    /// <returns>
    /// Whether main's state is known to those who hold the lock: R3 has been done for this one too.
    /// </returns>
    /// <exception cref="BusyException">The deadline passed; nothing is held.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is held.</exception>
    public bool Enter(in LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        bool isKnown;
        while (TryEnter(out isKnown) is { } inTheWay)
        {
            deadline.PauseOrThrow(locks, mainFile.Path, inTheWay, LockMode.Shared);
        }

        return isKnown;
    }

    /// <summary>As <see cref="Enter"/>, without a thread that waits.</summary>
    public async ValueTask<bool> EnterAsync(LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        bool isKnown;
        while (TryEnter(out isKnown) is { } inTheWay)
        {
            await deadline
                .PauseOrThrowAsync(locks, mainFile.Path, inTheWay, LockMode.Shared)
                .ConfigureAwait(false);
        }

        return isKnown;
    }

    /// <summary>
    /// Says that a holder has read main's state and put it where those who join will find it.
    /// </summary>
    public void StateWasRead() => Interlocked.Or(ref _word, KnownBit);

    /// <summary>R7: the last one out unlocks main.</summary>
    public void Exit()
    {
        if (TryChange(-OneHolder, least: 2 * OneHolder, 0))
        {
            return;
        }

        lock (_mutex)
        {
            int word = Volatile.Read(ref _word);
            while (word != 0)
            {
                // Others may join until the word is 0, and then not before the mutex is free.
                int left = word >= 2 * OneHolder ? word - OneHolder : 0;
                int seen = Interlocked.CompareExchange(ref _word, left, word);
                if (seen == word)
                {
                    if (left == 0)
                    {
                        locks.Release(LockBytes.RangeOf(LockName.Main));
                    }

                    return;
                }

                word = seen;
            }
        }

        throw new InvalidOperationException("Main is not held shared.");
    }

    /// <returns>Null when the lock is held now, or the lock that was in the way.</returns>
    private LockName? TryEnter(out bool isKnown)
    {
        long now = look.Now();
        if (IsServedByLook(now))
        {
            return TryJoin(out isKnown);
        }

        if (!_canProbe)
        {
            return TryEnterThroughGate(now, out isKnown);
        }

        if (locks.IsRefused(LockBytes.RangeOf(LockName.Gate), LockMode.Shared))
        {
            Volatile.Write(ref _served, ServesNoMore);
            isKnown = false;
            return LockName.Gate;
        }

        Remember(now);
        return TryJoin(out isKnown);
    }

    private LockName? TryEnterThroughGate(long now, out bool isKnown)
    {
        lock (_mutex)
        {
            // A file opened for reading only may not be locked exclusively everywhere.
            LockMode instant = mainFile.CanWrite ? LockMode.Exclusive : LockMode.Shared;
            if (!locks.TryAcquire(LockBytes.RangeOf(LockName.Gate), instant))
            {
                Volatile.Write(ref _served, ServesNoMore);
                isKnown = false;
                return LockName.Gate;
            }

            try
            {
                Remember(now);
                return TryJoin(out isKnown);
            }
            finally
            {
                locks.Release(LockBytes.RangeOf(LockName.Gate));
            }
        }
    }

    /// <summary>Whether the last look at the gate is good for one more entry.</summary>
    private bool IsServedByLook(long now) =>
        now - Volatile.Read(ref _lookedAt) < look.LastsTicks
        && Interlocked.Increment(ref _served) < look.Serves;

    /// <param name="now">A time before the gate was seen free, to err on the safe side.</param>
    private void Remember(long now)
    {
        Volatile.Write(ref _lookedAt, now);
        Volatile.Write(ref _served, 0);
    }

    /// <returns>Null when the lock is held now, or the lock that was in the way.</returns>
    private LockName? TryJoin(out bool isKnown)
    {
        isKnown = TryChange(OneHolder, least: OneHolder | KnownBit, KnownBit);
        if (isKnown)
        {
            return null;
        }

        lock (_mutex)
        {
            if (TryChange(OneHolder, least: OneHolder, 0))
            {
                isKnown = (Volatile.Read(ref _word) & KnownBit) != 0;
                return null;
            }

            if (!locks.TryAcquire(LockBytes.RangeOf(LockName.Main), LockMode.Shared))
            {
                return LockName.Main;
            }

            Volatile.Write(ref _word, OneHolder);
            return null;
        }
    }

    /// <summary>Adds to the word if it is large enough and has the bits.</summary>
    private bool TryChange(int change, int least, int bits)
    {
        int word = Volatile.Read(ref _word);
        while (word >= least && (word & bits) == bits)
        {
            int seen = Interlocked.CompareExchange(ref _word, word + change, word);
            if (seen == word)
            {
                return true;
            }

            word = seen;
        }

        return false;
    }
}
