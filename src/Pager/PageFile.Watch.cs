namespace Quire;

/// <content>Waiting for commits.</content>
public sealed partial class PageFile
{
    /// <summary>
    /// Waits until somebody, in any process, has committed after a transaction that the caller
    /// knows. Nothing is locked and nothing is read while nobody commits; the operating system says
    /// when the file changes.
    /// </summary>
    /// <param name="after">
    /// What the caller has seen: <see cref="ReadTransaction.Number"/> of its last read.
    /// </param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>
    /// A number above <paramref name="after"/> that a read transaction which begins now reports,
    /// unless there is a later one by then. Commits in between may be passed over.
    /// </returns>
    /// <remarks>
    /// Where the system's notifications do not travel, a commit of another process is noticed
    /// within <see cref="PageFileOptions.CommitRecheckInterval"/>. Commits made through this object
    /// are noticed at once everywhere.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The file was disposed.</exception>
    /// <exception cref="CorruptFileException">
    /// The file cannot be used any more; other errors of <see cref="BeginRead"/> likewise.
    /// </exception>
    public ValueTask<TransactionNumber> WaitForCommitAsync(
        TransactionNumber after, CancellationToken cancellation = default)
    {
        _engine.ThrowIfDisposed();
        return _commits.WaitAsync(after, reads: false, cancellation);
    }

    /// <summary>
    /// As <see cref="WaitForCommitAsync"/>, for a caller that begins a read transaction next: what
    /// that one sees is above the number, if anything.
    /// </summary>
    internal async ValueTask WaitToReadAsync(
        TransactionNumber after, CancellationToken cancellation)
    {
        _engine.ThrowIfDisposed();
        await _commits.WaitAsync(after, reads: true, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Keeps the system's notifications on until disposed, for those who wait again and again.
    /// </summary>
    internal IDisposable KeepWatching()
    {
        _engine.ThrowIfDisposed();
        return _commits.Keep();
    }

    internal void Committed(TransactionNumber number) => _commits.Publish(number);
}
