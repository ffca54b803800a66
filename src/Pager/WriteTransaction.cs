using Quire.Locking;
using Quire.Pager;

namespace Quire;

/// <summary>
/// A transaction that changes pages. Changes are staged in memory and in the journal; the main file
/// is not touched until <see cref="Commit"/>. Disposing without a commit rolls back.
/// </summary>
/// <remarks>
/// Belongs to one caller at a time, on any thread: it is an object, not a state of a thread, and
/// may be held across an <c>await</c>. Reads see the transaction's own changes. In which locks it
/// holds when, the modes differ: <see cref="TransactionMode"/>. Source: docs/transactions.md.
/// </remarks>
public sealed partial class WriteTransaction : IDisposable
{
    /// <summary>
    /// Held by every call that reaches main or the journal: disposing the file, on another thread,
    /// must not take the journal lock from under a write into the journal.
    /// </summary>
    private readonly Lock _call = new();
    private readonly PageFile _file;
    private readonly EngineFile _engine;
    private readonly TimeSpan? _timeout;
    private readonly LockDeadline? _overall;
    private readonly List<Savepoint> _savepoints = [];

    /// <summary>What it is now; null for a deferred transaction that holds nothing.</summary>
    private TransactionState? _state;

    /// <summary>The writer's locks; null before W2.</summary>
    private WriteSession? _session;

    /// <summary>What a deferred transaction has read at.</summary>
    private TransactionNumber? _seen;

    private bool _isEnded;

    /// <param name="file">The file.</param>
    /// <param name="mode">The mode.</param>
    /// <param name="timeout">For each of its waits; null for the option of the file.</param>
    /// <param name="overall">For all of its waits together; null for none.</param>
    internal WriteTransaction(
        PageFile file, TransactionMode mode, TimeSpan? timeout, LockDeadline? overall)
    {
        _file = file;
        _engine = file.Engine;
        _timeout = timeout;
        _overall = overall;
        Mode = mode;
        if (mode == TransactionMode.Optimistic)
        {
            _engine.OptimisticBegins();
            _state = file.NewOptimisticState(() => DeadlineOf(default));
        }
    }

    /// <summary>How it comes by its locks.</summary>
    public TransactionMode Mode { get; }

    /// <summary>
    /// Which run of the delegate of
    /// <see cref="PageFile.Update(Action{WriteTransaction}, UpdateOptions?, CancellationToken)"/>
    /// this is, from 1; 1 without.
    /// </summary>
    public int Attempt { get; internal init; } = 1;

    /// <summary>
    /// How often the transaction has gone back to a savepoint: what was derived from its pages
    /// before need not hold any more.
    /// </summary>
    internal int Rollbacks { get; private set; }

    /// <summary>
    /// What the collections of another assembly keep for this transaction; they alone know what it
    /// is.
    /// </summary>
    internal object? Companion { get; set; }

    /// <summary>Where it became the writer; null before that, and when it waited asynchronously.</summary>
    internal WriterFlow? Flow { get; set; }

    internal PageFile File => _file;

