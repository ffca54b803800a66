using Quire.Locking;
using Quire.Storage;

namespace Quire;

/// <summary>
/// The steps of docs/protocol.md, by their ids: R for readers, W for a writer's start, C for its
/// commit, P for playback (recovery) and N for the creation of a file; in sealed files also O for
/// opening, F for the recovery of the first opener and K for checkpoints.
/// </summary>
public enum ProtocolStep
{
    /// <summary>The reader opens the main file.</summary>
    R1,

    /// <summary>The reader passes the gate and locks main shared.</summary>
    R2,

    /// <summary>The reader reads header, marker and transaction number.</summary>
    R3,

    /// <summary>
    /// The reader found the marker set: it unlocks main and recovers, or waits for who does.
    /// </summary>
    R4,

    /// <summary>The reader may query: main is consistent and stays so.</summary>
    R5,

    /// <summary>The reader drops cached pages of another transaction number.</summary>
    R6,

    /// <summary>The reader unlocks main.</summary>
    R7,

    /// <summary>The writer opens, or creates, the journal.</summary>
    W1,

    /// <summary>The writer locks the journal exclusive.</summary>
    W2,

    /// <summary>
    /// The writer waits for the journal: with next locked, behind others that wait for it.
    /// </summary>
    W2N,

    /// <summary>
    /// The writer reads header and marker; the journal lock already freezes main.
    /// </summary>
    W3,

    /// <summary>
    /// The writer found something to put right: a set marker, a leftover journal.
    /// </summary>
    W4,

    /// <summary>
    /// Main is consistent and this writer's; it holds no lock on main while it stages.
    /// </summary>
    W5,

    /// <summary>The writer sets the journal position to the beginning.</summary>
    W6,

    /// <summary>The writer stages pages, in memory and in the journal only.</summary>
    W7,

    /// <summary>The writer seals and syncs the journal.</summary>
    C1,

    /// <summary>Sealed: the writer cannot apply now, overwrites its seal and syncs.</summary>
    C1U,

    /// <summary>
    /// The writer locks main exclusive; when readers are in, it closes the gate meanwhile.
    /// </summary>
    C2,

    /// <summary>The writer writes the pages that lie past the committed end of main.</summary>
    C2E,

    /// <summary>The writer writes the marker: the commit point.</summary>
    C3,

    /// <summary>The writer syncs main.</summary>
    C4,

    /// <summary>The writer applies the staged pages to main.</summary>
    C5,

    /// <summary>The writer syncs main.</summary>
    C6,

    /// <summary>
    /// The writer clears the marker and sets the transaction number, in one write.
    /// </summary>
    C7,

    /// <summary>The writer syncs main.</summary>
    C8,

    /// <summary>
    /// The writer cuts main to its pages, when the transaction gave pages at the end up.
    /// </summary>
    C8E,

    /// <summary>The writer clears the journal.</summary>
    C9,

    /// <summary>The writer unlocks main and the journal.</summary>
    C10,

    /// <summary>
    /// Recovery locks main exclusive, by the gate, and reads the marker again.
    /// </summary>
    P1,

    /// <summary>Recovery writes the marker again and syncs main.</summary>
    P2,

    /// <summary>Recovery applies the sealed pages to main.</summary>
    P3,

    /// <summary>Recovery syncs main.</summary>
    P4,

    /// <summary>Recovery clears the marker and sets the transaction number, in one write.</summary>
    P5,

    /// <summary>Recovery syncs main.</summary>
    P6,

    /// <summary>Recovery clears the journal and unlocks main.</summary>
    P7,

    /// <summary>The creator takes the open lock and finds the file blank.</summary>
    N1,

    /// <summary>
    /// The creator sets the journal up: directory synced, header written, journal synced.
    /// </summary>
    N2,

    /// <summary>The creator writes everything of main but its header, and syncs.</summary>
    N3,

    /// <summary>The creator writes the header, syncs, and unlocks.</summary>
    N4,

    /// <summary>Sealed: the opener locks open.</summary>
    O1,

    /// <summary>Sealed: the opener tries presence exclusive.</summary>
    O2,

    /// <summary>Sealed: the opener is the first one, and recovers.</summary>
    O3,

    /// <summary>Sealed: the opener holds presence shared, and unlocks open.</summary>
    O4,

    /// <summary>Sealed: the first opener locks journal and main, and reads the log.</summary>
    F1,

    /// <summary>
    /// Sealed: the first opener writes what main does not have to the log once more, and syncs it.
    /// </summary>
    F2,

    /// <summary>Sealed: the first opener writes the marker, naming the last record.</summary>
    F3,

    /// <summary>Sealed: the first opener applies all records of the log.</summary>
    F4,

    /// <summary>Sealed: the first opener clears the marker, and unlocks.</summary>
    F5,

    /// <summary>Sealed: the checkpoint syncs main.</summary>
    K1,

    /// <summary>Sealed: the checkpoint writes the log header of a new cycle.</summary>
    K2,

    /// <summary>Sealed: the checkpoint syncs the journal.</summary>
    K3,

    /// <summary>Sealed: the last connection notes in the marker's sector that the log is empty.</summary>
    K4,
}

/// <summary>
/// Watches one open file go through the protocol. Meant for teaching, tracing and tests; called on
/// the thread that performs the step, with locks held, so it must be quick and must not use the
/// file.
/// </summary>
public abstract class ProtocolObserver
{
    /// <summary>A step is about to be performed.</summary>
    public virtual void OnStep(ProtocolStep reached)
    {
    }

    /// <summary>A lock changed hands: acquired in a mode, or released (null).</summary>
    public virtual void OnLock(LockName name, LockMode? mode)
    {
    }
}
