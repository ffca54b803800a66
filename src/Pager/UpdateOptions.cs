using Quire.Locking;

namespace Quire;

/// <summary>
/// How <c>PageFile.Update</c> runs its delegate. A value: change it with <c>with</c>.
/// </summary>
public sealed record UpdateOptions
{
    internal static readonly UpdateOptions Default = new();

    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The mode of the first attempts. Immediate, the default, needs one attempt. Deferred pays
    /// when the delegate often turns out to have nothing to change; optimistic when it takes long
    /// and others change other pages.
    /// </summary>
    public TransactionMode Mode { get; init; } = TransactionMode.Immediate;

    /// <summary>
    /// For how long locks are waited for and attempts are repeated, all together; null for
    /// <see cref="PageFileOptions.LockTimeout"/>. An attempt that has begun is not cut short.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// After how many attempts that others have put out of date it is done in immediate mode.
    /// </summary>
    public int AttemptsBeforeImmediate { get; init; } = 5;

    /// <summary>Told of each repetition before it; null when nobody asks.</summary>
    public Action<UpdateRetry>? OnRetry { get; init; }

    internal TransactionMode ModeOf(int attempt) =>
        attempt > AttemptsBeforeImmediate && Mode != TransactionMode.Exclusive
            ? TransactionMode.Immediate
            : Mode;

    /// <summary>Tells of a repetition, and how long to wait before it.</summary>
    internal TimeSpan Announce(int attempt, Exception failure, in LockDeadline deadline)
    {
        // Doubled each time, and drawn at random from its upper half, so that those who met once do
        // not meet again.
        double most = Math.Min(
            LongestDelay.TotalMilliseconds, Math.Pow(2, Math.Min(attempt - 1, 10)));
        var delay = TimeSpan.FromMilliseconds(most * (0.5 + (Random.Shared.NextDouble() / 2)));
        TimeSpan left = deadline.Remaining();
        delay = delay < left ? delay : left;
        OnRetry?.Invoke(new UpdateRetry(attempt, failure, delay));
        return delay;
    }
}

/// <summary>An attempt that others have put out of date.</summary>
/// <param name="Attempt">Which one, from 1.</param>
/// <param name="Reason">
/// A <see cref="StaleReadException"/> or a <see cref="ConflictException"/>.
/// </param>
/// <param name="Delay">How long it waits before the next one.</param>
public sealed record UpdateRetry(int Attempt, Exception Reason, TimeSpan Delay);
