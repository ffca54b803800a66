using Quire.Collections;

namespace Quire;

/// <content>Messages.</content>
public sealed partial class AtomicOperation
{
    /// <summary>
    /// Puts a message into the store's queue: it is there when the operation is committed, and only
    /// then, and is delivered to a listener (<see cref="KeyValueStore.ListenQueueAsync"/>) of any
    /// process, at least once.
    /// </summary>
    /// <param name="value">The message.</param>
    /// <param name="delay">
    /// How long after the commit it is due: up to 30 days, in whole milliseconds rounded up.
    /// </param>
    /// <param name="keysIfUndelivered">
    /// Keys that are set to the value when the last attempt has failed, at most 10; without any the
    /// message is dropped then.
    /// </param>
    /// <param name="backoffSchedule">
    /// How long to wait after each failure before the next attempt: at most 5 times, each up to an
    /// hour; null for <see cref="QueueLimits.DefaultBackoff"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative or too long.</exception>
    /// <exception cref="ArgumentException">Another limit is passed.</exception>
    public AtomicOperation Enqueue(
        StoreValue value,
        TimeSpan delay = default,
        IReadOnlyList<StoreKey>? keysIfUndelivered = null,
        IReadOnlyList<TimeSpan>? backoffSchedule = null)
    {
        keysIfUndelivered ??= [];
        backoffSchedule ??= QueueLimits.DefaultBackoff;
        StoreLimits.Check(value);
        QueueLimits.Check(delay, QueueLimits.Delay, "The delay of a message", nameof(delay));
        QueueLimits.Check(
            keysIfUndelivered.Count,
            QueueLimits.KeysIfUndelivered,
            "keys to set if undelivered",
            nameof(keysIfUndelivered));
        QueueLimits.Check(
            backoffSchedule.Count,
            QueueLimits.BackoffIntervals,
            "backoff intervals",
            nameof(backoffSchedule));
        foreach (StoreKey key in keysIfUndelivered)
        {
            ThrowIfUnfit(key);
        }

        foreach (TimeSpan interval in backoffSchedule)
        {
            QueueLimits.Check(
                interval,
                QueueLimits.BackoffInterval,
                "A backoff interval",
                nameof(backoffSchedule));
        }

        var message = new QueueRecord
        {
            Value = value,
            KeysIfUndelivered = [.. keysIfUndelivered],
            Backoff = [.. backoffSchedule.Select(i => (int)Math.Ceiling(i.TotalMilliseconds))],
        };
        return Add(new EnqueueMutation(message, delay, (ushort)_mutations.Count));
    }
}
