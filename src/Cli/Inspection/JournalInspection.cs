using Quire.Journal;
using Quire.Locking;
using Quire.Pager;
using Quire.Storage;

namespace Quire.Cli.Inspection;

/// <summary>
/// A look at a journal from outside, together with the marker that decides what it means. Opens
/// nothing for writing and takes no lock, so what it sees of a file in use is of one moment each.
/// </summary>
/// <param name="Path">The journal file.</param>
/// <param name="LengthBytes">Its length; null when there is none.</param>
/// <param name="Scan">What it holds.</param>
/// <param name="Main">Header and marker of main.</param>
/// <param name="IsLocked">Whether a writer is at work; null when that cannot be asked.</param>
internal sealed record JournalInspection(
    string Path, long? LengthBytes, JournalScan Scan, MainState Main, bool? IsLocked)
{
    /// <summary>The journal as seen from the marker.</summary>
    public JournalVerdict Verdict => PlaybackTable.Judge(
        Scan,
        Main.Condition == MarkerCondition.Unreadable ? null : Main.Marker.Named,
        Main.Marker.SealChecksum);

    /// <summary>What the next writer, or a reader that finds the marker set, will do.</summary>
    public PlaybackAction Action => PlaybackTable.Decide(Main.Condition, Verdict);

    /// <summary>Whether the two files can no longer be brought together.</summary>
    public bool IsRefused =>
        Action is PlaybackAction.RefuseCorrupt or PlaybackAction.RefuseForeign;

    /// <summary>Reads both files.</summary>
    /// <exception cref="FileNotFoundException">There is no main file.</exception>
    public static JournalInspection Of(string filePath)
    {
        StorageHost host = OperatingSystemHost.Create();
        string mainPath = host.Files.ResolvePath(filePath);
        string journalPath = mainPath + JournalFormat.FileSuffix;
        using IStorageFile main = host.Files.Open(mainPath, FileOpenMode.ReadOnly);
        MainState state = MainState.Read(main);
        if (host.Files.TryIdentify(journalPath) is null)
        {
            return new JournalInspection(journalPath, null, JournalScan.Missing, state, null);
        }

        using IStorageFile journal = host.Files.Open(journalPath, FileOpenMode.ReadOnly);
        JournalScan scan = JournalScan.Read(
            journal, state.FileId, state.PageSize);
        return new JournalInspection(
            journalPath, journal.GetLength(), scan, state, IsHeld(host, journal));
    }

    private static bool? IsHeld(StorageHost host, IStorageFile journal)
    {
        IByteRangeLocks locks = host.Locks.LocksOf(journal);
        return locks.Capabilities.HasFlag(LockCapabilities.Probe)
            ? locks.IsRefused(LockBytes.RangeOf(LockName.Journal), LockMode.Shared)
            : null;
    }
}
