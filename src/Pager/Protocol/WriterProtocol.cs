using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// The writer's algorithm: W1 to W7 and C1 to C10 of docs/protocol.md, in that order. The two
/// protocols share it; a sealed file does without the syncs of main, and keeps its journal.
/// </summary>
/// <remarks>
/// What holds, and is checked on the way:
/// <list type="number">
/// <item>From W2 to C10 the journal is locked exclusive; nobody else writes either file.</item>
/// <item>Main is written only between C2 and C10, with main locked exclusive.</item>
/// <item>From C3 to C8 the journal holds the whole transaction, sealed and synced; in a sealed file
/// until the next checkpoint.</item>
/// <item>Before C3 a failure leaves main as it was; from C3 on the outcome is in doubt until
/// somebody recovers, and the marker stays set.</item>
/// </list>
/// </remarks>
internal sealed partial class WriterProtocol(EngineFile file, RecoveryProtocol recovery)
{
    /// <summary>Undoes C2. An exclusive transaction keeps main for itself until it ends.</summary>
    private static void LetReadersIn(in PendingCommit commit)
    {
        if (!commit.ExcludesReaders)
        {
            commit.Turn.Side.Ladder.Release(LockName.Main);
        }
    }

    /// <summary>
    /// C1 to C10 for a group that gathers; the one before it has left the way to the disk.
    /// </summary>
    public void CommitGroup(WriterTurn turn, CommitGroup group)
    {
        // What is told to the others when this thread is cut short by what nobody foresees.
        Exception? failure = new InvalidOperationException(
            "The transaction that saw to the commit of this one ended unexpectedly.");
        turn.Depart(group);
        try
        {
            CommitOrDiscard(turn, group);
            failure = null;
        }
        catch (Exception cause) when (
            cause is QuireException or IOException or UnauthorizedAccessException)
        {
            failure = cause;
        }
        finally
        {
            turn.Arrive(group, failure);
        }
    }

    private void CommitOrDiscard(WriterTurn turn, CommitGroup group)
    {
        if (turn.HasFailed)
        {
            throw turn.OutOfDate(group.Last);
        }

        try
        {
            if (!group.Staged.IsAttached)
            {
                turn.PrepareJournal();
                group.Staged.Attach(turn.Journal, group.Last);
            }

            Commit(
                new PendingCommit(turn, group.Staged, group.Header, group.Last),
                group.Patience.WithoutCancellation());
            turn.Side.Ladder.Release(LockName.Main);
        }
        catch (Exception cause) when (cause is BusyException or StorageFullException)
        {
            Discard(turn);
            throw;
        }
    }

    /// <summary>Waits for the commits that are on their way; nobody begins a new one.</summary>
    public void Drain()
    {
        while (file.Writer?.Turn?.Newest is { } group)
        {
            group.Done.Wait();
        }
    }

    /// <summary>C1 to C10.</summary>
    /// <param name="commit">What to commit.</param>
    /// <param name="deadline">Bounds the wait for main at C2.</param>
    /// <exception cref="BusyException">
    /// Main was not to be had; the transaction can still go on.
    /// </exception>
    /// <exception cref="StorageFullException">No space; nothing was committed.</exception>
    /// <exception cref="CommitInDoubtException">I/O failed from C3 on.</exception>
    public void Commit(PendingCommit commit, in LockDeadline deadline)
    {
        ulong sealChecksum = SealAndSync(commit);
        file.Observe(ProtocolStep.C2);
        if (!commit.ExcludesReaders)
        {
            try
            {
                commit.Turn.Side.Ladder.AcquireMainExclusive(deadline);
            }
            catch
            {
                TakeSealBack(commit.Turn);
                throw;
            }
        }

        Apply(commit, sealChecksum);
    }

    /// <summary>
    /// C1U: a commit that cannot be applied now is not one. In classic nobody plays back what no
    /// marker names; in a sealed file the seal must be gone, durably, before the caller is told.
    /// </summary>
    /// <exception cref="CommitInDoubtException">It could not be taken back.</exception>
    public void TakeSealBack(WriterTurn turn)
    {
        if (!file.IsSealed
            || !turn.Journal.IsSealed
            || file.Plants(PlantedBug.SealNotTakenBack))
        {
            return;
        }

        file.Observe(ProtocolStep.C1U);
        try
        {
            turn.Journal.TakeSealBack();
            turn.Side.Journal.Sync();
        }
        catch (Exception failure) when (LeavesDoubt(failure))
        {
            throw InDoubt(turn.Main.Number.Next, failure);
        }
    }

