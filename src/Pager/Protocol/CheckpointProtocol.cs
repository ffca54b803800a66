using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// The checkpoint that somebody asks for: K1 to K4 of docs/protocol.md, by a writer that has staged
/// nothing. <see cref="WriteTransaction"/> brings the locks.
/// </summary>
internal sealed class CheckpointProtocol(EngineFile file, LogRecovery log)
{
    /// <summary>
    /// Whether the log holds anything, or main does not say yet that it is empty. A classic file's
    /// journal is empty between transactions.
    /// </summary>
    public bool IsDue(WriteSession session) => file.IsSealed && session.Turn.Main.Marker.LogEnd != 0;

    /// <summary>K1 to K3: main is durable and the log empty; readers go on.</summary>
    /// <exception cref="IOException">
    /// A sync or a write failed; every commit is as durable as before.
    /// </exception>
    public void EmptyLog(WriteSession session)
    {
        (WriterSide side, MainState main) = (session.Side, session.Turn.Main);
        LogHeaders headers = LogHeaders.Read(
            side.Journal, main.Header.FileId, main.Header.PageSize);
        if (headers.Condition != JournalCondition.Empty)
        {
            throw new CorruptFileException(side.Journal.Path, 0, headers.Detail);
        }

        var found = new ResolvedState(main, headers.Header, default, headers.Slot);
        log.Checkpoint(side, found, leavesEmpty: true);
    }

    /// <summary>
    /// K4, with main locked exclusive: others may have the file open, and none of them must read
    /// half a sector.
    /// </summary>
    public void NoteEmpty(WriteSession session)
    {
        Invariant.Holds(
            session.Side.Ladder.Holds(LockName.Main, LockMode.Exclusive),
            "the marker's sector is written under the main lock");
        file.Observe(ProtocolStep.K4);
        RecoveryProtocol.WriteMarker(
            session.Side.Main, session.Turn.Main.Marker with { LogEnd = 0 });
    }
}
