using System.Globalization;
using System.Runtime.Versioning;
using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Finds who holds locks on a file, on Linux, by reading /proc.
/// </summary>
/// <remarks>
/// <para>
/// The obvious ways do not work for open-file-description locks: the probe and /proc/locks both
/// show process -1, because the owner is not a process. But each descriptor's /proc/PID/fdinfo/FD
/// lists the locks of its description, so the search goes from processes to descriptors to locks:
/// </para>
/// <code>
///   lock:   1: OFDLCK ADVISORY  WRITE -1 08:01:131099 4611686018427383812 4611686018427383812
/// </code>
/// <para>
/// The lock line's own device and inode are not compared: on btrfs and overlayfs they differ from
/// what <c>stat</c> says. The descriptor's <c>stat</c> is compared instead, which costs one system
/// call per descriptor and also finds files open under another name; fdinfo is read only for those
/// that are the same file. A system with a thousand open descriptors takes some milliseconds.
/// </para>
/// <para>
/// Processes of other users are skipped where permission is missing, those that end during the scan
/// at any moment. A descriptor inherited by a child shows the lock in both, rightly. The asking
/// open file's own locks are left out: it is never in its own way.
/// </para>
/// </remarks>
[SupportedOSPlatform("linux")]
internal static class LockHolders
{
    private const string LockLabel = "lock:";

    /// <summary>Who, other than this open file, holds locks that overlap the range.</summary>
    public static IReadOnlyList<LockHolder> Find(OsFile file, LockRange range)
    {
        var found = new HashSet<LockHolder>();
        int ownDescriptor = file.Handle.IsClosed ? -1 : (int)file.Handle.DangerousGetHandle();
        foreach (string directory in Directories("/proc"))
        {
            if (!int.TryParse(
                Path.GetFileName(directory), CultureInfo.InvariantCulture, out int processId))
            {
                continue;
            }

            string? own = processId == Environment.ProcessId
                ? ownDescriptor.ToString(CultureInfo.InvariantCulture)
                : null;
            AddHoldersOf(processId, directory, file.Identity, own, range, found);
        }

        return [.. found.OrderBy(holder => holder.ProcessId).ThenBy(holder => holder.Range.Offset)];
    }

    /// <summary>Reads one "lock:" line of fdinfo.</summary>
    /// <returns>False for other lines and for waiting requests, which hold nothing.</returns>
    internal static bool TryParse(string line, out LockMode mode, out LockRange range)
    {
        mode = default;
        range = default;
        if (!line.StartsWith(LockLabel, StringComparison.Ordinal))
        {
            return false;
        }

        // N: CLASS STRICTNESS ACCESS PID DEVICE:INODE FIRST LAST
        string[] words = line[LockLabel.Length..].Split(
            (char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 8 || words[1] is not ("OFDLCK" or "POSIX"))
        {
            return false;
        }

        mode = words[3] == "WRITE" ? LockMode.Exclusive : LockMode.Shared;
        long last = long.MaxValue;
        if (!long.TryParse(words[6], CultureInfo.InvariantCulture, out long first) ||
            (words[7] != "EOF" &&
                !long.TryParse(words[7], CultureInfo.InvariantCulture, out last)))
        {
            return false;
        }

        // A lock of all bytes has one more than a long can count.
        long length = last - first == long.MaxValue ? long.MaxValue : last - first + 1;
        range = new LockRange(first, length);
        return true;
    }

    private static void AddHoldersOf(
        int processId,
        string directory,
        FileIdentity file,
        string? ownDescriptor,
        LockRange range,
        HashSet<LockHolder> found)
    {
        string? processName = null;
        foreach (string link in Directories($"{directory}/fd", entriesAreLinks: true))
        {
            string descriptor = Path.GetFileName(link);
            if (descriptor == ownDescriptor || UnixStat.PeekAt(link)?.Identity != file)
            {
                continue;
            }

            foreach (string line in Lines($"{directory}/fdinfo/{descriptor}"))
            {
                if (TryParse(line, out LockMode mode, out LockRange held) &&
                    LockRanges.Overlap(held, range))
                {
                    processName ??= Lines($"{directory}/comm").FirstOrDefault() ?? "";
                    found.Add(new LockHolder(processId, processName, mode, held));
                }
            }
        }
    }

    private static string[] Directories(string path, bool entriesAreLinks = false)
    {
        try
        {
            return entriesAreLinks
                ? Directory.GetFileSystemEntries(path)
                : Directory.GetDirectories(path);
        }
        catch (Exception gone) when (IsGoneOrForbidden(gone))
        {
            return [];
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception gone) when (IsGoneOrForbidden(gone))
        {
            return [];
        }
    }

    private static bool IsGoneOrForbidden(Exception exception) =>
        exception is IOException or UnauthorizedAccessException;
}
