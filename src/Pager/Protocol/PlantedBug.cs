namespace Quire.Pager;

/// <summary>
/// Mistakes that the engine makes on purpose, one at a time, so that tests can show that the crash lab
/// notices them. Test-only: an internal option, <see cref="None"/> for everybody else.
/// </summary>
/// <remarks>
/// Each is a line or two in the code, marked with its name. docs/planted-bugs.md tells how each one is
/// noticed. Left out, because another protection makes them harmless to crashes: a journal whose chain
/// or images are not verified (C1 has synced what a marker names; the checksums are against bit rot), a
/// marker that names its transaction without its seal, main not locked for playback (the marker keeps
/// readers out), a tail of freed pages that gets no space (nobody reads a free page).
/// </remarks>
internal enum PlantedBug
{
    /// <summary>The engine as it is.</summary>
    None,

    /// <summary>R3: a reader takes main as it is, marker or not.</summary>
    ReaderIgnoresMarker,

    /// <summary>R7 comes before R5: the query runs without the lock.</summary>
    ReaderUnlocksEarly,

    /// <summary>R4: the reader waits for the journal and keeps main meanwhile (note [1a]).</summary>
    ReaderKeepsMain,

    /// <summary>R2: readers do not look at the gate (rule R-G8).</summary>
    ReaderIgnoresGate,

    /// <summary>R6: cached pages outlive the transaction number they were read at.</summary>
    CacheNotDropped,

    /// <summary>
    /// W3: a writer goes on from the state of main that it knew, unread. Needs the look at C2 to be
    /// dropped too, which would refuse the commit: a file that moved on under the lock.
    /// </summary>
    WriterTrustsWhatItKnew,

    /// <summary>
    /// W6: frames are appended behind those of a dead writer. Needs W4 to leave the journal alone:
    /// there the engine clears away what its published model truncates at W6. And in the engine
    /// it is only noticed when the frames still make one chain, as two transactions of one number do.
    /// </summary>
    PositionNotReset,

    /// <summary>C1: a changed header is not sealed with the pages that it belongs to.</summary>
    HeaderNotSealed,

    /// <summary>C1: a header that a busy commit sealed and the caller took back stays in the journal.</summary>
    StaleHeaderFrame,

    /// <summary>C3 comes before the sync of C1.</summary>
    MarkerBeforeJournalSync,

    /// <summary>The journal is unlocked once main is locked, at C3.</summary>
    JournalUnlockedEarly,

    /// <summary>C5 comes before C4: one sync for both.</summary>
    PagesBeforeMarkerSync,

    /// <summary>C5 and P3: the header's image holds the marker, as it was when staged (R-G6).</summary>
    MarkerInHeaderImage,

    /// <summary>C7 comes before C6: one sync for both.</summary>
    MarkerClearedBeforeSync,

    /// <summary>C9 comes before C8.</summary>
    JournalClearedBeforeSync,

    /// <summary>A clear marker is believed to be on disk because the cache has it (rule R-G2).</summary>
    ClearNotConfirmed,

    /// <summary>
    /// R4 and P1: a reader recovers because of the marker that it saw at R3 (rule R-G3). Needs both
    /// looks under the locks to be dropped, that of P1 and that of W3, which recovery shares with the
    /// writer: the journal lock freezes main, so each of them makes the other one redundant.
    /// </summary>
    MarkerNotReadAgain,

    /// <summary>P2: main is not synced before the first page is played back (rule R-G1).</summary>
    PlaybackWithoutSync,

    /// <summary>P2: main is synced, but the marker is not written again: noticed when C4 failed.</summary>
    PlaybackWithoutMarker,

    /// <summary>P3: of a page that was staged twice, the first image is played back.</summary>
    FirstImageWins,

    /// <summary>P5 comes before P4: one sync for both.</summary>
    PlaybackNotSynced,

    /// <summary>P7 comes before P6, and the clear marker is not synced at all.</summary>
    PlaybackClearNotSynced,

    /// <summary>N2 and W4: the journal's directory is synced after its header (rule R-G5).</summary>
    JournalBeforeDirectory,

    /// <summary>N1: main is not looked at again under the open lock.</summary>
    BlankNotLookedAtAgain,

    /// <summary>N4 comes before N3: the header is written together with the rest.</summary>
    HeaderBeforePages,
}