    internal EngineFile Engine => _engine;

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
    public ReadOnlySpan<byte> Read(PageNumber page)
    {
        lock (_call)
        {
            TransactionState state = Reading();
            try
            {
                return state.ReadPage(page).AsSpan(PageFormat.HeaderBytes);
            }
            catch (ConflictException conflict)
            {
                throw RolledBack(conflict);
            }
        }
    }

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
        Change(page, static (state, page) => state.WritePage(page)).AsSpan(PageFormat.HeaderBytes);

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
    public PageNumber Allocate() => Change(0, static (state, _) =>
    {
        ThrowIfHalfChanged(state);
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
    public void Free(PageNumber page) => Change(page, static (state, page) =>
    {
        ThrowIfHalfChanged(state);
        state.Free(page);
    });

    /// <summary>
    /// Gives the free pages at the end of the file up; the commit cuts the file. Free pages
    /// elsewhere stay free.
    /// </summary>
    /// <returns>How many pages the file has less.</returns>
    /// <exception cref="InvalidOperationException">The mode is optimistic.</exception>
    public uint TrimEnd() => Change(0, static (state, _) =>
    {
        ThrowIfHalfChanged(state);
        return state.GiveUpTail();
    });

    /// <summary>Whether a page is in use: the user's, not free and not the engine's own.</summary>
    public bool IsInUse(PageNumber page)
    {
        lock (_call)
        {
            TransactionState state = Reading();
            try
            {
                return state.IsInUse(page);
            }
            catch (ConflictException conflict)
            {
                throw RolledBack(conflict);
            }
        }
    }

    /// <summary>Rolls back, unless the transaction was committed.</summary>
    public void Dispose()
    {
        lock (_call)
        {
            if (!_isEnded)
            {
                RollBack();
            }
        }
    }

    /// <summary>
    /// Said by a collection whose change of several pages failed half-way: nothing but rolling
    /// back, to a savepoint or altogether, is left.
    /// </summary>
    internal void MustRollBack()
    {
        lock (_call)
        {
            if (_state is ChangingState state)
            {
                state.IsHalfChanged = true;
            }
        }
    }

    /// <summary>Why it was rolled back, when others have put what it read out of date.</summary>
    internal QuireException? OutOfDate { get; private set; }

    /// <summary>Whether it was committed or rolled back.</summary>
    internal bool IsEnded
    {
        get
        {
            lock (_call)
            {
                return _isEnded;
            }
        }
    }

    /// <summary>Begins with the writer's locks, unless the file was disposed meanwhile.</summary>
    internal void Enter(WriteSession session) => Take(session, BecomeWriter);

    private void BecomeWriter(WriteSession session)
    {
        _session = session;
        _state = new WritingState(_engine, session);
    }

    private LockDeadline DeadlineOf(CancellationToken cancellation) =>
        _overall ?? _file.DeadlineOf(_timeout, cancellation);

    /// <summary>
    /// What reads go to. A deferred transaction becomes a reader with the first one.
    /// </summary>
    private TransactionState Reading()
    {
        ThrowIfEnded();
        if (_state is { } state)
        {
            return state;
        }

        MainState main = _file.Reader.Begin(DeadlineOf(default));
        _state = new ReadingState(_engine, main);
        if (_seen is { } seen && seen != main.Number)
        {
            throw RolledBack(
                new StaleReadException(_engine.Path, seen.Value, main.Number.Value));
        }

        _seen = main.Number;
        return _state;
    }

    /// <summary>
    /// What changes go to. A deferred transaction becomes the writer with the first one.
    /// </summary>
    private ChangingState Changing()
    {
        ThrowIfEnded();
        if (_state is not ChangingState)
        {
            StopReading();
            StartWriting(_file.EnterWriter(this, WriterNeeds.Main, DeadlineOf(default)));
        }

        return (ChangingState)_state!;
    }

    private T Change<TArgument, T>(TArgument argument, Func<ChangingState, TArgument, T> change)
    {
        lock (_call)
        {
            ChangingState state = Changing();
            try
            {
                return change(state, argument);
            }
            catch (QuireException outOfDate) when (
                outOfDate is ConflictException or StaleReadException)
            {
                throw RolledBack(outOfDate);
            }
        }
    }

    private void Change<TArgument>(TArgument argument, Action<ChangingState, TArgument> change) =>
        Change((argument, change), static (state, call) =>
        {
            call.change(state, call.argument);
            return true;
        });

    /// <summary>
    /// A reader never becomes a writer by keeping its lock: two that tried would wait for each
    /// other for ever (rule R-order). It lets go first, and looks again when it is the writer.
    /// </summary>
    private void StopReading()
    {
        if (_state is ReadingState)
        {
            _state = null;
            _file.Reader.End();
        }
    }

    /// <exception cref="StaleReadException">
    /// Somebody has committed since the first read.
    /// </exception>
    private void StartWriting(WriteSession session)
    {
        BecomeWriter(session);
        if (_seen is { } seen && seen != session.Number)
        {
            throw RolledBack(
                new StaleReadException(_engine.Path, seen.Value, session.Number.Value));
        }

        foreach (Savepoint savepoint in _savepoints)
        {
            savepoint.Memory = ((ChangingState)_state!).Mark();
        }
    }

    private QuireException RolledBack(QuireException reason)
    {
        OutOfDate = reason;
        RollBack();
        return reason;
    }

    /// <summary>
    /// Leaves main as it was; the journal is cleared so that the next writer finds it so.
    /// </summary>
    private void RollBack()
    {
        try
        {
            if (_session is { HasJournal: true } && !_engine.Latch.IsSet && !_engine.IsDisposed)
            {
                _file.Writer.Discard(_session.Turn);
            }
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        MarkEnded();
        StopReading();
        _session?.Turn.Leave();
    }

    private void MarkEnded()
    {
        if (!_isEnded && Mode == TransactionMode.Optimistic)
        {
            _engine.OptimisticEnds();
        }

        _isEnded = true;
        Flow?.End();
        _file.WriterEnded(this);
    }

    private static void ThrowIfHalfChanged(ChangingState state)
    {
        if (state.IsHalfChanged)
        {
            throw new InvalidOperationException(
                "An earlier call of this transaction failed half-way; it can only be rolled back.");
        }
    }

    private void ThrowIfEnded()
    {
        _engine.ThrowIfDisposed();
        ObjectDisposedException.ThrowIf(_isEnded, this);
    }
}
