using Quire.Locking;
using Quire.Pager;

namespace Quire;

/// <summary>
/// A transaction that changes pages. Changes are staged in memory and in the journal; the main file
/// is not touched until <see cref="Commit"/>. Disposing without a commit rolls back.
/// </summary>
/// <remarks>
/// Belongs to one caller at a time, on any thread: it is no state of a thread, and may be held
/// across an <c>await</c>. A value, so that beginning one allocates nothing; all copies are the same
/// transaction, and when one is disposed all have ended, and say so. Reads see the transaction's own
/// changes. In which locks it holds when, the modes differ: <see cref="TransactionMode"/>. Source:
/// docs/transactions.md.
/// </remarks>
public readonly partial struct WriteTransaction : IDisposable
{
    private readonly WriteSlot? _slot;
    private readonly long _turn;

    internal WriteTransaction(WriteSlot slot, long turn)
    {
        _slot = slot;
        _turn = turn;
    }

    /// <summary>How it comes by its locks.</summary>
    public TransactionMode Mode => Slot.ModeOf(_turn);

    /// <summary>
    /// Which run of the delegate of
    /// <see cref="PageFile.Update(Action{WriteTransaction}, UpdateOptions?, CancellationToken)"/>
    /// this is, from 1; 1 without.
    /// </summary>
    public int Attempt => Slot.AttemptOf(_turn);

    /// <summary>
    /// How often the transaction has gone back to a savepoint: what was derived from its pages
    /// before need not hold any more.
    /// </summary>
    internal int Rollbacks => Slot.Rollbacks;

    /// <summary>
    /// What the collections of another assembly keep for this transaction; they alone know what it
    /// is.
    /// </summary>
    internal object? Companion
    {
        get => Slot.CompanionOf(_turn);
        set => Slot.SetCompanion(_turn, value);
    }

    internal PageFile File => Slot.File;

    internal EngineFile Engine => Slot.Engine;

    /// <summary>Why it was rolled back, when others have put what it read out of date.</summary>
    internal QuireException? OutOfDate => Slot.OutOfDateOf(_turn);

    /// <summary>Whether it was committed or rolled back.</summary>
    internal bool IsEnded => Slot.HasEnded(_turn);

    private WriteSlot Slot => _slot ?? throw new InvalidOperationException(
        $"The {nameof(WriteTransaction)} was never begun; it comes from {nameof(PageFile)}.");

    /// <summary>Reads the payload of a page, with this transaction's changes.</summary>
    /// <returns>
    /// Exactly <see cref="PageFile.PayloadSize"/> bytes, valid until the next call on this
    /// transaction; once it has ended they may become those of another page.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// No page of the user's has this number.
    /// </exception>
    /// <exception cref="InvalidOperationException">The page is free.</exception>
    /// <exception cref="CorruptFileException">The page is damaged.</exception>
    /// <exception cref="ConflictException">
    /// Optimistic: something read before was changed by somebody else; the transaction is rolled
    /// back.
    /// </exception>
    /// <exception cref="BusyException">
    /// Deferred or optimistic: main was not to be had in time.
    /// </exception>
    public ReadOnlySpan<byte> Read(PageNumber page) =>
        Slot.ReadPage(_turn, page).AsSpan(PageFormat.HeaderBytes);

    /// <summary>Stages a page and gives its payload for writing, with what it holds now.</summary>
    /// <returns>
    /// Exactly <see cref="PageFile.PayloadSize"/> bytes, valid until the next call on this
    /// transaction.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// No page of the user's has this number.
    /// </exception>
    /// <exception cref="InvalidOperationException">The page is free.</exception>
    /// <exception cref="CorruptFileException">The page is damaged.</exception>
    /// <exception cref="StorageFullException">Staged pages no longer fit on the device.</exception>
    /// <exception cref="StaleReadException">
    /// Deferred: somebody has committed since the first read; the transaction is rolled back.
    /// </exception>
    /// <exception cref="ConflictException">As for <see cref="Read"/>.</exception>
    /// <exception cref="BusyException">
    /// A lock was not to be had in time; it can be tried again.
    /// </exception>
    public Span<byte> Write(PageNumber page) =>
        Slot.Change(_turn, page, static (state, page) => state.WritePage(page))
            .AsSpan(PageFormat.HeaderBytes);

    /// <summary>Takes a free page, or extends the file by one. Its payload is all zeros.</summary>
    /// <returns>
    /// The page; it is staged, and is the user's once the transaction is committed.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The file has as many pages as numbers allow.
    /// </exception>
    /// <exception cref="StorageFullException">
    /// Staged pages no longer fit on the device; the transaction can only be rolled back.
    /// </exception>
    /// <exception cref="StaleReadException">
    /// As for <see cref="Write"/>; so are the others.
    /// </exception>
    public PageNumber Allocate() => Slot.Change(_turn, 0, static (state, _) =>
    {
        WriteSlot.ThrowIfHalfChanged(state);
        return state.Allocate();
    });

    /// <summary>
    /// Gives a page back. What it held is gone once the transaction is committed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// No page of the user's has this number.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The page is free already, or is the root.
    /// </exception>
    /// <exception cref="StaleReadException">
    /// As for <see cref="Write"/>; so are the others.
    /// </exception>
    public void Free(PageNumber page) => Slot.Change(_turn, page, static (state, page) =>
    {
        WriteSlot.ThrowIfHalfChanged(state);
        state.Free(page);
    });

    /// <summary>
    /// Gives the free pages at the end of the file up; the commit cuts the file. Free pages
    /// elsewhere stay free.
    /// </summary>
    /// <returns>How many pages the file has less.</returns>
    /// <exception cref="InvalidOperationException">The mode is optimistic.</exception>
    public uint TrimEnd() => Slot.Change(_turn, 0, static (state, _) =>
    {
        WriteSlot.ThrowIfHalfChanged(state);
        return state.GiveUpTail();
    });

    /// <summary>Whether a page is in use: the user's, not free and not the engine's own.</summary>
    public bool IsInUse(PageNumber page) =>
        Slot.Look(_turn, page, static (state, page) => state.IsInUse(page));

    /// <summary>Rolls back, unless the transaction was committed.</summary>
    public void Dispose() => _slot?.TryEnd(_turn);

    /// <summary>Makes a point to which the transaction can go back.</summary>
    /// <exception cref="InvalidOperationException">An earlier call failed half-way.</exception>
    public Savepoint CreateSavepoint() => Slot.CreateSavepoint(_turn);

    /// <summary>
    /// Said by a collection whose change of several pages failed half-way: nothing but rolling
    /// back, to a savepoint or altogether, is left.
    /// </summary>
    internal void MustRollBack() => Slot.MustRollBack(_turn);

    /// <summary>Waits for the locks that the mode asks for at the start.</summary>
    internal void Enter(in LockDeadline deadline) => Slot.Enter(_turn, deadline);

    /// <summary>As <see cref="Enter"/>, without a thread that waits.</summary>
    internal ValueTask EnterAsync(LockDeadline deadline) => Slot.EnterAsync(_turn, deadline);

    /// <summary>K1 to K4 of a transaction in immediate mode.</summary>
    internal void Checkpoint(CheckpointProtocol protocol, CancellationToken cancellation) =>
        Slot.Checkpoint(_turn, protocol, cancellation);

    /// <summary>The same, without a thread that waits for readers.</summary>
    internal ValueTask CheckpointAsync(
        CheckpointProtocol protocol, CancellationToken cancellation) =>
        Slot.CheckpointAsync(_turn, protocol, cancellation);
}
