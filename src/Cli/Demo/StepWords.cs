namespace Quire.Cli.Demo;

/// <summary>
/// What each step is, in at most 36 letters: the width of the timeline's last column.
/// </summary>
internal static class StepWords
{
    public const int LongestText = 36;

    public static string Of(ProtocolStep step) => step switch
    {
        ProtocolStep.R1 => "opens the file",
        ProtocolStep.R2 => "passes the gate, locks main shared",
        ProtocolStep.R3 => "reads header and marker",
        ProtocolStep.R4 => "marker is set: unlock, recover",
        ProtocolStep.R5 => "reads",
        ProtocolStep.R6 => "new edition: drops its cached pages",
        ProtocolStep.R7 => "unlocks main",
        ProtocolStep.W1 => "opens the journal",
        ProtocolStep.W2 => "locks the journal",
        ProtocolStep.W2N => "waits behind another writer",
        ProtocolStep.W3 => "reads marker and journal",
        ProtocolStep.W4 => "puts right what was left behind",
        ProtocolStep.W5 => "holds nothing on main",
        ProtocolStep.W6 => "goes to the journal's beginning",
        ProtocolStep.W7 => "stages pages: readers go on",
        ProtocolStep.C1 => "seals and syncs the journal",
        ProtocolStep.C2 => "locks main, waits for readers",
        ProtocolStep.C2E => "looks that all is as it was",
        ProtocolStep.C3 => "sets the marker: the commit point",
        ProtocolStep.C4 => "syncs main",
        ProtocolStep.C5 => "writes the pages into main",
        ProtocolStep.C6 => "syncs main",
        ProtocolStep.C7 => "clears the marker",
        ProtocolStep.C8 => "syncs main",
        ProtocolStep.C9 => "clears the journal",
        ProtocolStep.C10 => "unlocks main and journal",
        ProtocolStep.P1 => "locks main, reads the marker again",
        ProtocolStep.P2 => "sets the marker again, syncs main",
        ProtocolStep.P3 => "writes the sealed pages into main",
        ProtocolStep.P4 => "syncs main",
        ProtocolStep.P5 => "clears the marker",
        ProtocolStep.P6 => "syncs main",
        ProtocolStep.P7 => "clears the journal, unlocks",
        _ => step.ToString(),
    };

    /// <summary>Several steps of one process, told in one row.</summary>
    public static string Of(ProtocolStep first, ProtocolStep last) => (first, last) switch
    {
        _ when first == last => Of(first),
        (ProtocolStep.W1, ProtocolStep.W2) => "opens the journal, locks it",
        (ProtocolStep.W3, ProtocolStep.W6) => "marker clear; holds nothing on main",
        (ProtocolStep.W5, _) => Of(ProtocolStep.W5),
        (ProtocolStep.W1, _) => "locks the journal; marker is clear",
        (ProtocolStep.W4, ProtocolStep.P1) => "has the journal; locks main",
        (ProtocolStep.C2, _) => "waits for readers, sets the marker",
        (ProtocolStep.C2E, ProtocolStep.C3) => Of(ProtocolStep.C3),
        (ProtocolStep.C4, _) => "syncs, writes the pages, syncs",
        (ProtocolStep.C7, ProtocolStep.C8) => "clears the marker, syncs main",
        (ProtocolStep.C7, _) => "clears marker and journal, unlocks",
        (ProtocolStep.C9, _) => "clears the journal, unlocks",
        (ProtocolStep.P4, _) => "syncs, clears the marker, syncs",
        (ProtocolStep.P5, ProtocolStep.P6) => "clears the marker, syncs main",
        (ProtocolStep.P5, _) => "confirms the clear marker",
        _ => $"{Of(first)} ...",
    };
}
