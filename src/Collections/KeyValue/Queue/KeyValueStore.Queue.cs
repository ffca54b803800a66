using Quire.Collections;

namespace Quire;

/// <content>The queue.</content>
public sealed partial class KeyValueStore
{
    /// <summary>Puts a message into the queue, in a transaction of its own.</summary>
    /// <returns>The stamp of the operation; the message carries it.</returns>
    /// <inheritdoc cref="AtomicOperation.Enqueue"/>
    public Versionstamp Enqueue(
        StoreValue value,
        TimeSpan delay = default,
        IReadOnlyList<StoreKey>? keysIfUndelivered = null,
        IReadOnlyList<TimeSpan>? backoffSchedule = null,
        CancellationToken cancellation = default) =>
        Commit(
            new AtomicOperation().Enqueue(value, delay, keysIfUndelivered, backoffSchedule),
            cancellation).Versionstamp;

    /// <summary>As <see cref="Enqueue"/>, without a thread that waits for locks.</summary>
    /// <inheritdoc cref="Enqueue"/>
    public async ValueTask<Versionstamp> EnqueueAsync(
        StoreValue value,
        TimeSpan delay = default,
        IReadOnlyList<StoreKey>? keysIfUndelivered = null,
        IReadOnlyList<TimeSpan>? backoffSchedule = null,
        CancellationToken cancellation = default)
    {
        AtomicOperation operation =
            new AtomicOperation().Enqueue(value, delay, keysIfUndelivered, backoffSchedule);
        return (await CommitAsync(operation, cancellation).ConfigureAwait(false)).Versionstamp;
    }

    /// <summary>
    /// Delivers messages to a handler, those first that are due first, until cancelled. Any number
    /// of listeners in any number of processes share the messages: each message is one listener's at
    /// a time, and is delivered until a handler has returned.
    /// </summary>
    /// <param name="handler">
    /// Handles a message; runs on the thread pool. When its task ends without an error the message is
    /// done, durably. When it throws, the message comes again after the next interval of its backoff
    /// schedule, and after the last one its keys are set. Its token is cancelled when the listener is,
    /// and when the message has become another listener's: then it should stop, and throw
    /// <see cref="OperationCanceledException"/>.
    /// </param>
    /// <param name="options">How to listen; null for the defaults.</param>
    /// <param name="cancellation">
    /// Ends it: handlers are told and waited for; one that stops for it gives its message back, which
    /// counts as no failure.
    /// </param>
    /// <returns>A task that ends by cancellation, or an error of the file.</returns>
    /// <remarks>
    /// At least once: a handler may have had its effect and die before it is noted, and a listener
    /// that cannot renew its lease in time may still be at work when another begins. Let what the
    /// handler does check and set an entry of its own in one atomic operation where twice is too
    /// often.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The file was opened read-only.</exception>
    public Task ListenQueueAsync(
        Func<QueueMessage, CancellationToken, Task> handler,
        QueueOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= new QueueOptions();
        options.Validate();
        return _file.IsReadOnly
            ? throw new InvalidOperationException(
                $"{_file.Path}: to listen is to write, and the file was opened read-only.")
            : new QueueListener(this, handler, options, cancellation).RunAsync();
    }
}
