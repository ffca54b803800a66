namespace Quire.CrashLab;

/// <content>
/// The models by file system, after the table of Pillai and others ("All File Systems Are Not Created
/// Equal", OSDI 2014) and the documentation of each since. What a file system does beyond its promise
/// is in here on purpose: a preset tells whether a program gets away with it there.
/// </content>
public sealed partial record PersistenceModel
{
    /// <summary>
    /// ext4 with data=ordered and delayed allocation, its default: entries in one log, which the sync
    /// of any file commits; a length only with its bytes; a replacing rename only with the bytes.
    /// </summary>
    public static PersistenceModel Ext4 { get; } = new()
    {
        Name = "ext4",
        Assumption = "the file system is ext4 with its default options",
        SectorBytes = 4096,
        Length = LengthPersistence.DataBeforeSize,
        Entries = EntryPersistence.Ordered,
        FileSync = FileSyncScope.AllEntries,
        ReplacingRenameBringsData = true,
        IsMeasured = false,
    };

    /// <summary>XFS: as <see cref="Ext4"/>, but a rename brings no bytes with it.</summary>
    public static PersistenceModel Xfs { get; } = Ext4 with
    {
        Name = "xfs",
        Assumption = "the file system is XFS with its default options",
        ReplacingRenameBringsData = false,
    };

    /// <summary>
    /// btrfs: the sync of a file commits its own entries ahead of older ones of other files; a
    /// replacing rename starts writing the bytes.
    /// </summary>
    public static PersistenceModel Btrfs { get; } = Ext4 with
    {
        Name = "btrfs",
        Assumption = "the file system is btrfs with its default options",
        Entries = EntryPersistence.Independent,
        FileSync = FileSyncScope.OwnEntries,
    };

    /// <summary>
    /// A file system like NTFS: entries in one log, lengths ahead of their bytes, zeros past what was
    /// written. After its documentation; never measured.
    /// </summary>
    public static PersistenceModel NtfsLike { get; } = new()
    {
        Name = "ntfs-like",
        Assumption = "the file system is like NTFS (unmeasured)",
        Length = LengthPersistence.SizeBeforeData,
        Entries = EntryPersistence.Ordered,
        FileSync = FileSyncScope.AllEntries,
        IsMeasured = false,
    };

    /// <summary>
    /// ext3 or ext4 with data=writeback: lengths ahead of their bytes, and where those are lost, what
    /// the blocks held for a deleted file.
    /// </summary>
    public static PersistenceModel Ext3Writeback { get; } = new()
    {
        Name = "ext3-writeback",
        Assumption = "the file system is ext3 with data=writeback",
        SectorBytes = 4096,
        Length = LengthPersistence.SizeBeforeData,
        Fill = LostBytes.Stale,
        Entries = EntryPersistence.Ordered,
        FileSync = FileSyncScope.AllEntries,
        IsMeasured = false,
    };
}
