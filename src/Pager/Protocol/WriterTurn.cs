using Quire.Journal;
using Quire.Locking;

namespace Quire.Pager;

/// <summary>
/// One turn of this process as the writer, from W2 to C10. Mostly it is one transaction. When other
/// transactions of the process wait, the one that commits lets the next one stage on top of it while
/// it seals and syncs; those that have staged meanwhile are one <see cref="CommitGroup"/>.
/// </summary>
/// <remarks>
/// <para>
/// At each moment at most one transaction stages, at most one group is on its way to the disk (steps
/// C1 to C9, by one of its members) and at most one gathers. What a transaction sees is, from the top:
/// its own pages, the group that gathers, the group on its way, main. An image of a group is not
/// written to by those above; they copy it.
/// </para>
/// <para>
/// The place in the queue of the process's writers belongs to the transaction that stages. When there
/// is none the place is free, and who comes in through the queue goes on with the turn; the last group
/// ends the turn if it can take the place for it. So whoever has the place finds the turn standing
/// still: it cannot end meanwhile.
/// </para>
/// </remarks>
internal sealed class WriterTurn(
    EngineFile file, LogRecovery log, WriterSide side, JournalWriter journal)
{
    /// <summary>
    /// So many commits at most in one turn: then the journal lock is given up, whoever waits here,
    /// because somebody may wait in another process.
    /// </summary>
    public const int MaximumCommits = 256;

    /// <summary>
    /// So many pages at most in a group that gathers, so that one of them does not delay the others
    /// for long.
    /// </summary>
    public const int MaximumPages = 1024;

    private readonly Lock _mutex = new();
    private volatile CommitGroup? _gathering;
    private volatile CommitGroup? _onItsWay;
    private volatile MainState _main = null!;
    private ResolvedState _found;

    /// <summary>Whether the turn has the place, because it is to end.</summary>
    private bool _ownsPlace;

    private bool _hasFailed;
    private int _commits;

    /// <summary>
    /// The turn begins; also one that was over, if there never was a group in it
    /// (<see cref="WriterSide.SpareTurn"/>).
    /// </summary>
    /// <param name="found">What was found at W3.</param>
    public void Begin(in ResolvedState found)
    {
        _main = found.Main;
        _found = found;
        PrepareJournal();
    }

    public WriterSide Side => side;

    public JournalWriter Journal => journal;

    /// <summary>Main as it is: as found at W3, then as each commit has left it.</summary>
    public MainState Main => _main;

    /// <summary>
    /// Whether a commit of the turn failed: nothing may stand on what it had staged.
    /// </summary>
    public bool HasFailed
    {
        get
        {
            lock (_mutex)
            {
                return _hasFailed;
            }
        }
    }

    /// <summary>The group on top that is not done; null when main has everything.</summary>
    public CommitGroup? Newest
    {
        get
        {
            lock (_mutex)
            {
                return _gathering ?? _onItsWay;
            }
        }
    }

    /// <summary>A transaction on top of everything; the caller has the place in the queue.</summary>
    public WriteSession NewSession(bool excludesReaders, bool hasJournal)
    {
        lock (_mutex)
        {
            return (_gathering ?? _onItsWay) is { } below
                ? new WriteSession(this, below.Header, below.Last, excludesReaders, hasJournal)
                : new WriteSession(this, Main.Header, Main.Number, excludesReaders, hasJournal);
        }
    }

    /// <summary>
    /// The latest image of a page that is not in main yet, for reading only. Called by the
    /// transaction that stages. A group that arrives meanwhile is in main before it is gone here.
    /// </summary>
    public byte[]? Find(PageNumber page) =>
        _gathering?.Staged.Find(page) ?? _onItsWay?.Staged.Find(page);

    /// <summary>What the last commit has made of main.</summary>
    public void Advance(MainState main) => _main = main;

    /// <summary>The end of W6: the journal stands where the next record begins.</summary>
    public void PrepareJournal()
    {
        if (file.IsSealed)
        {
            if (_found.Main.Number != _main.Number)
            {
                MarkerSector last = _main.Marker;
                _found = _found with
                {
                    Main = _main,
                    Start = LogPosition.Behind(last.LogEnd, last.SealChecksum),
                };
            }

            _found = log.PrepareAppend(side, _found);
        }

        journal.Begin(_found.Journal, _main.Number.Next, _found.Start);
        if (!journal.IsNamed)
        {
            side.Paths.Compare();
        }
    }

    /// <summary>
    /// Gives the journal to the transaction that stages, which has more pages than fit into memory:
    /// all commits below it must be done.
    /// </summary>
    /// <param name="number">The number of the transaction on which that one stands.</param>
    /// <exception cref="StaleReadException">One of them has failed.</exception>
    public void Claim(TransactionNumber number)
    {
        Newest?.Done.Wait();
        if (HasFailed)
        {
            throw OutOfDate(number);
        }

        PrepareJournal();
    }

    /// <summary>What is told to a transaction that stood on commits which failed.</summary>
    public StaleReadException OutOfDate(TransactionNumber number) =>
        StaleReadException.NotCommitted(file.Path, number.Value, _main.Number.Value);

    /// <summary>Takes a commit into the group that gathers.</summary>
    /// <param name="commit">The commit; its pages are the group's from now on.</param>
    /// <param name="patience">How long it would wait for readers.</param>
    /// <param name="group">The group.</param>
    /// <param name="leads">Whether it is the first of it, which sees to it.</param>
    /// <returns>
    /// Whether the turn can go on; if not, it must end when the group is done.
    /// </returns>
    public bool Join(
        in PendingCommit commit, in LockDeadline patience, out CommitGroup group, out bool leads)
    {
        lock (_mutex)
        {
            leads = _gathering is null;
            if (_gathering is null)
            {
                _gathering = new CommitGroup(commit.Staged, commit.Header, commit.Last, patience)
                {
                    WayIsFree = _onItsWay?.Arrived,
                };
            }
            else
            {
                _gathering.Add(commit, patience);
            }

            group = _gathering;
            _commits++;
            return !_hasFailed
                && _commits < MaximumCommits
                && group.Staged.Count < MaximumPages;
        }
    }

    /// <summary>
    /// The group that gathers goes on its way to the disk; the one before it has left the way.
    /// </summary>
    public void Depart(CommitGroup group)
    {
        lock (_mutex)
        {
            Invariant.Holds(
                _gathering == group && _onItsWay is null, "one group is on its way at a time");
            _onItsWay = group;
            _gathering = null;
        }
    }

    /// <summary>
    /// A group has arrived, or not: its pages are in main, or nobody may build on them. Ends the
    /// turn when it is the last.
    /// </summary>
    public void Arrive(CommitGroup group, Exception? failure)
    {
        bool isLast;
        bool stoodOnFailure;
        lock (_mutex)
        {
            stoodOnFailure = _hasFailed;
            _hasFailed |= failure is not null;
            _onItsWay = null;
            isLast = _gathering is null && (_ownsPlace || side.Queue.TryEnter());
        }

        // The next leader first: the disk need not wait for all the members to be told.
        group.LeaveWay();
        if (isLast)
        {
            End();
        }

        group.Tell(failure, stoodOnFailure);
    }

    /// <summary>
    /// The transaction that staged gives its place up, to whoever comes next. The turn goes on while
    /// any of its groups is not done.
    /// </summary>
    public void Leave() => EndOrGoOn(closes: false);

    /// <summary>
    /// As <see cref="Leave"/>, but nobody else goes on with the turn: it ends now, or with the last
    /// of its groups.
    /// </summary>
    public void Close() => EndOrGoOn(closes: true);

    private void EndOrGoOn(bool closes)
    {
        lock (_mutex)
        {
            if ((_gathering ?? _onItsWay) is not null)
            {
                _ownsPlace |= closes;
                if (!closes)
                {
                    side.Queue.Exit();
                }

                return;
            }
        }

        End();
    }

    private void End()
    {
        side.Turn = null;
        if (_commits == 0)
        {
            // Only one transaction has had to do with it, and that one has ended.
            side.SpareTurn = this;
        }

        side.Leave();
    }
}

/// <summary>What one transaction holds between W6 and C10: its part of a turn.</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Header">The header on which the transaction stands.</param>
/// <param name="Number">The number of the transaction on which it stands.</param>
/// <param name="ExcludesReaders">Whether main is locked exclusive from W5 on.</param>
/// <param name="HasJournal">Whether the journal stands at its first frame from the beginning.</param>
internal readonly record struct WriteSession(
    WriterTurn Turn,
    FileHeader Header,
    TransactionNumber Number,
    bool ExcludesReaders,
    bool HasJournal)
{
    public WriterSide Side => Turn.Side;
}

/// <summary>What <see cref="WriterProtocol.Commit"/> makes durable.</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Staged">The changed pages.</param>
/// <param name="Header">The header after the last transaction.</param>
/// <param name="Last">
/// The number of the last transaction; the first is the one after the number of main.
/// </param>
/// <param name="ExcludesReaders">Whether main is locked exclusive already.</param>
internal readonly record struct PendingCommit(
    WriterTurn Turn,
    StagedPages Staged,
    FileHeader Header,
    TransactionNumber Last,
    bool ExcludesReaders = false);
