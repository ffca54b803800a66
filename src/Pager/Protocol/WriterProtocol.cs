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
internal sealed class WriterProtocol(EngineFile file, RecoveryProtocol recovery)
{
    private JournalWriter? _journal;

    /// <summary>W1 to W6.</summary>
    /// <param name="excludesReaders">Whether to lock main exclusive while staging, too.</param>
    /// <param name="deadline">Bounds the waits for the journal lock, and for main.</param>
    /// <exception cref="BusyException">
    /// A lock could not be had in time; nothing is held.
    /// </exception>
    public WriteSession Begin(bool excludesReaders, in LockDeadline deadline)
    {
        file.Observe(ProtocolStep.W1);
        WriterSide side = file.OpenWriter();
        WriterEntrance.Enter(file, side, deadline);
        return Start(side, excludesReaders, deadline);
    }

    /// <summary>
    /// As <see cref="Begin"/>, without a thread that waits for the journal lock. What has to be put
    /// right then is put right on the spot.
    /// </summary>
    public async ValueTask<WriteSession> BeginAsync(bool excludesReaders, LockDeadline deadline)
    {
        file.Observe(ProtocolStep.W1);
        WriterSide side = file.OpenWriter();
        await WriterEntrance.EnterAsync(file, side, deadline).ConfigureAwait(false);
        return Start(side, excludesReaders, deadline);
    }

    /// <summary>W3 to W6, with the journal locked.</summary>
    private WriteSession Start(WriterSide side, bool excludesReaders, in LockDeadline deadline)
    {
        try
        {
            // W3, W4: nobody can change main any more.
            ResolvedState found = recovery.Resolve(
                side, deadline, file.Plants(PlantedBug.WriterTrustsWhatItKnew) ? file.Known : null);
            MainState main = found.Main;
            if (main.Number.Next.Value == 0)
            {
                // Number 0 in the marker means that it is clear: such a commit could not be marked.
                throw new CorruptFileException(
                    file.Path,
                    MainFormat.MarkerOffset,
                    $"transaction {main.Number} is the last that can be numbered");
            }

            CreationProtocol.Confirm(file, side, main);

            // W5: the journal lock freezes main, so no lock on main is held while staging, unless
            // readers are to be kept out. Readers of this process may share the cache: they too see
            // main at this number.
            file.Observe(ProtocolStep.W5);
            if (excludesReaders)
            {
                side.Ladder.AcquireMainExclusive(deadline);
            }

            file.Cache.Revalidate(main.Number);
            file.Known = main;

            file.Observe(ProtocolStep.W6);
            _journal ??= new JournalWriter(
                side.Journal, file.PageSize, file.Options.JournalLimitBytes);
            if (file.IsSealed)
            {
                found = recovery.Log.PrepareAppend(side, found);
            }

            _journal.Begin(found.Journal, main.Number.Next, found.Start);
            if (file.Plants(PlantedBug.PositionNotReset))
            {
                PlantedMistakes.StageLeftover(side, _journal, main.Header);
            }

            return new WriteSession(side, main, _journal, excludesReaders);
        }
        catch
        {
            side.Leave();
            throw;
        }
    }

