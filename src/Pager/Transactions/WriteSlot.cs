using Quire.Locking;

namespace Quire.Pager;

/// <summary>
/// What write transactions that follow each other have in common, so that none of them need be an
/// object of its own: the present one's state, the staged pages, and whose turn it is.
/// </summary>
/// <remarks>
/// Invariants:
/// <list type="number">
/// <item>The turn only rises, and rises when a transaction is disposed: a handle whose turn it is not
/// is one that has ended, for ever. Every call says whose turn it believes it is, and is refused under
/// <see cref="_call"/> when that is over.</item>
/// <item>Only who raises the turn gives the slot back, so however often and from wherever a handle and
/// its copies are disposed, it is given back once. A slot whose transaction was not disposed is left
/// to the collector.</item>
/// <item>A transaction that has ended (committed, rolled back, or failed for good) holds no lock and
/// no place in a queue; its pages are the cache's, a group's or nobody's.</item>
/// </list>
/// </remarks>
internal sealed partial class WriteSlot(PageFile file)
{
    /// <summary>
    /// Held by every call that reaches main or the journal: disposing the file, on another thread,
    /// must not take the journal lock from under a write into the journal.
    /// </summary>
    private readonly Lock _call = new();
    private readonly EngineFile _engine = file.Engine;
    private readonly List<Savepoint> _savepoints = [];
    private long _turn;
    private TransactionMode _mode;
    private int _attempt;
    private TimeSpan? _timeout;
    private LockDeadline? _overall;

    /// <summary>What it is now; null for a deferred transaction that holds nothing.</summary>
    private TransactionState? _state;

    /// <summary>For immediate, exclusive and deferred transactions, one after the other.</summary>
    private WritingState? _writing;

    /// <summary>The writer's locks; null before W2, and when the transaction has ended.</summary>
    private WriteSession? _session;

    /// <summary>What a deferred transaction has read at.</summary>
    private TransactionNumber? _seen;

    /// <summary>Why it was rolled back, when others have put what it read out of date.</summary>
    private QuireException? _outOfDate;

    /// <summary>Where it became the writer; null before, and when it waited asynchronously.</summary>
    private WriterFlow? _flow;

    private object? _companion;
    private bool _isEnded = true;

    public EngineFile Engine => _engine;

    public PageFile File => file;

    /// <summary>A transaction begins in a slot that nobody has.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="timeout">For each of its waits; null for the option of the file.</param>
    /// <param name="overall">For all of its waits together; null for none.</param>
    /// <param name="attempt">Which run of an update this is, from 1.</param>
    public WriteTransaction Begin(
        TransactionMode mode, TimeSpan? timeout, in LockDeadline? overall, int attempt)
    {
        lock (_call)
        {
            _mode = mode;
            _timeout = timeout;
            _overall = overall;
            _attempt = attempt;
            _isEnded = false;
            if (mode == TransactionMode.Optimistic)
            {
                _engine.OptimisticBegins();
                _state = file.NewOptimisticState(() => DeadlineOf(default));
            }

            return new WriteTransaction(this, _turn);
        }
    }

    /// <summary>The locks that the mode asks for at once.</summary>
    public void Enter(long turn, in LockDeadline deadline)
    {
        if (NeedsAtOnce(turn) is { } needs)
        {
            Take(
                turn,
                file.EnterWriter(needs, deadline),
                isHere: true,
                static (slot, session) => slot.BecomeWriter(session));
        }
    }

    /// <summary>As <see cref="Enter"/>, without a thread that waits.</summary>
    public async ValueTask EnterAsync(long turn, LockDeadline deadline)
    {
        if (NeedsAtOnce(turn) is { } needs)
        {
            WriteSession session = await file.EnterWriterAsync(needs, deadline)
                .ConfigureAwait(false);
            Take(
                turn, session, isHere: false, static (slot, session) => slot.BecomeWriter(session));
        }
    }

    /// <summary>The image of a page, with the transaction's changes.</summary>
    public byte[] ReadPage(long turn, PageNumber page) =>
        Look(turn, page, static (state, page) => state.ReadPage(page));

    /// <summary>Asks the state something.</summary>
    public T Look<TArgument, T>(
        long turn, TArgument argument, Func<TransactionState, TArgument, T> look)
    {
        lock (_call)
        {
            return Perform(Reading(turn), argument, look);
        }
    }

    /// <summary>Changes something; the transaction is the writer then, or optimistic.</summary>
    public T Change<TArgument, T>(
        long turn, TArgument argument, Func<ChangingState, TArgument, T> change)
    {
        lock (_call)
        {
            return Perform(Changing(turn), argument, change);
        }
    }

    /// <summary>The same, without a result.</summary>
    public void Change<TArgument>(
        long turn, TArgument argument, Action<ChangingState, TArgument> change) =>
        Change(turn, (argument, change), static (state, call) =>
        {
            call.change(state, call.argument);
            return true;
        });

    /// <summary>Nothing but rolling back is left.</summary>
    public void MustRollBack(long turn)
    {
        lock (_call)
        {
            if (turn == _turn && _state is ChangingState state)
            {
                state.IsHalfChanged = true;
            }
        }
    }

