namespace Quire.Journal;

/// <summary>What the main file's marker says.</summary>
internal enum MarkerCondition
{
    /// <summary>No commit is being applied.</summary>
    Clear,

    /// <summary>A commit was being applied when its writer died.</summary>
    Set,

    /// <summary>
    /// The marker's sector fails its checksum: it was being written when power failed.
    /// </summary>
    Unreadable,
}

/// <summary>What the journal holds, as seen from the main file's marker.</summary>
internal enum JournalVerdict
{
    /// <summary>There is no journal file.</summary>
    Missing,

    /// <summary>The journal was created and never set up.</summary>
    Blank,

    /// <summary>The journal's header fails its checksum.</summary>
    Damaged,

    /// <summary>The journal belongs to another file, or is no journal.</summary>
    Foreign,

    /// <summary>No transaction.</summary>
    Empty,

    /// <summary>Frames without a valid seal.</summary>
    Torn,

    /// <summary>
    /// The sealed transaction that the marker's sector names, by number and seal checksum.
    /// </summary>
    SealedNamed,

    /// <summary>Some other sealed transaction.</summary>
    SealedOther,
}

/// <summary>What is to be done before main may be read or the journal written.</summary>
internal enum PlaybackAction
{
    /// <summary>Nothing: main is consistent and the journal is ready.</summary>
    None,

    /// <summary>Set the journal up: directory synced, then header written (rule R-G5).</summary>
    CreateJournal,

    /// <summary>Clear away a transaction that never reached its marker.</summary>
    DiscardJournal,

    /// <summary>
    /// The marker is clear, but nobody is known to have synced that (C8): write it again, sync, and
    /// only then let the journal be overwritten (rule R-G2).
    /// </summary>
    ConfirmClear,

    /// <summary>Main may be half written: apply the sealed transaction, all of it, again.</summary>
    PlayBack,

    /// <summary>Main may be half written and what would repair it is not there: refuse.</summary>
    RefuseCorrupt,

    /// <summary>The journal is somebody else's: refuse, and touch neither file.</summary>
    RefuseForeign,
}

/// <summary>
/// The decision table of recovery: every combination of marker and journal maps to exactly one
/// action. Pure, so that a test can hold all of it against docs/protocol.md.
/// </summary>
internal static class PlaybackTable
{
    /// <summary>The table. The first index is the marker, the second the journal.</summary>
    private static readonly PlaybackAction[,] Actions =
    {
        {
            // Marker clear: main is consistent whatever the journal holds.
            PlaybackAction.CreateJournal, // missing: deleted while nobody used the file
            PlaybackAction.CreateJournal, // blank: its creator died before setting it up
            PlaybackAction.CreateJournal, // damaged: nothing in it is needed
            PlaybackAction.RefuseForeign, // foreign: somebody else may still need it
            PlaybackAction.None, // empty: the normal case
            PlaybackAction.DiscardJournal, // torn: a writer died while staging
            PlaybackAction.ConfirmClear, // sealed, named: a writer died between C7 and C9
            PlaybackAction.DiscardJournal, // sealed, other: a writer died between C1 and C3
        },
        {
            // Marker set: only the transaction that it names may repair main.
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.RefuseForeign,
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.PlayBack, // a writer died between C3 and C7
            PlaybackAction.RefuseCorrupt,
        },
        {
            // Marker unreadable: power failed while it was being written, at C3 or at C7, and at
            // both the journal holds that very transaction, sealed and synced. There is no name to
            // compare it with.
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.RefuseForeign,
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.RefuseCorrupt,
            PlaybackAction.PlayBack,
            PlaybackAction.PlayBack,
        },
    };

    /// <summary>Looks the action up.</summary>
    public static PlaybackAction Decide(MarkerCondition marker, JournalVerdict journal) =>
        Actions[(int)marker, (int)journal];

    /// <summary>Sees the journal from the marker's side.</summary>
    /// <param name="journal">What the journal holds.</param>
    /// <param name="namedNumber">
    /// The transaction that the marker's sector names; null when unreadable.
    /// </param>
    /// <param name="namedSeal">The seal checksum that it names.</param>
    public static JournalVerdict Judge(
        JournalScan journal, TransactionNumber? namedNumber, ulong namedSeal) =>
        journal.Condition switch
        {
            JournalCondition.Missing => JournalVerdict.Missing,
            JournalCondition.Blank => JournalVerdict.Blank,
            JournalCondition.Damaged => JournalVerdict.Damaged,
            JournalCondition.Foreign => JournalVerdict.Foreign,
            JournalCondition.Empty => JournalVerdict.Empty,
            JournalCondition.Torn => JournalVerdict.Torn,
            _ => journal.Number == namedNumber && journal.SealChecksum == namedSeal
                ? JournalVerdict.SealedNamed
                : JournalVerdict.SealedOther,
        };
}
