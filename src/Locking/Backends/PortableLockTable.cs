using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// What process-owned locks cannot tell apart: which engine instance of this process has a file,
/// and which of its open files holds which range.
/// </summary>
/// <remarks>
/// Static because the locks it stands before belong to the process. A range is entered before the
/// system is asked and left after the system has unlocked, so while it is entered no other open
/// file of the process asks for it. Entering also tells <see cref="DeferredClose"/> to keep
/// descriptors of the file open.
/// </remarks>
internal static class PortableLockTable
{
    private static readonly Lock Mutex = new();
    private static readonly Dictionary<FileIdentity, Entry> Entries = [];

    /// <summary>Counts one more open file of an instance.</summary>
    /// <exception cref="QuireException">
    /// Another instance of this process has the file open.
    /// </exception>
    public static void Claim(OsFile file, object owner)
    {
        lock (Mutex)
        {
            if (!Entries.TryGetValue(file.Identity, out Entry? entry))
            {
                Entries.Add(file.Identity, entry = new Entry(owner));
            }

            if (!ReferenceEquals(entry.Owner, owner))
            {
                throw new QuireException(
                    QuireErrorCode.LockingUnsupported,
                    $"{file.Path}: is already open in this process. The portable lock fallback " +
                    "has locks that belong to the whole process, so one instance per process may " +
                    "use a file; share that instance, or use the default lock backend.");
            }

            entry.OpenFiles++;
        }
    }

    /// <summary>Ends a claim; with the last one the file is free for another instance.</summary>
    public static void Unclaim(OsFile file, object owner)
    {
        lock (Mutex)
        {
            Entry entry = Entries[file.Identity];
            if (ReferenceEquals(entry.Owner, owner) && --entry.OpenFiles == 0)
            {
                Entries.Remove(file.Identity);
            }
        }
    }

    /// <returns>False when another open file of this process holds an overlapping range.</returns>
    public static bool TryEnter(OsFile file, LockRange range)
    {
        lock (Mutex)
        {
            Entry entry = Entries[file.Identity];
            if (entry.Entered.Any(held => LockRanges.Overlap(held.Range, range)))
            {
                return false;
            }

            entry.Entered.Add((file, range));
            DeferredClose.LockTaken(file.Identity);
            return true;
        }
    }

    public static void Exit(OsFile file, LockRange range)
    {
        lock (Mutex)
        {
            Entries[file.Identity].Entered.Remove((file, range));
            DeferredClose.LockReleased(file.Identity);
        }
    }

    private sealed class Entry(object owner)
    {
        public object Owner => owner;

        public int OpenFiles { get; set; }

        public List<(OsFile File, LockRange Range)> Entered { get; } = [];
    }
}
