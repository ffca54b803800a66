using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// Recovery of a sealed file, docs/protocol.md "The sealed protocol": what a first opener does
/// (F1 to F5), what a reader or writer does that finds a commit cut short (P1, P3, P5), and the
/// checkpoint (K1 to K3).
/// </summary>
/// <remarks>
/// Invariants, all under the journal lock:
/// <list type="number">
/// <item>What main lacks on the disk is in records of the current cycle.</item>
/// <item>While anybody has the file open, main as the system's cache has it is the state after the
/// last commit, or the marker says which record makes it so.</item>
/// <item>The log is appended to only when the header of its cycle is known to be on disk.</item>
/// </list>
/// </remarks>
internal sealed partial class LogRecovery(EngineFile file, RecoveryProtocol recovery)
{
    /// <summary>W3 and W4.</summary>
    /// <exception cref="BusyException">
    /// A commit had to be completed and main was not to be had in time.
    /// </exception>
    /// <exception cref="CorruptFileException">Main or the log cannot be used.</exception>
    public ResolvedState ResolveUnderJournalLock(WriterSide side, in LockDeadline deadline)
    {
        Invariant.Holds(
            side.Ladder.Holds(LockName.Journal, LockMode.Exclusive),
            "recovery runs under the journal lock");
        file.Observe(ProtocolStep.W3);
        MainState main = MainState.Read(side.Main, file.Known);
        side.Paths.Verify(main.Number);
        if (main.Condition == MarkerCondition.Set)
        {
            file.Observe(ProtocolStep.W4);
            main = CompleteMarked(side, deadline);
        }

        if (!main.IsUsable)
        {
            throw main.ToException(file.Path);
        }

        return side.Log.Recall(file, side.Journal, main) ?? Look(side, main);
    }

    private ResolvedState Look(WriterSide side, MainState main)
    {
        side.Log.Forget();
        Span<byte> sectors = stackalloc byte[2 * JournalHeader.SizeBytes];
        LogHeaders headers = LogHeaders.Read(
            side.Journal, main.Header.FileId, main.Header.PageSize, sectors);
        ThrowIfUnusable(side, headers);
        var found = new ResolvedState(
            main, headers.Header, FindEnd(side, main, headers.Header), headers.Slot);
        side.Log.Remember(found, sectors);
        return found;
    }

    /// <summary>
    /// The end of W6: makes room when the log is long, and makes sure of the header of a cycle
    /// that has no record yet.
    /// </summary>
    public ResolvedState PrepareAppend(WriterSide side, ResolvedState found)
    {
        if (found.Start.Offset - JournalFormat.FirstRecordOffset > file.Options.CheckpointBytes)
        {
            return Checkpoint(side, found);
        }

        bool isFirst = found.Start == LogPosition.Beginning(found.Journal);
        if (isFirst && (found.Journal.IsClosed || side.DurableCycle != found.Journal.Salt))
        {
            if (found.Journal.IsClosed)
            {
                // K4 was not synced: a power cut may still tear the marker's sector, and it may do
                // so only as long as the log says that it was left empty.
                file.SyncUnless(PlantedBug.EmptyMarkNotSynced, side.Main);
            }

            found = found with { Journal = found.Journal with { IsClosed = false } };
            if (!file.Plants(PlantedBug.CycleNotConfirmed))
            {
                WriteHeader(side, found.Journal, found.Slot);
                side.Journal.Sync();
            }

            side.DurableCycle = found.Journal.Salt;
        }

        return found;
    }

    /// <summary>K1 to K3, under the journal lock and with the marker clear.</summary>
    /// <param name="side">The writer's descriptors, with the journal locked.</param>
    /// <param name="found">Main and the log as they are.</param>
    /// <param name="leavesEmpty">Whether K4 follows.</param>
    /// <returns>The same, with an empty log.</returns>
    public ResolvedState Checkpoint(WriterSide side, ResolvedState found, bool leavesEmpty = false)
    {
        file.Observe(ProtocolStep.K1);
        file.SyncUnless(PlantedBug.CheckpointWithoutMain, side.Main);

        file.Observe(ProtocolStep.K2);
        JournalHeader next = found.Journal with
        {
            Salt = file.Plants(PlantedBug.SaltNotChanged)
                ? found.Journal.Salt
                : unchecked(found.Journal.Salt + 1),
            BaseNumber = found.Main.Number,
            IsClosed = leavesEmpty,
        };
        int slot = file.Plants(PlantedBug.OneLogHeader, PlantedBug.SaltNotChanged)
            ? found.Slot
            : 1 - found.Slot;
        WriteHeader(side, next, slot);

        file.Observe(ProtocolStep.K3);
        file.SyncUnless(PlantedBug.CycleNotSynced, side.Journal);
        side.DurableCycle = next.Salt;

        var writer = new JournalWriter(
            side.Journal, next.PageSize, file.Options.JournalLimitBytes);
        writer.Begin(next, next.BaseNumber.Next, LogPosition.Beginning(next));
        writer.CutBack();
        return new ResolvedState(found.Main, next, LogPosition.Beginning(next), slot);
    }

