namespace Quire;

/// <summary>A message, as it is delivered.</summary>
/// <param name="Value">What was enqueued.</param>
/// <param name="Versionstamp">
/// The stamp of the operation that enqueued it; messages of one operation share it.
/// </param>
/// <param name="Attempt">
/// Which delivery this is, from 1. An attempt whose process died counts; it may have had its effect.
/// </param>
public sealed record QueueMessage(StoreValue Value, Versionstamp Versionstamp, int Attempt);

/// <summary>How a listener works. A value: change it with <c>with</c>.</summary>
public sealed record QueueOptions
{
    /// <summary>
    /// How long a message is the listener's without a sign of life: 30 seconds by default. It is
    /// renewed after a third of it while the handler runs; when the process dies, another listener
    /// has the message after this time.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many messages are handled at once; 1 by default, in the order of due times.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>
    /// Told of each handler that fails, with what it threw. Called by the listener, so it must
    /// return soon, and must not throw.
    /// </summary>
    public Action<QueueMessage, Exception>? OnFailure { get; init; }

    internal void Validate()
    {
        if (Lease < TimeSpan.FromMilliseconds(10) || Lease > TimeSpan.FromDays(1))
        {
            throw new ArgumentException(
                $"A lease is from 10 ms to one day; this is {Lease.TotalMilliseconds} ms.");
        }

        if (Concurrency is < 1 or > 1000)
        {
            throw new ArgumentException(
                $"A listener handles from 1 to 1000 messages at once, not {Concurrency}.");
        }
    }
}
