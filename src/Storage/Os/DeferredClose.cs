using Microsoft.Win32.SafeHandles;

namespace Quire.Storage;

/// <summary>
/// Keeps descriptors open while this process holds process-owned locks on their file.
/// </summary>
/// <remarks>
/// <para>
/// On Unix, closing <em>any</em> descriptor of a file drops all process-owned (POSIX) locks that
/// the process holds on it, whichever descriptor took them. The portable lock fallback has no other
/// kind. So while it holds one, descriptors of that file that are disposed elsewhere in the process
/// are parked here and closed when the last lock is released.
/// </para>
/// <para>
/// The state is static because what it mirrors is: the locks belong to the process. Nothing is ever
/// parked for open-file-description locks. Left out: descriptors that other code of the process
/// opens and closes by itself; nobody can see those.
/// </para>
/// </remarks>
internal static class DeferredClose
{
    private static readonly Lock Mutex = new();
    private static readonly Dictionary<FileIdentity, Entry> Entries = [];

    /// <summary>The process has acquired one more process-owned lock on the file.</summary>
    public static void LockTaken(FileIdentity file)
    {
        lock (Mutex)
        {
            if (!Entries.TryGetValue(file, out Entry? entry))
            {
                Entries.Add(file, entry = new Entry());
            }

            entry.LockCount++;
        }
    }

    /// <summary>
    /// The process has released one; with the last, parked descriptors are closed.
    /// </summary>
    public static void LockReleased(FileIdentity file)
    {
        lock (Mutex)
        {
            Entry entry = Entries[file];
            if (--entry.LockCount == 0)
            {
                Entries.Remove(file);
                entry.Parked.ForEach(handle => handle.Dispose());
            }
        }
    }

    /// <summary>
    /// Closes the descriptor now, or when the process's last lock on the file is gone.
    /// </summary>
    public static void Close(FileIdentity file, SafeFileHandle handle)
    {
        lock (Mutex)
        {
            if (Entries.TryGetValue(file, out Entry? entry))
            {
                entry.Parked.Add(handle);
            }
            else
            {
                // Under the mutex, so that no lock is taken between the look and the close.
                handle.Dispose();
            }
        }
    }

    private sealed class Entry
    {
        public int LockCount { get; set; }

        public List<SafeFileHandle> Parked { get; } = [];
    }
}
