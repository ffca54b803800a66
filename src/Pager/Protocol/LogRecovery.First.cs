using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <content>F1 to F5: what the first opener of a sealed file does.</content>
internal sealed partial class LogRecovery
{
    /// <summary>
    /// F1 to F5, with open locked and presence locked exclusive: whatever a power cut has left of
    /// main becomes the state after the last record of the log.
    /// </summary>
    /// <exception cref="CorruptFileException">Main and log do not make a file.</exception>
    public void RecoverFirst(in LockDeadline deadline)
    {
        WriterSide side = file.OpenWriter();
        lock (side.Recovering)
        {
            try
            {
                file.Observe(ProtocolStep.F1);
                side.Ladder.Acquire(LockName.Journal, LockMode.Exclusive, deadline);
                side.Paths.Compare();
                RecoverFirstUnderJournalLock(side, deadline);
            }
            finally
            {
                side.Ladder.ReleaseAll();
            }
        }
    }

    private void RecoverFirstUnderJournalLock(WriterSide side, in LockDeadline deadline)
    {
        side.Ladder.AcquireMainExclusive(deadline);
        MainState main = MainState.Read(side.Main);
        LogScan log = LogScan.Read(side.Journal, main.FileId, main.PageSize);
        if (log.Headers.Condition is JournalCondition.Blank && main.IsUsable
            && main.Marker.LogEnd == 0)
        {
            recovery.CreateJournal(side, main.Header, main.Number);
            side.DurableCycle = null;
            return;
        }

        ThrowIfUnusable(side, log.Headers);
        ThrowIfMoreIsMissing(main, log);
        if (log.Records.Count == 0)
        {
            ConfirmEmpty(side, main, log);
        }
        else
        {
            Replay(side, main, log);
        }

        if (log.Headers.IsOtherDamaged)
        {
            // A header that cannot be read now must not count when it can be read again: the log
            // would have grown behind another one meanwhile.
            MainState now = MainState.Read(side.Main);
            Checkpoint(side, new ResolvedState(now, log.Header, default, log.Headers.Slot));
        }
    }

    /// <summary>
    /// Main alone is the file, and its marker says so, but in two cases: it is torn, because power
    /// failed as the last connection wrote that the log is empty; or it is set to the base, because
    /// a first opener took the other log header for the one that counts (this one was not to be
    /// read at that moment) and died as it applied records that main had already. Torn
    /// under a log that was not left empty it is damage: what it spoke of may have been in the log.
    /// </summary>
    private void ConfirmEmpty(WriterSide side, MainState main, LogScan log)
    {
        bool isLost = main.Condition == MarkerCondition.Unreadable && !log.Header.IsClosed;
        if (main.Problem is not null || isLost)
        {
            throw main.ToException(file.Path);
        }

        if (main.Condition != MarkerCondition.Clear)
        {
            RecoveryProtocol.WriteMarker(
                side.Main,
                new MarkerSector(default, log.Header.BaseNumber, 0, log.Header.FileId));
        }
    }

    /// <summary>F2 to F5.</summary>
    private void Replay(WriterSide side, MainState main, LogScan log)
    {
        IEnumerable<LogRecord> records = file.Plants(PlantedBug.FilteredByMain)
            ? log.Records.Where(record => record.Number.Value > main.Number.Value)
            : log.Records;
        PlaybackPlan plan = PlaybackPlan.Make(
            main,
            log.Header,
            [.. records.Select(record => record.Frames)],
            side.Journal,
            file.Path);

        file.Observe(ProtocolStep.F2);
        if (!file.Plants(PlantedBug.UnappliedNotRewritten))
        {
            WriteHeader(side, log.Header, log.Headers.Slot);
            RewriteUnapplied(side, main, log);
        }

        file.SyncUnless(PlantedBug.LogNotSynced, side.Journal);
        side.DurableCycle = log.Header.Salt;

        file.Observe(ProtocolStep.F3);
        LogRecord last = log.Records[^1];
        MarkerSector marker = (main.Marker with { FileId = log.Header.FileId })
            .Set(last.Number, last.SealChecksum, last.End);
        RecoveryProtocol.WriteMarker(side.Main, marker);

        file.Observe(ProtocolStep.F4);
        plan.Apply(side.Journal, side.Main, log.Header.PageSize);
        ExtendTo(side, plan.Header);

        file.Observe(ProtocolStep.F5);
        RecoveryProtocol.WriteMarker(side.Main, marker.Cleared());
        file.Logger.PlayedBack(file.Path, last.Number, plan.Images.Count);
    }

    /// <summary>
    /// The records that main does not have, the same bytes over themselves: the sync of their writer
    /// may have failed, which leaves them marked as clean and perhaps not on disk.
    /// </summary>
    private static void RewriteUnapplied(WriterSide side, MainState main, LogScan log)
    {
        ulong chain = log.Header.Salt;
        var window = new JournalWindow(side.Journal);
        foreach (LogRecord record in log.Records)
        {
            bool isApplied = main.Condition == MarkerCondition.Clear
                && record.Number.Value <= main.Number.Value;
            if (!isApplied)
            {
                // Read anew, so held against its checksums anew: what is written is what was sealed.
                RecordRead again = FrameReader.ReadRecord(
                    window, log.Header, record.Start, chain, record.First, rewrites: true);
                if (again.SealChecksum != record.SealChecksum)
                {
                    throw new CorruptFileException(
                        side.Journal.Path,
                        again.End,
                        $"transaction {record.Number} was read whole, and a moment later: " +
                        $"{again.Problem}");
                }
            }

            chain = record.SealChecksum;
        }
    }

    /// <summary>
    /// Whatever main says that it has was synced in the log, or synced in main by a checkpoint,
    /// before it said so. If neither holds it, something was lost that no power cut takes.
    /// </summary>
    private void ThrowIfMoreIsMissing(MainState main, LogScan log)
    {
        if (main.Condition == MarkerCondition.Unreadable)
        {
            return;
        }

        TransactionNumber named = main.Marker.Named;
        bool isWhole = named.Value >= log.Header.BaseNumber.Value
            && named.Value <= log.LastNumber.Value;
        if (!isWhole)
        {
            throw new CorruptFileException(
                file.Path,
                MainFormat.MarkerOffset,
                $"main speaks of transaction {named}; the log goes from {log.Header.BaseNumber} to " +
                $"{log.LastNumber}: {log.Detail}");
        }
    }
}
