using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// Recovery: what puts main and journal right after a writer was cut short. Entered by a reader
/// that finds the marker set (R4) and by every writer at its start (W4); steps P1 to P7 of
/// docs/protocol.md.
/// </summary>
/// <remarks>
/// Playback repeats the end of the commit that was cut short, C3 to C9, from the sealed journal, so
/// a recovery that is itself cut short is recovered in the same way, any number of times. What is
/// to be done is looked up in <see cref="PlaybackTable"/>; this class only does it.
/// </remarks>
internal sealed class RecoveryProtocol
{
    private readonly EngineFile _file;

    public RecoveryProtocol(EngineFile file)
    {
        _file = file;
        Log = new LogRecovery(file, this);
    }

    /// <summary>The same for the log of a sealed file.</summary>
    public LogRecovery Log { get; }

    /// <summary>
    /// R4: tries to recover. Returns when it has, when somebody else has, or when the journal lock
    /// was not to be had for a moment; in each case the reader starts over at R2.
    /// </summary>
    /// <remarks>
    /// The journal lock is only tried. A reader that queued for it could stand behind a writer that
    /// recovered long ago and now stages for minutes (rule R-G4).
    /// </remarks>
    public void RecoverAsReader(MainState seen, in LockDeadline deadline)
    {
        if (_file.IsReadOnly)
        {
            throw new QuireException(
                QuireErrorCode.RecoveryNeeded,
                $"{_file.Path}: a commit was cut short (marker {seen.Condition}, transaction " +
                $"{seen.Marker.Marker}) and this opener may only read. Open the file for writing once, " +
                "or run 'quire recover'.");
        }

        WriterSide side = _file.OpenWriter();
        if (!side.TryEnter())
        {
            side.Ladder.PauseFor(LockName.Journal, LockMode.Exclusive, deadline);
            return;
        }

        try
        {
            if (_file.Plants(PlantedBug.ReaderKeepsMain, PlantedBug.ReaderQueuesForJournal))
            {
                side.Ladder.Acquire(LockName.Journal, LockMode.Exclusive, deadline);
            }

            if (_file.Plants(PlantedBug.ReaderKeepsMain))
            {
                _file.ReaderLock.Exit();
            }

            if (side.Ladder.TryAcquire(LockName.Journal, LockMode.Exclusive))
            {
                Resolve(side, deadline, _file.Plants(PlantedBug.MarkerNotReadAgain) ? seen : null);
            }
            else
            {
                side.Ladder.PauseFor(LockName.Journal, LockMode.Exclusive, deadline);
            }
        }
        finally
        {
            side.Leave();
        }
    }

    /// <summary>
    /// W3 and W4: reads main and journal under the journal lock, puts right what needs it, and
    /// returns a usable state of main with an empty journal of this file. Nobody else can write
    /// either file while the journal lock is held, so main needs no lock to be read here.
    /// </summary>
    /// <param name="side">The writer's descriptors, with the journal locked.</param>
    /// <param name="deadline">Bounds the wait for main at P1.</param>
    /// <param name="unread">
    /// What is taken for main without reading it: only by planted bugs.
    /// </param>
    /// <exception cref="BusyException">
    /// Recovery was needed and main was not to be had in time.
    /// </exception>
    /// <exception cref="CorruptFileException">
    /// Main cannot be used and cannot be recovered.
    /// </exception>
    public ResolvedState Resolve(
        WriterSide side, in LockDeadline deadline, MainState? unread = null)
    {
        lock (side.Recovering)
        {
            _file.ThrowIfDisposed();
            return _file.IsSealed
                ? Log.ResolveUnderJournalLock(side, deadline)
                : ResolveUndisposed(side, deadline, unread);
        }
    }

