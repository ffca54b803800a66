using Quire.Pager;

namespace Quire;

/// <content>Becoming the writer, and the commit.</content>
public readonly partial struct WriteTransaction
{
    /// <summary>
    /// Makes the changes durable and visible. Waits for the readers that are in, at most as long as
    /// the transaction's lock timeout, and keeps new ones out meanwhile. When it returns, the
    /// changes survive a power cut. A transaction without changes takes no number.
    /// </summary>
    /// <remarks>
    /// When other transactions of this process wait to write, it shares its sync with them
    /// (docs/transactions.md, "Commits that share a sync"). It can then neither be cancelled nor, when
    /// it fails, be committed again: it is rolled back.
    /// </remarks>
    /// <param name="cancellation">
    /// Ends the wait for readers; the transaction can then still go on.
    /// </param>
    /// <returns>
    /// The number of the transaction; without changes, that of the file as it was seen last.
    /// </returns>
    /// <exception cref="BusyException">
    /// Readers did not finish in time, or (optimistic) the writer lock was not to be had. Nothing
    /// was committed; commit again, or dispose. A read transaction of the committing caller itself
    /// is such a reader.
    /// </exception>
    /// <exception cref="ConflictException">
    /// Optimistic: something that it has read was changed since; the transaction is rolled back.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled while waiting; as for busy.
    /// </exception>
    /// <exception cref="StorageFullException">No space. Nothing was committed; make space and
    /// commit again, or dispose.</exception>
    /// <exception cref="StaleReadException">
    /// The commit of a neighbour in this process, on which it stood, failed. Nothing was committed;
    /// the transaction is rolled back.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// An earlier call failed half-way; dispose.
    /// </exception>
    /// <exception cref="CommitInDoubtException">I/O failed past the point of no return.</exception>
    /// <exception cref="IOException">I/O failed before it; nothing was committed.</exception>
    public TransactionNumber Commit(CancellationToken cancellation = default) =>
        Slot.Commit(_turn, cancellation);

    /// <summary>
    /// As <see cref="Commit"/>, without a thread that waits for locks. Writing and syncing, which
    /// no operating system does for a single file without a thread, is left to the thread pool.
    /// </summary>
    /// <inheritdoc cref="Commit"/>
    public ValueTask<TransactionNumber> CommitAsync(CancellationToken cancellation = default) =>
        Slot.CommitAsync(_turn, cancellation);

    /// <summary>
    /// Makes a deferred transaction the writer now instead of with its first change; any other one
    /// it leaves as it is.
    /// </summary>
    /// <param name="cancellation">Ends the wait; the transaction can then still go on.</param>
    /// <exception cref="StaleReadException">
    /// Somebody has committed since the first read; the transaction is rolled back.
    /// </exception>
    /// <exception cref="BusyException">The writer lock was not to be had in time.</exception>
    public void Promote(CancellationToken cancellation = default) =>
        Slot.Promote(_turn, cancellation);

    /// <summary>As <see cref="Promote"/>, without a thread that waits.</summary>
    /// <inheritdoc cref="Promote"/>
    public ValueTask PromoteAsync(CancellationToken cancellation = default) =>
        Slot.PromoteAsync(_turn, cancellation);

    /// <summary>
    /// Makes the commit one of a group without waiting for it, so that one thread can put a group
    /// together. For the crash lab, where a process is one thread.
    /// </summary>
    /// <returns>For <see cref="Complete"/>.</returns>
    internal (GroupMember Shared, TransactionNumber Number) CommitLater() =>
        Slot.CommitLater(_turn);

    /// <summary>Sees to the group, if it is this one's to do, and waits for it.</summary>
    /// <exception cref="StaleReadException">What it stood on was not committed.</exception>
    internal void Complete(in GroupMember shared, TransactionNumber number) =>
        Slot.Complete(_turn, shared, number);
}
