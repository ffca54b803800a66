using Quire.Journal;
using Quire.Locking;
using Quire.Pager;
using Quire.Storage;

namespace Quire.Cli.Inspection;

/// <summary>
/// A look at the log of a sealed file from outside, as <see cref="JournalInspection"/> is one at
/// the journal of a classic file: takes no lock, writes nothing.
/// </summary>
/// <param name="Path">The journal file.</param>
/// <param name="LengthBytes">Its length; null when there is none.</param>
/// <param name="Log">What it holds; null when there is none.</param>
/// <param name="Main">Header and marker of main.</param>
/// <param name="IsOpen">
/// Whether somebody has the file open; null when that cannot be asked.
/// </param>
internal sealed record LogInspection(
    string Path, long? LengthBytes, LogScan? Log, MainState Main, bool? IsOpen)
{
    /// <summary>Whether the two files do not make one.</summary>
    public bool IsRefused => Log is null
        ? !Main.IsUsable || Main.Marker.LogEnd != 0
        : Log.Headers.Condition != JournalCondition.Empty
            || (Main.Condition != MarkerCondition.Unreadable
                && (Main.Marker.Named.Value < Log.Header.BaseNumber.Value
                    || Main.Marker.Named.Value > Log.LastNumber.Value));

    /// <summary>Reads both files.</summary>
    /// <returns>Null for a file that is not sealed, or no Quire file.</returns>
    /// <exception cref="FileNotFoundException">There is no main file.</exception>
    public static LogInspection? TryOf(string filePath)
    {
        StorageHost host = OperatingSystemHost.Create();
        string mainPath = host.Files.ResolvePath(filePath);
        string journalPath = mainPath + JournalFormat.FileSuffix;
        using IStorageFile main = host.Files.Open(mainPath, FileOpenMode.ReadOnly);
        MainState state = MainState.Read(main);
        bool isSealed = state.Problem is null
            && state.Header.Protocol == CommitProtocol.Sealed;
        if (host.Files.TryIdentify(journalPath) is null)
        {
            return isSealed ? new LogInspection(journalPath, null, null, state, null) : null;
        }

        using IStorageFile journal = host.Files.Open(journalPath, FileOpenMode.ReadOnly);
        LogScan log = LogScan.Read(
            journal, state.FileId, state.PageSize);
        return isSealed || (state.Problem is not null && log.Header.IsLog)
            ? new LogInspection(journalPath, journal.GetLength(), log, state, IsHeld(host, main))
            : null;
    }

    private static bool? IsHeld(StorageHost host, IStorageFile main)
    {
        IByteRangeLocks locks = host.Locks.LocksOf(main);
        return locks.Capabilities.HasFlag(LockCapabilities.Probe)
            ? locks.IsRefused(LockBytes.RangeOf(LockName.Presence), LockMode.Exclusive)
            : null;
    }
}