    /// <summary>Leaves main as it was, and nothing in the journal that could be played back.</summary>
    public void Discard(WriterTurn turn)
    {
        if (file.IsSealed)
        {
            TakeSealBack(turn);
            turn.Journal.Abandon();
        }
        else
        {
            turn.Journal.Clear();
        }
    }

    /// <summary>C1.</summary>
    /// <returns>The seal checksum.</returns>
    public ulong SealAndSync(PendingCommit commit)
    {
        file.Observe(ProtocolStep.C1);
        if (file.IsSealed)
        {
            try
            {
                ulong sealChecksum = Seal(commit);
                commit.Turn.Side.Journal.Sync();
                return sealChecksum;
            }
            catch (Exception failure) when (LeavesDoubt(failure))
            {
                // A seal of which it is not known whether it is on disk may come to count.
                throw InDoubt(commit.Last, failure);
            }
        }

        ulong classic = Seal(commit);
        file.SyncUnless(PlantedBug.MarkerBeforeJournalSync, commit.Turn.Side.Journal);
        return classic;
    }

    /// <summary>Whether a seal may be on disk, or not, after a failure to write or sync it.</summary>
    private static bool LeavesDoubt(Exception failure) =>
        failure is FaultedException or (IOException and not StorageFullException);

    private CommitInDoubtException InDoubt(TransactionNumber number, Exception failure)
    {
        file.Logger.InDoubt(file.Path, number, failure);
        return new CommitInDoubtException(file.Path, number.Value, failure);
    }

    /// <summary>C2E to C10, with main locked exclusive; on failure it is unlocked again.</summary>
    public void Apply(PendingCommit commit, ulong sealChecksum)
    {
        WriterTurn turn = commit.Turn;
        StagedPages staged = commit.Staged;
        FileHeader header = commit.Header;
        WriterSide side = turn.Side;
        TransactionNumber number = commit.Last;
        MainState before = turn.Main;
        MarkerSector marker = before.Marker.Set(
            number, sealChecksum, file.IsSealed ? turn.Journal.Position : 0);
        PageWriter pages = _pages ??= new PageWriter(file, side.Main);
        try
        {
            VerifyUnchanged(turn);
            file.Observe(ProtocolStep.C2E);
            pages.Extend(before, staged, header);
        }
        catch
        {
            LetReadersIn(commit);
            TakeSealBack(turn);
            throw;
        }

        bool isDurable = false;
        try
        {
            file.Observe(ProtocolStep.C3);
            if (file.Plants(PlantedBug.JournalUnlockedEarly))
            {
                side.Ladder.Release(LockName.Journal);
            }

            RecoveryProtocol.WriteMarker(side.Main, marker);
            if (file.Plants(PlantedBug.MarkerBeforeJournalSync))
            {
                side.Journal.Sync();
            }

            if (!file.IsSealed)
            {
                file.Observe(ProtocolStep.C4);
                file.SyncUnless(PlantedBug.PagesBeforeMarkerSync, side.Main);
            }

            file.Observe(ProtocolStep.C5);
            pages.Write(before, staged, header);

            if (!file.IsSealed)
            {
                file.Observe(ProtocolStep.C6);
                file.SyncUnless(PlantedBug.MarkerClearedBeforeSync, side.Main);
            }

            file.Observe(ProtocolStep.C7);
            RecoveryProtocol.WriteMarker(side.Main, marker.Cleared());
            if (file.Plants(PlantedBug.JournalClearedBeforeSync))
            {
                turn.Journal.Clear();
            }

            if (!file.IsSealed)
            {
                file.Observe(ProtocolStep.C8);
                side.Main.Sync();
            }

            isDurable = true;
        }
        catch (Exception failure) when (failure is IOException or QuireException)
        {
            throw InDoubt(number, failure);
        }
        finally
        {
            if (!isDurable)
            {
                // The marker stays as it is, and the journal with it: whoever opens the file next
                // completes the commit, or finds it complete. To go on here, or to try again, would
                // trust a system cache that no longer says what is on disk.
                file.Latch.Trip(
                    file.Path, new IOException($"transaction {number} was cut short after C2"));
            }
        }

        Advance(turn, staged, header, marker.Cleared());
        if (header.PageCount < before.Header.PageCount)
        {
            // Nothing depends on it, and it is not synced: a longer file is as good.
            file.Observe(ProtocolStep.C8E);
            TidyOrLatch(
                turn,
                static turn => turn.Side.Main.SetLength(turn.Main.Header.LengthBytes),
                static (file, turn, failure) =>
                    file.Logger.NotCut(file.Path, turn.Main.Number, failure));
        }

        if (!file.IsSealed)
        {
            file.Observe(ProtocolStep.C9);
            TidyOrLatch(
                turn,
                static turn => turn.Journal.Clear(),
                static (file, turn, failure) =>
                    file.Logger.NotCleared(file.Path, turn.Main.Number, failure));
        }

        file.Observe(ProtocolStep.C10);
    }