    private ResolvedState ResolveUndisposed(
        WriterSide side, in LockDeadline deadline, MainState? unread)
    {
        Invariant.Holds(
            side.Ladder.Holds(LockName.Journal, LockMode.Exclusive),
            "recovery runs under the journal lock");
        _file.Observe(ProtocolStep.W3);
        MainState main = unread ?? MainState.Read(side.Main, _file.Known);
        side.Paths.Verify(main.Number);
        JournalScan journal = JournalScan.Read(side.Journal, main.FileId, main.PageSize);
        if (!main.IsUsable && !main.MayBeRecoverable)
        {
            throw main.ToException(_file.Path);
        }

        PlaybackAction action = Decide(main, journal);
        if (action == PlaybackAction.None
            || (action == PlaybackAction.DiscardJournal
                && _file.Plants(PlantedBug.PositionNotReset, PlantedBug.LeftoverNotCleared)))
        {
            return ResolvedState.Classic(main, journal.Header);
        }

        _file.Observe(ProtocolStep.W4);
        _file.Logger.Recovering(
            _file.Path,
            main.Condition.ToString(),
            journal.Condition.ToString(),
            journal.Detail,
            action.ToString());
        Perform(action, side, main, journal, deadline);

        MainState after = MainState.Read(side.Main, _file.Known);
        if (!after.IsUsable)
        {
            throw after.ToException(_file.Path);
        }

        JournalScan left = JournalScan.Read(
            side.Journal, after.Header.FileId, after.Header.PageSize);
        Invariant.Holds(left.Condition == JournalCondition.Empty, "recovery leaves an empty journal");
        return ResolvedState.Classic(after, left.Header);
    }

    private void Perform(
        PlaybackAction action,
        WriterSide side,
        MainState main,
        JournalScan journal,
        in LockDeadline deadline)
    {
        switch (action)
        {
            case PlaybackAction.CreateJournal:
                CreateJournal(side, main.Header);
                break;
            case PlaybackAction.DiscardJournal:
                ClearJournal(side, journal.Header);
                break;
            case PlaybackAction.ConfirmClear:
                ConfirmClear(side, main, journal, deadline);
                break;
            case PlaybackAction.PlayBack:
                PlayBack(side, journal, deadline);
                break;
            case PlaybackAction.RefuseForeign:
                throw new CorruptFileException(
                    side.Journal.Path, 0, journal.Detail, QuireErrorCode.ForeignJournal);
            case PlaybackAction.RefuseCorrupt:
                throw new CorruptFileException(
                    _file.Path,
                    MainFormat.MarkerOffset,
                    $"a commit was cut short (marker {main.Condition}, transaction " +
                    $"{main.Marker.Marker}) and the journal cannot complete it: {journal.Detail}");
            default:
                throw new InvalidOperationException($"No such action: {action}.");
        }
    }

    /// <summary>
    /// R-G5: the directory entry is made durable before the header is written, so that whoever can
    /// read the header knows that the journal cannot vanish under a marker.
    /// </summary>
    /// <param name="side">The writer's descriptors, with the journal locked.</param>
    /// <param name="header">The header of main.</param>
    /// <param name="applied">The base of a log; 0 in classic.</param>
    public void CreateJournal(
        WriterSide side, FileHeader header, TransactionNumber applied = default)
    {
        if (!_file.Plants(PlantedBug.JournalBeforeDirectory))
        {
            _file.Host.Files.SyncDirectoryOf(side.Journal.Path);
        }

        var salt = (ulong)_file.Host.Random.NextInt64();
        new JournalWriter(side.Journal, header.PageSize, _file.Options.JournalLimitBytes)
            .Create(new JournalHeader(header.FileId, header.PageSize, salt, applied)
            {
                IsLog = header.Protocol == CommitProtocol.Sealed,
            });
        side.Journal.Sync();
        if (_file.Plants(PlantedBug.JournalBeforeDirectory))
        {
            _file.Host.Files.SyncDirectoryOf(side.Journal.Path);
        }
    }

