using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// How long one operation may wait for all its locks together: started once, passed down, asked by
/// every wait on the way. A struct, so that starting a transaction allocates nothing.
/// </summary>
internal readonly struct LockDeadline
{
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly TimeSpan _timeout;

    private LockDeadline(TimeProvider clock, TimeSpan timeout, CancellationToken cancellation)
    {
        _clock = clock;
        _started = clock.GetTimestamp();
        _timeout = timeout;
        Cancellation = cancellation;
    }

    private LockDeadline(in LockDeadline other, CancellationToken cancellation)
    {
        this = other;
        Cancellation = cancellation;
    }

    public CancellationToken Cancellation { get; }

    public TimeProvider Clock => _clock;

    public TimeSpan Waited => _clock.GetElapsedTime(_started);

    /// <summary>Whether the caller does not wait at all.</summary>
    public bool OnlyTries => _timeout == TimeSpan.Zero;

    /// <summary>Whether the time has run out, or the wait was cancelled.</summary>
    public bool IsOver => Cancellation.IsCancellationRequested || Remaining() == TimeSpan.Zero;

    /// <summary>Starts the clock.</summary>
    /// <param name="clock">What measures the wait.</param>
    /// <param name="timeout">
    /// How long to wait at most; zero tries once; <see cref="Timeout.InfiniteTimeSpan"/> waits for
    /// ever.
    /// </param>
    /// <param name="cancellation">Ends the wait early.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The timeout is negative and not infinite.
    /// </exception>
    public static LockDeadline Start(
        TimeProvider clock, TimeSpan timeout, CancellationToken cancellation)
    {
        if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeout), timeout, "A lock timeout is zero, positive or infinite.");
        }

        return new LockDeadline(clock, timeout, cancellation);
    }

    /// <summary>The same time, which nobody can cut short.</summary>
    public LockDeadline WithoutCancellation() => new(this, CancellationToken.None);

    /// <summary>
    /// What is left of the time: <see cref="TimeSpan.MaxValue"/> when it is infinite, zero when it
    /// has run out.
    /// </summary>
    public TimeSpan Remaining()
    {
        if (_timeout == Timeout.InfiniteTimeSpan)
        {
            return TimeSpan.MaxValue;
        }

        TimeSpan left = _timeout - Waited;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>What is left of the time in the form that waits of the base library take.</summary>
    public TimeSpan RemainingForWait()
    {
        TimeSpan remaining = Remaining();
        return remaining.TotalMilliseconds > int.MaxValue ? Timeout.InfiniteTimeSpan : remaining;
    }

    /// <summary>As <see cref="PauseOrThrow"/>, without a thread that waits.</summary>
    /// <remarks>
    /// The timer of the base library ticks in milliseconds, so a lock is had up to two of them
    /// later than by a thread that waits.
    /// </remarks>
    public ValueTask PauseOrThrowAsync(
        IByteRangeLocks locks, string path, LockName name, LockMode mode)
    {
        TimeSpan remaining = ThrowIfOver(locks, path, name, mode);
        return new ValueTask(Task.Delay(
            remaining < MaximumPause ? remaining : MaximumPause, _clock, Cancellation));
    }

    /// <summary>
    /// One pause of a wait loop: returns when it is worth trying again.
    /// </summary>
    /// <exception cref="BusyException">The time has run out.</exception>
    /// <exception cref="OperationCanceledException">
    /// The wait was cancelled; nothing was acquired.
    /// </exception>
    public void PauseOrThrow(
        IByteRangeLocks locks, string path, LockName name, LockMode mode)
    {
        TimeSpan remaining = ThrowIfOver(locks, path, name, mode);
        locks.WaitForChange(
            LockBytes.RangeOf(name), mode, remaining < MaximumPause ? remaining : MaximumPause);
    }

    /// <returns>What is left of the time.</returns>
    /// <exception cref="BusyException">The time has run out.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public TimeSpan ThrowIfOver(
        IByteRangeLocks locks, string path, LockName name, LockMode mode)
    {
        Cancellation.ThrowIfCancellationRequested();
        TimeSpan remaining = Remaining();
        if (remaining == TimeSpan.Zero)
        {
            // Who waited behind others waited for the journal all the same. Finding holders costs
            // milliseconds: not for callers who only try.
            name = name == LockName.Next ? LockName.Journal : name;
            IReadOnlyList<LockHolder> holders =
                OnlyTries ? [] : locks.FindHolders(LockBytes.RangeOf(name));
            throw new BusyException(path, LockBytes.NameOf(name), mode, Waited, holders);
        }

        return remaining;
    }

    /// <summary>
    /// A cancelled wait ends within this time; a lock set free is noticed within it.
    /// </summary>
    public static readonly TimeSpan MaximumPause = TimeSpan.FromMilliseconds(1);
}
