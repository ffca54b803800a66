using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// How a connection to a sealed file begins and ends: O1 to O4 of docs/protocol.md, and the
/// checkpoint of the last one. A classic file needs neither.
/// </summary>
internal sealed class OpeningProtocol(EngineFile file, LogRecovery recovery)
{
    /// <summary>O1 to O4; does nothing for a classic file.</summary>
    /// <param name="seen">The header, when it could be read without a lock.</param>
    /// <param name="deadline">Bounds the waits for locks.</param>
    /// <exception cref="BusyException">Another opener did not finish in time.</exception>
    /// <exception cref="CorruptFileException">Main and log do not make a file.</exception>
    /// <exception cref="QuireException">
    /// Recovery may be needed, and this opener may not write; or there are no shared locks here.
    /// </exception>
    public void Enter(FileHeader? seen, in LockDeadline deadline)
    {
        bool isSealed = seen is { } header
            ? header.Protocol == CommitProtocol.Sealed
            : LooksSealed();
        if (!isSealed)
        {
            return;
        }

        ThrowIfExclusiveOnly(file);
        LockLadder connection = file.Connection;
        try
        {
            file.Observe(ProtocolStep.O1);
            connection.Acquire(
                LockName.Open,
                file.IsReadOnly ? LockMode.Shared : LockMode.Exclusive,
                deadline);
            file.Observe(ProtocolStep.O2);
            if (file.IsReadOnly)
            {
                if (!file.Plants(PlantedBug.ReadOnlyComesIn))
                {
                    ThrowIfRecoveryMayBeNeeded();
                }
            }
            else if (connection.TryAcquire(LockName.Presence, LockMode.Exclusive))
            {
                file.Observe(ProtocolStep.O3);
                if (file.Plants(PlantedBug.OpenReleasedEarly))
                {
                    file.ReaderMain.Locks.Release(LockBytes.RangeOf(LockName.Open));
                }

                recovery.RecoverFirst(deadline);
            }

            file.Observe(ProtocolStep.O4);
            connection.Acquire(LockName.Presence, LockMode.Shared, deadline);
            connection.Release(LockName.Open);
        }
        catch
        {
            // Presence first: somebody who came in between would take it for a sign that the file
            // has been recovered.
            connection.ReleaseAll();
            throw;
        }

        // What was seen without a lock decided on the protocol, and nothing else rests on it.
        file.Identify(ReadHeader());
    }

    /// <summary>
    /// When nobody else has the file open: a checkpoint, so that the next opener finds an empty log.
    /// Waits for nothing; when something is in the way, the log stays as it is, which is as safe.
    /// </summary>
    public void Leave()
    {
        if (!file.IsSealed
            || file.IsDisposed
            || file.IsReadOnly
            || file.Latch.IsSet
            || file.Plants(PlantedBug.LogLeftByLast))
        {
            return;
        }

        LockLadder connection = file.Connection;
        if (MainState.Read(file.ReaderMain.File).Marker.LogEnd == 0
            || !connection.TryAcquire(LockName.Open, LockMode.Exclusive)
            || !connection.TryAcquire(LockName.Presence, LockMode.Exclusive))
        {
            return;
        }

        try
        {
            WriterSide side = file.OpenWriter(isClosing: true);
            if (side.TryEnter())
            {
                try
                {
                    if (side.Ladder.TryAcquire(LockName.Journal, LockMode.Exclusive))
                    {
                        recovery.CheckpointLast(side);
                    }
                }
                finally
                {
                    side.Leave();
                }
            }
        }
        catch (IOException failure)
        {
            // The commits are in the log, as durable as before.
            file.Logger.NotCheckpointed(file.Path, failure);
        }
    }

    /// <summary>Whether several connections can hold one lock here.</summary>
    public static bool CanShare(EngineFile file) =>
        file.ReaderMain.Locks.Capabilities.HasFlag(LockCapabilities.Shared);

    /// <exception cref="QuireException">Not: a sealed file cannot be used here.</exception>
    public static void ThrowIfExclusiveOnly(EngineFile file)
    {
        if (!CanShare(file))
        {
            throw new QuireException(
                QuireErrorCode.LockingUnsupported,
                $"{file.Path}: the file uses the sealed protocol, in which all connections hold a lock " +
                "together, and the locks in use are exclusive only.");
        }
    }

    private FileHeader ReadHeader()
    {
        MainState main = MainState.Read(file.ReaderMain.File);
        return main.Problem is { } problem ? throw problem.ToException(file.Path) : main.Header;
    }

    /// <summary>
    /// Which protocol the file has, before any lock: main's header says so, or, when that was torn
    /// by a power cut or is just being written, the journal's. A torn header still begins with the
    /// magic, which both of its versions have; what begins otherwise is not ours.
    /// </summary>
    private bool LooksSealed()
    {
        MainState main = MainState.Read(file.ReaderMain.File);
        if (main.Problem is null)
        {
            return main.Header.Protocol == CommitProtocol.Sealed;
        }

        if (main.Problem is not { Code: QuireErrorCode.Corrupt })
        {
            return false;
        }

        using IStorageFile? journal = file.OpenJournalToLook();
        return journal is not null
            && LogHeaders.Read(journal, main.FileId, null).Condition == JournalCondition.Empty;
    }

    /// <summary>
    /// Without the right to lock exclusive nobody can be kept out, so the file must be whole as it
    /// is: somebody has it open, who has recovered it, or there is nothing to recover.
    /// </summary>
    private void ThrowIfRecoveryMayBeNeeded()
    {
        IByteRangeLocks locks = file.ReaderMain.Locks;
        LockRange presence = LockBytes.RangeOf(LockName.Presence);
        if (locks.Capabilities.HasFlag(LockCapabilities.Probe)
            && locks.IsRefused(presence, LockMode.Exclusive))
        {
            return;
        }

        MainState main = MainState.Read(file.ReaderMain.File);
        using IStorageFile? journal = file.OpenJournalToLook();
        LogScan? log = journal is null ? null : LogScan.Read(journal, main.FileId, null);
        if (main.Problem is { } problem && log is not { Records.Count: > 0 })
        {
            // A header comes back from a record, and there is none.
            throw problem.ToException(file.Path);
        }

        bool isWhole = main.IsUsable
            && (log is null
                ? main.Marker.LogEnd == 0
                : log.Headers.Condition == JournalCondition.Empty
                    && log.Records.Count == 0
                    && main.Number == log.Header.BaseNumber);
        if (!isWhole)
        {
            throw new QuireException(
                QuireErrorCode.RecoveryNeeded,
                $"{file.Path}: the log holds {log?.Records.Count ?? 0} transactions that may not all " +
                "be in the file, and this opener may only read. Open the file for writing once, or " +
                "run 'quire recover'.");
        }
    }
}
