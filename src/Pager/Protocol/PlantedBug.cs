namespace Quire.Pager;

/// <summary>
/// Mistakes that the engine makes on purpose, one at a time, so that tests can show that the crash
/// lab notices them. Test-only: an internal option, <see cref="None"/> for everybody else.
/// </summary>
/// <remarks>
/// Each is a line or two in the code, marked with its name. docs/planted-bugs.md tells how each one
/// is noticed, and takes the comments here for its table: the steps, then what is wrong. The last
/// ones are harmless alone, because something else protects, and stand here to prove it.
/// </remarks>
internal enum PlantedBug
{
    /// <summary>The engine as it is.</summary>
    None,

    /// <summary>R3: a reader takes main as it is, marker or not.</summary>
    ReaderIgnoresMarker,

    /// <summary>R5, R7: main is unlocked before the query, which runs without the lock.</summary>
    ReaderUnlocksEarly,

    /// <summary>
    /// R4: the reader waits for the journal and keeps main meanwhile (note [1a]).
    /// </summary>
    ReaderKeepsMain,

    /// <summary>
    /// R4: the reader queues for the journal lock instead of starting over (rule R-G4).
    /// </summary>
    ReaderQueuesForJournal,

    /// <summary>R2: readers do not look at the gate (rule R-G8).</summary>
    ReaderIgnoresGate,

    /// <summary>W2: a writer does not look at next before it tries the journal (rule R-G9).</summary>
    WriterIgnoresNext,

    /// <summary>R6: cached pages outlive the transaction number they were read at.</summary>
    CacheNotDropped,

    /// <summary>
    /// W3: a writer goes on from the state of main that it knew, unread. Needs the look at C2 to be
    /// dropped too, which would refuse the commit (<see cref="MainNotReadAtC2"/>).
    /// </summary>
    WriterTrustsWhatItKnew,

    /// <summary>
    /// W6: frames are appended behind those of a dead writer. Needs W4 to leave the journal alone
    /// too: the published algorithm truncates at W6, the engine clears what is left at W4 already
    /// (<see cref="LeftoverNotCleared"/>).
    /// </summary>
    PositionNotReset,

    /// <summary>C1: a changed header is not sealed with the pages that it belongs to.</summary>
    HeaderNotSealed,

    /// <summary>
    /// C1: a header that a busy commit sealed and the caller took back stays in the journal.
    /// </summary>
    StaleHeaderFrame,

    /// <summary>C1, C3: the marker is written before the journal is synced.</summary>
    MarkerBeforeJournalSync,

    /// <summary>C3, C10: the journal is unlocked as soon as main is locked.</summary>
    JournalUnlockedEarly,

    /// <summary>C4, C5: pages are applied before the marker is synced; one sync for both.</summary>
    PagesBeforeMarkerSync,

    /// <summary>
    /// C5, P3: the header's image holds the marker, as it was when staged (rule R-G6).
    /// </summary>
    MarkerInHeaderImage,

    /// <summary>
    /// C6, C7: the marker is cleared before the pages are synced; one sync for both.
    /// </summary>
    MarkerClearedBeforeSync,

    /// <summary>C8, C9: the journal is cleared before the clear marker is synced.</summary>
    JournalClearedBeforeSync,

    /// <summary>
    /// W4: a clear marker is believed to be on disk because the cache has it (rule R-G2).
    /// </summary>
    ClearNotConfirmed,

    /// <summary>
    /// R4, P1: a reader recovers because of the marker that it saw at R3 (rule R-G3). Needs both
    /// looks under the locks to be dropped, that of P1 and that of W3, which recovery shares with
    /// the writer: the journal lock freezes main, so that one makes the other one redundant (<see
    /// cref="MarkerNotReadAtP1"/>).
    /// </summary>
    MarkerNotReadAgain,

    /// <summary>P2: main is not synced before the first page is played back (rule R-G1).</summary>
    PlaybackWithoutSync,

    /// <summary>
    /// P2: main is synced, but the marker is not written again: noticed when C4 failed.
    /// </summary>
    PlaybackWithoutMarker,

    /// <summary>P3: of a page that was staged twice, the first image is played back.</summary>
    FirstImageWins,

    /// <summary>
    /// P4, P5: the marker is cleared before the pages are synced; one sync for both.
    /// </summary>
    PlaybackNotSynced,

