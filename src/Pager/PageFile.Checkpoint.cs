using Quire.Pager;

namespace Quire;

/// <content>Checkpoints on request.</content>
public sealed partial class PageFile
{
    /// <summary>
    /// Makes main durable with all that was committed, and empties the log: whoever opens the file
    /// after a crash has nothing to apply again, and main alone is the file until the next commit.
    /// On a file of the classic protocol every commit does that, and this does nothing.
    /// </summary>
    /// <param name="timeout">
    /// How long to wait for the writer lock, and again for readers to finish; null for
    /// <see cref="PageFileOptions.LockTimeout"/>.
    /// </param>
    /// <param name="cancellation">Ends the wait; nothing is held then.</param>
    /// <remarks>
    /// Nothing depends on it: the writer that finds the log longer than
    /// <see cref="PageFileOptions.CheckpointBytes"/> performs a checkpoint, and so does the last
    /// connection that is closed. Waits as a commit does: other writers go first, readers go on
    /// during the syncs and are kept out for one write at the end. Source: K1 to K4 of
    /// docs/protocol.md.
    /// </remarks>
    /// <exception cref="BusyException">
    /// Another writer did not finish in time, and nothing was done; or readers did not, and all is
    /// done but for the note in main that the log is empty. Call it again. A read transaction of
    /// the caller itself is such a reader.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; as for busy.</exception>
    /// <exception cref="InvalidOperationException">
    /// The file was opened read-only, or this thread is in a write transaction of this object.
    /// </exception>
    /// <exception cref="IOException">
    /// A write or a sync failed. Nothing is lost; this open file is stopped.
    /// </exception>
    /// <exception cref="FaultedException">
    /// An earlier I/O failure stopped this open file.
    /// </exception>
    public void Checkpoint(TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        if (!HasLog())
        {
            return;
        }

        using WriteTransaction transaction = BeginWrite(timeout, cancellation);
        transaction.Checkpoint(new CheckpointProtocol(_engine, _recovery.Log), cancellation);
    }

    /// <summary>As <see cref="Checkpoint"/>, without a thread that waits for locks.</summary>
    /// <inheritdoc cref="Checkpoint"/>
    public async ValueTask CheckpointAsync(
        TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        if (!HasLog())
        {
            return;
        }

        using WriteTransaction transaction = await BeginWriteAsync(timeout, cancellation)
            .ConfigureAwait(false);
        await transaction
            .CheckpointAsync(new CheckpointProtocol(_engine, _recovery.Log), cancellation)
            .ConfigureAwait(false);
    }

    private bool HasLog()
    {
        _engine.ThrowIfDisposed();
        return IsReadOnly
            ? throw new InvalidOperationException($"{Path}: the file was opened read-only.")
            : _engine.IsSealed;
    }
}