    /// <summary>Undoes C2. An exclusive transaction keeps main for itself until it ends.</summary>
    private static void LetReadersIn(WriteSession session)
    {
        if (!session.ExcludesReaders)
        {
            session.Side.Ladder.Release(LockName.Main);
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
        if (!commit.Session.ExcludesReaders)
        {
            try
            {
                commit.Session.Side.Ladder.AcquireMainExclusive(deadline);
            }
            catch
            {
                TakeSealBack(commit.Session);
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
    public void TakeSealBack(WriteSession session)
    {
        if (!file.IsSealed
            || !session.Journal.IsSealed
            || file.Plants(PlantedBug.SealNotTakenBack))
        {
            return;
        }

        file.Observe(ProtocolStep.C1U);
        InDoubtWhenFailing(session, () =>
        {
            session.Journal.TakeSealBack();
            session.Side.Journal.Sync();
        });
    }

    /// <summary>Leaves main as it was, and nothing in the journal that could be played back.</summary>
    public void Discard(WriteSession session)
    {
        if (file.IsSealed)
        {
            TakeSealBack(session);
            session.Journal.Abandon();
        }
        else
        {
            session.Journal.Clear();
        }
    }

    /// <summary>C1.</summary>
    /// <returns>The seal checksum.</returns>
    public ulong SealAndSync(PendingCommit commit)
    {
        file.Observe(ProtocolStep.C1);
        if (file.IsSealed)
        {
            // A seal of which it is not known whether it is on disk may come to count.
            ulong sealChecksum = 0;
            InDoubtWhenFailing(commit.Session, () =>
            {
                sealChecksum = Seal(commit.Session, commit.Staged, commit.Header);
                commit.Session.Side.Journal.Sync();
            });
            return sealChecksum;
        }

        ulong classic = Seal(commit.Session, commit.Staged, commit.Header);
        file.SyncUnless(PlantedBug.MarkerBeforeJournalSync, commit.Session.Side.Journal);
        return classic;
    }

    private void InDoubtWhenFailing(WriteSession session, Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (
            failure is FaultedException or (IOException and not StorageFullException))
        {
            TransactionNumber number = session.Main.Number.Next;
            file.Logger.InDoubt(file.Path, number, failure);
            throw new CommitInDoubtException(file.Path, number.Value, failure);
        }
    }

    /// <summary>C2E to C10, with main locked exclusive; on failure it is unlocked again.</summary>
    public void Apply(PendingCommit commit, ulong sealChecksum)
    {
        (WriteSession session, StagedPages staged, FileHeader header) = commit;
        WriterSide side = session.Side;
        TransactionNumber number = session.Main.Number.Next;
        MarkerSector marker = session.Main.Marker.Set(
            number, sealChecksum, file.IsSealed ? session.Journal.Position : 0);
        var pages = new PageWriter(file, session);
        try
        {
            VerifyUnchanged(session);
            file.Observe(ProtocolStep.C2E);
            pages.Extend(staged, header);
        }
        catch
        {
            LetReadersIn(session);
            TakeSealBack(session);
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
            pages.Write(staged, header);

            if (!file.IsSealed)
            {
                file.Observe(ProtocolStep.C6);
                file.SyncUnless(PlantedBug.MarkerClearedBeforeSync, side.Main);
            }

            file.Observe(ProtocolStep.C7);
            RecoveryProtocol.WriteMarker(side.Main, marker.Cleared());
            if (file.Plants(PlantedBug.JournalClearedBeforeSync))
            {
                session.Journal.Clear();
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
            file.Logger.InDoubt(file.Path, number, failure);
            throw new CommitInDoubtException(file.Path, number.Value, failure);
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

        AdvanceCache(staged, MainState.Committed(header, marker.Cleared()));
        if (header.PageCount < session.Main.Header.PageCount)
        {
            // Nothing depends on it, and it is not synced: a longer file is as good.
            file.Observe(ProtocolStep.C8E);
            TidyOrLatch(
                () => side.Main.SetLength(
                    MainFormat.OffsetOf(new PageNumber(header.PageCount), file.PageSize)),
                failure => file.Logger.NotCut(file.Path, number, failure));
        }

        if (!file.IsSealed)
        {
            file.Observe(ProtocolStep.C9);
            TidyOrLatch(
                session.Journal.Clear,
                failure => file.Logger.NotCleared(file.Path, number, failure));
        }

        file.Observe(ProtocolStep.C10);
    }

    /// <summary>
    /// C8E and C9: what tidies up behind a commit that is durable. A failure here stops the open
    /// file, as every failed write does, but the commit is reported as done; the next writer finds
    /// what is left and puts it right (W4).
    /// </summary>
    private void TidyOrLatch(Action tidy, Action<IOException> log)
    {
        try
        {
            tidy();
        }
        catch (IOException failure)
        {
            file.Latch.Trip(file.Path, failure);
            log(failure);
        }
    }

    /// <summary>C10, and the end of a transaction that was rolled back.</summary>
    public static void Release(WriteSession session) => session.Side.Leave();

    /// <summary>C1 without its sync: staged pages, the header when it changed, the seal.</summary>
    private ulong Seal(WriteSession session, StagedPages staged, FileHeader header)
    {
        staged.SealInto();

        // Also when a commit that met a busy lock has sealed a header that was taken back since:
        // the last frame of a sector is the one that playback writes.
        bool holdsHeader =
            session.Journal.HoldsHeader && !file.Plants(PlantedBug.StaleHeaderFrame);
        if ((header != session.Main.Header || holdsHeader)
            && !file.Plants(PlantedBug.HeaderNotSealed))
        {
            Span<byte> image = stackalloc byte[JournalFormat.HeaderImageBytes];
            header.WriteTo(image);
            session.Journal.Append(FrameKind.Header, PageNumber.None, image);
        }

        return session.Journal.Seal();
    }

    /// <summary>
    /// Under main exclusive, the last look before the point of no return: both files are still the
    /// ones that the paths name, and nobody else has committed since W3. Only a broken lock (a
    /// network file system, a second hard link, a deleted journal) can fail it, and then this
    /// transaction must not be applied over the other one.
    /// </summary>
    private void VerifyUnchanged(WriteSession session)
    {
        Invariant.Holds(
            session.Side.Ladder.Holds(LockName.Main, LockMode.Exclusive)
            && session.Side.Ladder.Holds(LockName.Journal, LockMode.Exclusive)
            && session.Side.Ladder.Held(LockName.Gate) is null,
            "a commit is applied under the journal and main locks, with the gate open");
        Invariant.Holds(
            file.ReaderLock.Holders == 0, "no reader of this process is active under main exclusive");
        recovery.VerifyIdentities(session.Side);
        MainState now = MainState.Read(session.Side.Main, session.Main);
        if (!ReferenceEquals(now, session.Main)
            && !file.Plants(PlantedBug.WriterTrustsWhatItKnew, PlantedBug.MainNotReadAtC2))
        {
            throw new QuireException(
                QuireErrorCode.FileReplaced,
                $"{file.Path}: the file moved from transaction {session.Main.Number} to " +
                $"{now.Number} under the journal lock. Locks do not hold here, or the file has a second " +
                "name; this transaction was not committed.");
        }
    }

    /// <summary>What this process has just written it need not read again.</summary>
    private void AdvanceCache(StagedPages staged, MainState committed)
    {
        file.Cache.Advance(committed.Number, staged.InMemory(), staged.OnlyInJournal());
        file.Known = committed;
    }
}

/// <summary>What a writer holds between W6 and C10.</summary>
/// <param name="Side">The writer's descriptors and locks.</param>
/// <param name="Main">Main as it was at W3.</param>
/// <param name="Journal">The journal, positioned at its beginning.</param>
/// <param name="ExcludesReaders">Whether main is locked exclusive from W5 on.</param>
internal sealed record WriteSession(
    WriterSide Side, MainState Main, JournalWriter Journal, bool ExcludesReaders);

/// <summary>What <see cref="WriterProtocol.Commit"/> makes durable.</summary>
/// <param name="Session">What <see cref="WriterProtocol.Begin"/> returned.</param>
/// <param name="Staged">The changed pages.</param>
/// <param name="Header">The header after the transaction.</param>
internal readonly record struct PendingCommit(
    WriteSession Session, StagedPages Staged, FileHeader Header);
