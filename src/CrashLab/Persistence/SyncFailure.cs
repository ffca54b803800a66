namespace Quire.CrashLab;

/// <summary>What a system does with the changes that a failed sync did not write.</summary>
public enum SyncFailure
{
    /// <summary>
    /// They stay in memory, marked as clean: programs read them, the disk never gets them (ext4 with
    /// data=ordered, XFS).
    /// </summary>
    PagesMarkedClean,

    /// <summary>They are dropped: programs read what the disk holds (btrfs).</summary>
    PagesDropped,

    /// <summary>
    /// As <see cref="PagesMarkedClean"/>, but this sync reports success and the next one fails (ext4
    /// with data=journal).
    /// </summary>
    ReportedLate,
}
