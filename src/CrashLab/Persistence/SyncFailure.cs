namespace Quire.CrashLab;

/// <summary>
/// What a system does with the changes that a failed sync did not write, after Rebello and others,
/// "Can Applications Recover from fsync Failures?" (ATC 2020). In no case will a later sync write
/// them, unless they are made again.
/// </summary>
public enum SyncFailure
{
    /// <summary>
    /// The bytes stay in memory, marked as clean: programs read them, the disk never gets them. The
    /// length is kept separately and may reach the disk (ext4 with data=ordered, XFS).
    /// </summary>
    PagesMarkedClean,

    /// <summary>They are dropped: programs read what the disk holds (btrfs).</summary>
    PagesDropped,

    /// <summary>
    /// As <see cref="PagesMarkedClean"/>, but this sync reports success and the next one fails
    /// (ext4 with data=journal).
    /// </summary>
    ReportedLate,
}

/// <summary>The behaviour of file systems by name.</summary>
public static class SyncFailures
{
    /// <summary>ext4-ordered, ext4-journal, xfs and btrfs.</summary>
    public static IReadOnlyDictionary<string, SyncFailure> ByFileSystem { get; } =
        new Dictionary<string, SyncFailure>
        {
            ["ext4-ordered"] = SyncFailure.PagesMarkedClean,
            ["ext4-journal"] = SyncFailure.ReportedLate,
            ["xfs"] = SyncFailure.PagesMarkedClean,
            ["btrfs"] = SyncFailure.PagesDropped,
        };

    /// <exception cref="ArgumentException">There is no profile of that name.</exception>
    internal static SyncFailure Named(string fileSystem) =>
        ByFileSystem.TryGetValue(fileSystem, out SyncFailure profile)
            ? profile
            : throw new ArgumentException(
                $"'{fileSystem}' is none of {string.Join(", ", ByFileSystem.Keys)}.",
                nameof(fileSystem));
}