    /// <summary>
    /// The handle is disposed: rolls back unless it has ended, and gives the slot back.
    /// </summary>
    public void TryEnd(long turn)
    {
        lock (_call)
        {
            if (turn != _turn)
            {
                return;
            }

            try
            {
                RollBackUnlessEnded();
            }
            finally
            {
                _turn++;
                _overall = null;
                _state = null;
                _seen = null;
                _outOfDate = null;
                _companion = null;
                _flow = null;
                _savepoints.Clear();
                Rollbacks = 0;
            }
        }

        file.Return(this);
    }

    /// <summary>The file is closed under the transaction, whose handle stays.</summary>
    public void RollBackForClosing()
    {
        lock (_call)
        {
            RollBackUnlessEnded();
        }
    }

    public static void ThrowIfHalfChanged(ChangingState state)
    {
        if (state.IsHalfChanged)
        {
            throw new InvalidOperationException(
                "An earlier call of this transaction failed half-way; it can only be rolled back.");
        }
    }

    private T Perform<TState, TArgument, T>(
        TState state, TArgument argument, Func<TState, TArgument, T> call)
    {
        try
        {
            return call(state, argument);
        }
        catch (QuireException outOfDate) when (
            outOfDate is ConflictException or StaleReadException)
        {
            throw RolledBack(outOfDate);
        }
    }

    private WriterNeeds? NeedsAtOnce(long turn) => ModeOf(turn) switch
    {
        TransactionMode.Immediate => WriterNeeds.Nothing,
        TransactionMode.Exclusive => WriterNeeds.NoReaders,
        _ => null,
    };

    /// <summary>
    /// Takes locks over that were waited for, perhaps without the call's mutex; the transaction may
    /// have been disposed meanwhile, and the file too.
    /// </summary>
    /// <param name="turn">Whose locks.</param>
    /// <param name="session">The locks.</param>
    /// <param name="isHere">Whether this thread has waited for them.</param>
    /// <param name="take">What to do with them.</param>
    private void Take(
        long turn, WriteSession session, bool isHere, Action<WriteSlot, WriteSession> take)
    {
        lock (_call)
        {
            if (turn != _turn || _isEnded)
            {
                session.Turn.Leave();
                ThrowIfEnded(turn);
            }

            file.Activate(this, session);
            _flow = isHere ? WriterFlow.Begin(file) : null;
            take(this, session);
        }
    }

    private void BecomeWriter(WriteSession session)
    {
        _session = session;
        _writing ??= new WritingState(_engine);
        _writing.Begin(session);
        _state = _writing;
    }

    private LockDeadline DeadlineOf(CancellationToken cancellation) =>
        _overall ?? file.DeadlineOf(_timeout, cancellation);

    /// <summary>
    /// What reads go to. A deferred transaction becomes a reader with the first one.
    /// </summary>
    private TransactionState Reading(long turn)
    {
        ThrowIfEnded(turn);
        if (_state is { } state)
        {
            return state;
        }

        MainState main = file.Reader.Begin(DeadlineOf(default));
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
    private ChangingState Changing(long turn)
    {
        ThrowIfEnded(turn);
        if (_state is not ChangingState)
        {
            Promote(turn, DeadlineOf(default));
        }

        return (ChangingState)_state!;
    }

    /// <summary>
    /// A reader never becomes a writer by keeping its lock: two that tried would wait for each
    /// other for ever (rule R-order). It lets go first, and looks again when it is the writer.
    /// </summary>
    private void StopReading()
    {
        if (_state is ReadingState)
        {
            _state = null;
            file.Reader.End();
        }
    }

    private void Promote(long turn, in LockDeadline deadline)
    {
        StopReading();
        Take(
            turn,
            file.EnterWriter(WriterNeeds.Main, deadline),
            isHere: true,
            static (slot, session) => slot.StartWriting(session));
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
        _outOfDate = reason;
        RollBack();
        return reason;
    }

    private void RollBackUnlessEnded()
    {
        if (!_isEnded)
        {
            RollBack();
        }
    }

    /// <summary>
    /// Leaves main as it was; the journal is cleared so that the next writer finds it so.
    /// </summary>
    private void RollBack()
    {
        try
        {
            bool hasJournal = _session is { } session
                && (_state is WritingState writer ? writer.HasJournal : session.HasJournal);
            if (hasJournal && !_engine.Latch.IsSet && !_engine.IsDisposed)
            {
                file.Writer.Discard(_session!.Value.Turn);
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
        if (_session is { } session)
        {
            _session = null;
            session.Turn.Leave();
        }
    }

    private void MarkEnded()
    {
        if (!_isEnded && _mode == TransactionMode.Optimistic)
        {
            _engine.OptimisticEnds();
        }

        _isEnded = true;
        _writing?.End();
        _flow?.End();
        file.WriterEnded(this);
    }

    private void ThrowIfEnded(long turn)
    {
        _engine.ThrowIfDisposed();
        ObjectDisposedException.ThrowIf(turn != _turn || _isEnded, typeof(WriteTransaction));
    }
}
