using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Inspection;

/// <summary>Who holds one lock byte of a file.</summary>
/// <param name="Name">The lock.</param>
/// <param name="IsHeld">Whether anybody holds it; null when that cannot be asked.</param>
/// <param name="Holders">Who, as far as the system tells; may be empty although it is held.</param>
internal sealed record LockInspection(
    LockName Name, bool? IsHeld, IReadOnlyList<LockHolder> Holders)
{
    /// <summary>Asks about all lock bytes, in the order in which they may be taken.</summary>
    /// <exception cref="FileNotFoundException">There is no main file.</exception>
    public static IReadOnlyList<LockInspection> Of(string filePath)
    {
        StorageHost host = OperatingSystemHost.Create();
        string mainPath = host.Files.ResolvePath(filePath);
        string journalPath = mainPath + JournalFormat.FileSuffix;
        using IStorageFile main = host.Files.Open(mainPath, FileOpenMode.ReadOnly);
        using IStorageFile? journal = host.Files.TryIdentify(journalPath) is null
            ? null
            : host.Files.Open(journalPath, FileOpenMode.ReadOnly);
        var found = new List<LockInspection>();
        foreach (LockName name in Enum.GetValues<LockName>())
        {
            IStorageFile? file = LockBytes.IsOnJournal(name) ? journal : main;
            found.Add(file is null
                ? new LockInspection(name, false, [])
                : Ask(name, host.Locks.LocksOf(file)));
        }

        return found;
    }

    private static LockInspection Ask(LockName name, IByteRangeLocks locks)
    {
        LockRange range = LockBytes.RangeOf(name);
        IReadOnlyList<LockHolder> holders = locks.FindHolders(range);

        // The holders may be processes that we may not look into; the lock itself can be asked.
        bool? held = holders.Count > 0 ? true
            : locks.Capabilities.HasFlag(LockCapabilities.Probe)
                ? locks.IsRefused(range, LockMode.Exclusive)
                : null;
        return new LockInspection(name, held, holders);
    }
}