    /// <summary>
    /// K1 to K4: the last connection empties the log, so that main alone is the file.
    /// </summary>
    /// <remarks>
    /// Open and presence are held exclusive: nobody else has the file, or gets it meanwhile, so that
    /// the marker's sector may be written without main locked. Not synced: that the log is empty is
    /// what its header says; the marker repeats it for a main file whose journal was lost.
    /// </remarks>
    public void CheckpointLast(WriterSide side)
    {
        MainState main = MainState.Read(side.Main);
        LogHeaders headers = LogHeaders.Read(side.Journal, main.FileId, null);
        if (!main.IsUsable || headers.Condition != JournalCondition.Empty)
        {
            return;
        }

        Checkpoint(
            side, new ResolvedState(main, headers.Header, default, headers.Slot), leavesEmpty: true);
        file.Observe(ProtocolStep.K4);
        RecoveryProtocol.WriteMarker(side.Main, main.Marker with { LogEnd = 0 });
    }

    /// <summary>
    /// A writer died between C3 and C7, while others had the file open: main lacks this one record,
    /// and the log has it, synced.
    /// </summary>
    private MainState CompleteMarked(WriterSide side, in LockDeadline deadline)
    {
        MainState main = recovery.LockMain(side, deadline);
        try
        {
            if (main.Condition != MarkerCondition.Set)
            {
                return main;
            }

            LogScan log = LogScan.Read(side.Journal, main.FileId, main.PageSize);
            ThrowIfUnusable(side, log.Headers);
            int marked = log.Records.TakeWhile(record => !IsMarked(record, main.Marker)).Count();
            if (marked == log.Records.Count)
            {
                throw new CorruptFileException(
                    file.Path,
                    MainFormat.MarkerOffset,
                    $"a commit was cut short (transaction {main.Marker.Marker}) and the log cannot " +
                    $"complete it: {log.Detail}");
            }

            PlaybackPlan plan = PlaybackPlan.Make(
                main,
                log.Header,
                [.. log.Records.Take(marked + 1).Select(record => record.Frames)],
                side.Journal,
                file.Path,
                applied: marked);
            file.Observe(ProtocolStep.P3);
            plan.Apply(side.Journal, side.Main, log.Header.PageSize);
            ExtendTo(side, plan.Header);
            file.Observe(ProtocolStep.P5);
            RecoveryProtocol.WriteMarker(side.Main, main.Marker.Cleared());
            file.Logger.PlayedBack(file.Path, main.Marker.Marker, plan.Images.Count);
            return MainState.Read(side.Main);
        }
        finally
        {
            side.Ladder.Release(LockName.Main);
        }
    }

    private static bool IsMarked(LogRecord record, MarkerSector marker) =>
        record.Number == marker.Marker && record.SealChecksum == marker.SealChecksum;

    /// <summary>Where the next record goes: behind that of the last commit.</summary>
    private LogPosition FindEnd(WriterSide side, MainState main, JournalHeader header)
    {
        if (file.Plants(PlantedBug.AppendedBehindAbandoned)
            && LogScan.Read(side.Journal, header.FileId, header.PageSize).Records is [.., var end])
        {
            return LogPosition.Behind(end.End, end.SealChecksum);
        }

        if (main.Number == header.BaseNumber)
        {
            return LogPosition.Beginning(header);
        }

        MarkerSector marker = main.Marker;
        Span<byte> bytes = stackalloc byte[JournalFrameHeader.SizeBytes];
        long offset = marker.LogEnd - JournalFrameHeader.SizeBytes;
        int length = offset >= JournalFormat.FirstRecordOffset
            ? side.Journal.Read(offset, bytes)
            : 0;
        JournalFrameHeader seal = JournalFrameHeader.Read(bytes);
        bool isThere = length == bytes.Length
            && seal.Kind == FrameKind.Seal
            && seal.Number == main.Number
            && seal.Salt == header.Salt
            && seal.Chain == marker.SealChecksum;
        return isThere && main.Number.Value > header.BaseNumber.Value
            ? LogPosition.Behind(marker.LogEnd, marker.SealChecksum)
            : throw new CorruptFileException(
                side.Journal.Path,
                offset,
                $"main is at transaction {main.Number}, whose record should end at byte " +
                $"{marker.LogEnd} with seal {marker.SealChecksum:x16}; the log, with base " +
                $"{header.BaseNumber}, has something else there");
    }

    private static void ThrowIfUnusable(WriterSide side, in LogHeaders headers)
    {
        if (headers.Condition != JournalCondition.Empty)
        {
            throw new CorruptFileException(
                side.Journal.Path,
                0,
                headers.Detail,
                headers.Condition == JournalCondition.Foreign
                    ? QuireErrorCode.ForeignJournal
                    : QuireErrorCode.Corrupt);
        }
    }

    /// <summary>
    /// Pages that were allocated and freed again have no image; they take their space all the same.
    /// </summary>
    private static void ExtendTo(WriterSide side, in FileHeader header)
    {
        long needed = header.LengthBytes;
        if (side.Main.GetLength() < needed)
        {
            side.Main.SetLength(needed);
        }
    }

    private static void WriteHeader(WriterSide side, JournalHeader header, int slot)
    {
        side.Log.Forget();
        Span<byte> sector = stackalloc byte[JournalHeader.SizeBytes];
        header.WriteTo(sector);
        side.Journal.Write(LogHeaders.OffsetOf(slot), sector);
    }
}