    /// <summary>P6, P7: the journal is cleared, and the clear marker is not synced.</summary>
    PlaybackClearNotSynced,

    /// <summary>N2, W4: the journal's directory is synced after its header (rule R-G5).</summary>
    JournalBeforeDirectory,

    /// <summary>N1: main is not looked at again under the open lock.</summary>
    BlankNotLookedAtAgain,

    /// <summary>N3, N4: the header is written together with the rest, not behind it.</summary>
    HeaderBeforePages,

    /// <summary>O3: open is unlocked while the first opener still recovers.</summary>
    OpenReleasedEarly,

    /// <summary>
    /// O2: a read-only opener comes in although nobody has recovered the file (rule 9).
    /// </summary>
    ReadOnlyComesIn,

    /// <summary>F2: what is about to be applied is not synced.</summary>
    LogNotSynced,

    /// <summary>
    /// F2: records that main does not have are synced, but not written again: noticed when C1
    /// failed.
    /// </summary>
    UnappliedNotRewritten,

    /// <summary>F1: records that main's own number already counts are not applied.</summary>
    FilteredByMain,

    /// <summary>W3: records are appended at the end of the log, applied or not.</summary>
    AppendedBehindAbandoned,

    /// <summary>
    /// W3: a writer that finds main as it knew it goes on behind its last record, without a look
    /// whether somebody else has begun a new cycle.
    /// </summary>
    CheckpointNotSeen,

    /// <summary>
    /// W6: the first record of a cycle is written without making sure of the log header.
    /// </summary>
    CycleNotConfirmed,

    /// <summary>
    /// W6: that the log was left empty is taken back before main is synced, so that K4 may still be
    /// torn.
    /// </summary>
    EmptyMarkNotSynced,

    /// <summary>C1U: a commit that is given up leaves its seal in the log.</summary>
    SealNotTakenBack,

    /// <summary>K1: the log is emptied without a sync of main.</summary>
    CheckpointWithoutMain,

    /// <summary>K2: the log header is overwritten in place.</summary>
    OneLogHeader,

    /// <summary>
    /// K2: a new cycle keeps the salt of the one before, by which a writer knows at W6 whose log
    /// header it has synced.
    /// </summary>
    SaltNotChanged,

    /// <summary>K3: the log header is not synced before the first append.</summary>
    CycleNotSynced,

    /// <summary>
    /// W7: a transaction reads in main what a neighbour's commit on its way has newer.
    /// </summary>
    NeighbourNotSeen,

    /// <summary>C1: the seal of a group names its first transaction, and not the last.</summary>
    SealNamesFirst,

    /// <summary>
    /// C1: a page is patched although only the cycle before has an image of it.
    /// </summary>
    PatchedAcrossCycles,

    /// <summary>
    /// C1: a page is patched that only a record has whole whose commit was given up.
    /// </summary>
    PatchedBeforeCommitted,

    /// <summary>
    /// C1: a page that the record has patched already is patched once more, from what it was before
    /// the record.
    /// </summary>
    PatchedTwice,

    /// <summary>
    /// O4: the last connection leaves the log as it is. Harmless: the next first opener applies it
    /// again.
    /// </summary>
    LogLeftByLast,

    /// <summary>
    /// P1: the marker is not read again. Harmless: recovery reads it at W3, under the journal lock
    /// already.
    /// </summary>
    MarkerNotReadAtP1,

    /// <summary>
    /// P1: main is not locked for playback. Harmless: the marker keeps readers out, and whoever
    /// would write holds the journal lock.
    /// </summary>
    MainNotLockedAtP1,

    /// <summary>
    /// C2: the last look at main is left out. Harmless where locks lock: the journal lock froze
    /// main at W3.
    /// </summary>
    MainNotReadAtC2,

    /// <summary>
    /// W4: what a dead writer left in the journal is not cleared away. Harmless: it is overwritten
    /// from the beginning, and the seal ends the transaction.
    /// </summary>
    LeftoverNotCleared,

    /// <summary>
    /// W3: the journal's transaction is taken for the one that the marker names when only the
    /// numbers agree. Harmless: C1 has synced the journal before its marker is written.
    /// </summary>
    SealNotCompared,
}