    /// <summary>P1 to P7.</summary>
    private void PlayBack(WriterSide side, JournalScan journal, in LockDeadline deadline)
    {
        MainState main = LockMain(side, deadline);
        if (Decide(main, journal) != PlaybackAction.PlayBack
            && !_file.Plants(PlantedBug.MarkerNotReadAgain, PlantedBug.MarkerNotReadAtP1))
        {
            // R-G3: only what holds under the write locks counts.
            side.Ladder.Release(LockName.Main);
            return;
        }

        if (_file.Plants(PlantedBug.FirstImageWins))
        {
            journal = journal with { Frames = [.. journal.Frames.Reverse()] };
        }

        // Everything is checked before anything is written.
        PlaybackPlan plan = PlaybackPlan.Make(
            main, journal.Header, [journal.Frames], side.Journal, _file.Path);

        // P2: the marker may be only in the cache of the system: its writer was killed before C4,
        // or its sync failed. Without this sync a power cut during P3 could leave some pages new
        // and the marker clear (R-G1). It is written again because a failed sync leaves it marked
        // as clean.
        _file.Observe(ProtocolStep.P2);
        MarkerSector marker = main.Marker with { FileId = journal.Header.FileId };
        marker = marker.Set(journal.Number, journal.SealChecksum);
        if (!_file.Plants(PlantedBug.PlaybackWithoutMarker))
        {
            WriteMarker(side.Main, marker);
        }

        _file.SyncUnless(PlantedBug.PlaybackWithoutSync, side.Main);

        _file.Observe(ProtocolStep.P3);
        if (_file.Plants(PlantedBug.MarkerInHeaderImage) && plan.Images[0].Frame.Kind == FrameKind.Header)
        {
            WriteMarker(side.Main, marker with { Marker = default });
        }

        plan.Apply(side.Journal, side.Main, journal.Header.PageSize);

        _file.Observe(ProtocolStep.P4);
        _file.SyncUnless(PlantedBug.PlaybackNotSynced, side.Main);

        _file.Observe(ProtocolStep.P5);
        WriteMarker(side.Main, marker.Cleared());

        _file.Observe(ProtocolStep.P6);
        _file.SyncUnless(PlantedBug.PlaybackClearNotSynced, side.Main);

        _file.Observe(ProtocolStep.P7);
        ClearJournal(side, journal.Header);
        side.Ladder.Release(LockName.Main);
        _file.Logger.PlayedBack(_file.Path, journal.Number, plan.Images.Count);
    }

    /// <summary>
    /// R-G2: the marker is clear, but its writer may have died before C8, and the journal still
    /// holds the transaction. Until the clear marker is on disk the journal must not be
    /// overwritten.
    /// </summary>
    private void ConfirmClear(
        WriterSide side, MainState seen, JournalScan journal, in LockDeadline deadline)
    {
        MainState main = LockMain(side, deadline);
        Invariant.Holds(main.Marker == seen.Marker, "the journal lock freezes main");
        _file.Observe(ProtocolStep.P5);
        WriteMarker(side.Main, main.Marker);
        _file.Observe(ProtocolStep.P6);
        _file.SyncUnless(PlantedBug.ClearNotConfirmed, side.Main);
        _file.Observe(ProtocolStep.P7);
        ClearJournal(side, journal.Header);
        side.Ladder.Release(LockName.Main);
    }

    /// <summary>
    /// P1: main exclusive, by the gate, which is open again then.
    /// </summary>
    public MainState LockMain(WriterSide side, in LockDeadline deadline)
    {
        _file.Observe(ProtocolStep.P1);
        if (!_file.Plants(PlantedBug.MainNotLockedAtP1))
        {
            side.Ladder.AcquireMainExclusive(deadline);
        }

        return MainState.Read(side.Main);
    }

    private void ClearJournal(WriterSide side, JournalHeader header)
    {
        var writer = new JournalWriter(
            side.Journal, header.PageSize, _file.Options.JournalLimitBytes);
        writer.Begin(header, default);
        writer.ClearLeftover();
    }

    /// <summary>One write of one sector.</summary>
    public static void WriteMarker(IStorageFile main, MarkerSector marker)
    {
        Span<byte> sector = stackalloc byte[MainFormat.SectorBytes];
        marker.WriteTo(sector);
        main.Write(MainFormat.MarkerOffset, sector);
    }

    private PlaybackAction Decide(MainState main, JournalScan journal) =>
        PlaybackTable.Decide(
            main.Condition,
            PlaybackTable.Judge(
                journal,
                main.Condition == MarkerCondition.Unreadable ? null : main.Marker.Named,
                _file.Plants(PlantedBug.SealNotCompared)
                    ? journal.SealChecksum
                    : main.Marker.SealChecksum));
}

/// <summary>Main and journal as a writer finds them, once everything is put right.</summary>
/// <param name="Main">Main, which the journal lock freezes.</param>
/// <param name="Journal">The journal's header.</param>
/// <param name="Start">Where the writer's frames go.</param>
/// <param name="Slot">Which of a log's headers counts; 0 in classic.</param>
internal readonly record struct ResolvedState(
    MainState Main, JournalHeader Journal, LogPosition Start, int Slot)
{
    public static ResolvedState Classic(MainState main, JournalHeader journal) => new(
        main,
        journal,
        new LogPosition(JournalFormat.FirstFrameOffset, journal.Salt, 0),
        0);
}
