using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// How a writer comes to the journal lock: W2 and W2N of docs/protocol.md. Next and the journal to
/// each other are what the gate and main are (<see cref="LockLadder.AcquireMainExclusive"/>).
/// </summary>
/// <param name="ladder">The locks of the writer.</param>
/// <param name="journal">The locks of its journal.</param>
/// <param name="openNext">
/// Opens the journal once more for next, where it can be waited for on its own; called when a
/// writer has to wait for the first time.
/// </param>
/// <param name="clock">Measures how long the process stays; null when it never does.</param>
internal sealed class JournalLine(
    LockLadder ladder, IByteRangeLocks journal, Func<NextLock?> openNext, TimeProvider? clock)
{
    /// <summary>
    /// So long after it came to the journal a process may take it again without a look at next: to
    /// go from one process to another costs about as much as a commit. Bounded, so that whoever waits
    /// does so for one stay of each process before it.
    /// </summary>
    private static readonly TimeSpan Stay = TimeSpan.FromMilliseconds(3);

    private static readonly LockRange Next = LockBytes.RangeOf(LockName.Next);

    private readonly bool _canProbe = journal.Capabilities.HasFlag(LockCapabilities.Probe);
    private long _stayBegan = long.MinValue;

    /// <summary>
    /// W2: the journal at once or not at all, and not ahead of a writer that waits for it. Who does
    /// not wait, whatever comes, takes it whenever it is free.
    /// </summary>
    /// <returns>False when it is to be waited for.</returns>
    /// <exception cref="BusyException">The deadline permits no wait.</exception>
    public bool TryTake(in LockDeadline deadline)
    {
        if (deadline.OnlyTries)
        {
            ladder.Acquire(LockName.Journal, LockMode.Exclusive, deadline);
            return true;
        }

        deadline.Cancellation.ThrowIfCancellationRequested();
        if (_canProbe)
        {
            if (MayStay())
            {
                return ladder.TryAcquire(LockName.Journal, LockMode.Exclusive);
            }

            bool isGranted = !journal.IsRefused(Next, LockMode.Exclusive)
                && ladder.TryAcquire(LockName.Journal, LockMode.Exclusive);
            if (isGranted)
            {
                BeginStay();
            }

            return isGranted;
        }

        // Whoever cannot look has to lock. If the journal is not free, the place is kept.
        bool isTaken = ladder.TryAcquire(LockName.Next, LockMode.Exclusive)
            && ladder.TryAcquire(LockName.Journal, LockMode.Exclusive);
        if (isTaken)
        {
            ladder.Release(LockName.Next);
        }

        return isTaken;
    }

    /// <summary>W2N: waits for the journal, holding next, and first of all for next.</summary>
    /// <exception cref="BusyException">The deadline passed; neither is held.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; neither is held.</exception>
    public void Take(in LockDeadline deadline)
    {
        try
        {
            if (ladder.Held(LockName.Next) is null)
            {
                ladder.Next ??= openNext();
                ladder.Acquire(LockName.Next, LockMode.Exclusive, deadline);
            }

            ladder.Acquire(LockName.Journal, LockMode.Exclusive, deadline);
            BeginStay();
        }
        finally
        {
            ladder.Release(LockName.Next);
        }
    }

    /// <summary>As <see cref="Take"/>, without a thread of the caller that waits.</summary>
    public async ValueTask TakeAsync(LockDeadline deadline)
    {
        try
        {
            if (ladder.Held(LockName.Next) is null)
            {
                ladder.Next ??= openNext();
                await ladder.AcquireAsync(LockName.Next, LockMode.Exclusive, deadline)
                    .ConfigureAwait(false);
            }

            await ladder.AcquireAsync(LockName.Journal, LockMode.Exclusive, deadline)
                .ConfigureAwait(false);
            BeginStay();
        }
        finally
        {
            ladder.Release(LockName.Next);
        }
    }

    private bool MayStay() =>
        clock is not null
        && _stayBegan != long.MinValue
        && clock.GetElapsedTime(_stayBegan) < Stay;

    private void BeginStay() => _stayBegan = clock?.GetTimestamp() ?? long.MinValue;
}
