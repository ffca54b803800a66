using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// The writer's algorithm with the classic protocol: W1 to W7 and C1 to C10 of docs/protocol.md, in
/// that order.
/// </summary>
/// <remarks>
/// What holds, and is checked on the way:
/// <list type="number">
/// <item>From W2 to C10 the journal is locked exclusive; nobody else writes either file.</item>
/// <item>Main is written only between C2 and C10, with main locked exclusive.</item>
/// <item>From C3 to C8 the journal holds the whole transaction, sealed and synced.</item>
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
        if (!side.Queue.Enter(deadline))
        {
            throw BusyHere(side, deadline);
        }

        try
        {
            file.Observe(ProtocolStep.W2);
            side.Ladder.Acquire(LockName.Journal, LockMode.Exclusive, deadline);
        }
        catch
        {
            side.Leave();
            throw;
        }

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
        if (!await side.Queue.EnterAsync(deadline).ConfigureAwait(false))
        {
            throw BusyHere(side, deadline);
        }

        try
        {
            file.Observe(ProtocolStep.W2);
            while (!side.Ladder.TryAcquire(LockName.Journal, LockMode.Exclusive))
            {
                await side.Ladder
                    .PauseForAsync(LockName.Journal, LockMode.Exclusive, deadline)
                    .ConfigureAwait(false);
            }
        }
        catch
        {
            side.Leave();
            throw;
        }

        return Start(side, excludesReaders, deadline);
    }

    /// <summary>W3 to W6, with the journal locked.</summary>
    private WriteSession Start(WriterSide side, bool excludesReaders, in LockDeadline deadline)
    {
        try
        {
            // W3, W4: nobody can change main any more.
            (MainState main, JournalHeader header) = recovery.Resolve(
                side, deadline, file.Plants(PlantedBug.WriterTrustsWhatItKnew) ? file.Known : null);
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
            _journal.Begin(header, main.Number.Next);
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

    private static BusyException BusyHere(WriterSide side, in LockDeadline deadline) => new(
        side.Journal.Path,
        LockBytes.NameOf(LockName.Journal),
        LockMode.Exclusive,
        deadline.Waited,
        [new LockHolder(
            Environment.ProcessId,
            "this process, another transaction",
            LockMode.Exclusive,
            LockBytes.RangeOf(LockName.Journal))]);

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
            commit.Session.Side.Ladder.AcquireMainExclusive(deadline);
        }

        Apply(commit, sealChecksum);
    }

    /// <summary>C1.</summary>
    /// <returns>The seal checksum.</returns>
    public ulong SealAndSync(PendingCommit commit)
    {
        file.Observe(ProtocolStep.C1);
        ulong sealChecksum = Seal(commit.Session, commit.Staged, commit.Header);
        file.SyncUnless(PlantedBug.MarkerBeforeJournalSync, commit.Session.Side.Journal);
        return sealChecksum;
    }

    /// <summary>C2E to C10, with main locked exclusive; on failure it is unlocked again.</summary>
    public void Apply(PendingCommit commit, ulong sealChecksum)
    {
        (WriteSession session, StagedPages staged, FileHeader header) = commit;
        WriterSide side = session.Side;
        TransactionNumber number = session.Main.Number.Next;
        MarkerSector marker = session.Main.Marker.Set(number, sealChecksum);
        try
        {
            VerifyUnchanged(session);
            file.Observe(ProtocolStep.C2E);
            Extend(session, staged, header);
        }
        catch
        {
            LetReadersIn(session);
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

            file.Observe(ProtocolStep.C4);
            file.SyncUnless(PlantedBug.PagesBeforeMarkerSync, side.Main);

            file.Observe(ProtocolStep.C5);
            WritePages(session, staged, header);

            file.Observe(ProtocolStep.C6);
            file.SyncUnless(PlantedBug.MarkerClearedBeforeSync, side.Main);

            file.Observe(ProtocolStep.C7);
            RecoveryProtocol.WriteMarker(side.Main, marker.Cleared());
            if (file.Plants(PlantedBug.JournalClearedBeforeSync))
            {
                session.Journal.Clear();
            }

            file.Observe(ProtocolStep.C8);
            side.Main.Sync();
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
            file.Observe(ProtocolStep.C8E);
            CutOrLatch(session, header, number);
        }

        file.Observe(ProtocolStep.C9);
        ClearJournalOrLatch(session, number);

        file.Observe(ProtocolStep.C10);
    }

    /// <summary>
    /// C8E: gives the room past the last page back. Nothing depends on it, and it is not synced: a
    /// file that is longer than its pages is as good.
    /// </summary>
    private void CutOrLatch(WriteSession session, FileHeader header, TransactionNumber number)
    {
        try
        {
            session.Side.Main.SetLength(
                MainFormat.OffsetOf(new PageNumber(header.PageCount), file.PageSize));
        }
        catch (IOException failure)
        {
            file.Latch.Trip(file.Path, failure);
            file.Logger.NotCut(file.Path, number, failure);
        }
    }

    /// <summary>
    /// C9. A failure here stops the open file, as every failed write does, but the commit is
    /// durable since C8 and is reported as such; the next writer finds the journal and confirms
    /// (W4).
    /// </summary>
    private void ClearJournalOrLatch(WriteSession session, TransactionNumber number)
    {
        try
        {
            session.Journal.Clear();
        }
        catch (IOException failure)
        {
            file.Latch.Trip(file.Path, failure);
            file.Logger.NotCleared(file.Path, number, failure);
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

    /// <summary>
    /// C2E: pages past the committed end of main are written before the marker. Nobody can see
    /// them, and a full disk shows here, where nothing is committed yet, instead of in the middle
    /// of C5. The sync of C4 covers them.
    /// </summary>
    private void Extend(WriteSession session, StagedPages staged, FileHeader header)
    {
        uint committed = session.Main.Header.PageCount;
        if (header.PageCount <= committed)
        {
            return;
        }

        long before = session.Side.Main.GetLength();
        try
        {
            uint next = committed;
            foreach ((PageNumber page, byte[] image) in staged.Images())
            {
                if (page.Value >= committed)
                {
                    FillWithZeros(session, next, page.Value);
                    session.Side.Main.Write(MainFormat.OffsetOf(page, file.PageSize), image);
                    next = page.Value + 1;
                }
            }

            FillWithZeros(session, next, header.PageCount);
        }
        catch (StorageFullException)
        {
            session.Side.Main.SetLength(before);
            throw;
        }
    }

    /// <summary>Pages that were allocated and freed again take their space all the same.</summary>
    private void FillWithZeros(WriteSession session, uint from, uint to)
    {
        byte[] zeros = from < to ? new byte[file.PageSize] : [];
        for (uint page = from; page < to; page++)
        {
            session.Side.Main.Write(MainFormat.OffsetOf(new PageNumber(page), file.PageSize), zeros);
        }
    }

    /// <summary>
    /// C5: pages within the committed end, and the header sector. Never the marker (R-G6).
    /// </summary>
    private void WritePages(WriteSession session, StagedPages staged, FileHeader header)
    {
        foreach ((PageNumber page, byte[] image) in staged.Images())
        {
            if (page.Value < session.Main.Header.PageCount)
            {
                session.Side.Main.Write(MainFormat.OffsetOf(page, file.PageSize), image);
            }
        }

        if (header != session.Main.Header)
        {
            Span<byte> sector = stackalloc byte[MainFormat.SectorBytes];
            header.WriteTo(sector);
            session.Side.Main.Write(MainFormat.HeaderOffset, sector);
            if (file.Plants(PlantedBug.MarkerInHeaderImage))
            {
                RecoveryProtocol.WriteMarker(session.Side.Main, session.Main.Marker);
            }
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