    /// <summary>
    /// C8E and C9: what tidies up behind a commit that is durable. A failure here stops the open
    /// file, as every failed write does, but the commit is reported as done; the next writer finds
    /// what is left and puts it right (W4).
    /// </summary>
    private void TidyOrLatch(
        WriterTurn turn, Action<WriterTurn> tidy, Action<EngineFile, WriterTurn, IOException> log)
    {
        try
        {
            tidy(turn);
        }
        catch (IOException failure)
        {
            file.Latch.Trip(file.Path, failure);
            log(file, turn, failure);
        }
    }

    /// <summary>C1 without its sync: staged pages, the header when it changed, the seal.</summary>
    private ulong Seal(in PendingCommit commit)
    {
        JournalWriter journal = commit.Turn.Journal;
        commit.Staged.SealInto();

        // Also when a commit that met a busy lock has sealed a header that was taken back since:
        // the last frame of a sector is the one that playback writes.
        bool holdsHeader =
            journal.HoldsHeader && !file.Plants(PlantedBug.StaleHeaderFrame);
        if ((commit.Header != commit.Turn.Main.Header || holdsHeader)
            && !file.Plants(PlantedBug.HeaderNotSealed))
        {
            Span<byte> image = stackalloc byte[JournalFormat.HeaderImageBytes];
            commit.Header.WriteTo(image);
            journal.Append(FrameKind.Header, PageNumber.None, image);
        }

        if (file.Plants(PlantedBug.PatchedBeforeCommitted))
        {
            commit.Staged.NoteImages();
        }

        return journal.Seal(
            file.Plants(PlantedBug.SealNamesFirst) ? commit.Turn.Main.Number.Next : commit.Last);
    }

    /// <summary>
    /// Under main exclusive, the last look before the point of no return: both files are still the
    /// ones that the paths name, and nobody else has committed since W3. Only a broken lock (a
    /// network file system, a second hard link, a deleted journal) can fail it, and then this
    /// transaction must not be applied over the other one.
    /// </summary>
    private void VerifyUnchanged(WriterTurn turn)
    {
        LockLadder ladder = turn.Side.Ladder;
        Invariant.Holds(
            ladder.Holds(LockName.Main, LockMode.Exclusive)
            && ladder.Holds(LockName.Journal, LockMode.Exclusive)
            && ladder.Held(LockName.Gate) is null,
            "a commit is applied under the journal and main locks, with the gate open");
        Invariant.Holds(
            file.ReaderLock.Holders == 0, "no reader of this process is active under main exclusive");
        turn.Side.Paths.Verify(turn.Main.Number);
        MainState now = MainState.Read(turn.Side.Main, turn.Main);
        if (!ReferenceEquals(now, turn.Main)
            && !file.Plants(PlantedBug.WriterTrustsWhatItKnew, PlantedBug.MainNotReadAtC2))
        {
            throw new QuireException(
                QuireErrorCode.FileReplaced,
                $"{file.Path}: the file moved from transaction {turn.Main.Number} to " +
                $"{now.Number} under the journal lock. Locks do not hold here, or the file has a second " +
                "name; this transaction was not committed.");
        }
    }

    /// <summary>What this process has just written it need not read again.</summary>
    private void Advance(
        WriterTurn turn, StagedPages staged, in FileHeader header, in MarkerSector marker)
    {
        MainState before = turn.Main;
        MainState committed = _spareState?.Become(header, marker)
            ?? MainState.Committed(header, marker);
        _spareState = null;

        // Under main exclusive there are no readers. One that stages on top of a group, and an
        // optimistic one, hold no lock on main and yet images of it.
        bool isNobodyElseIn = turn.Newest is null && file.OptimisticTransactions == 0;
        file.Cache.Advance(
            before.Number.Next,
            committed.Number,
            staged.Outcome(),
            isNobodyElseIn);
        staged.NoteImages();
        file.Known = committed;
        turn.Side.Paths.Advance(committed.Number);
        turn.Side.Log.Advance(committed.Marker);
        turn.Advance(committed);
        _spareState = isNobodyElseIn ? before : null;
    }
}
