namespace Quire.CrashLab;

/// <content>
/// The models by file system, after the table of Pillai and others ("All File Systems Are Not
/// Created Equal", OSDI 2014) and the documentation of each since. What a file system does beyond
/// its promise is in here on purpose: a preset tells whether a program gets away with it there.
/// </content>
public sealed partial record PersistenceModel
{
    /// <summary>
    /// ext4 with its default options: entries in one log, which the sync of any file commits;
    /// lengths ahead of their bytes, with zeros in their place, and one block of a write after the
    /// other.
    /// </summary>
    /// <remarks>
    /// Not what data=ordered is known for: since Linux 5.6 (dioread_nolock is the default) new
    /// blocks are committed as unwritten, with the length and ahead of the bytes; bytes within the
    /// last block were never ordered. A replacing rename starts writing the bytes and does not wait
    /// for them.
    /// </remarks>
    public static PersistenceModel Ext4 { get; } = new()
    {
        Name = "ext4",
        Assumption = "the file system is ext4 with its default options",
        SectorBytes = 4096,
        CutsWrites = true,
        Length = LengthPersistence.SizeBeforeData,
        Entries = EntryPersistence.Ordered,
        FileSync = FileSyncScope.AllEntries,
    };

    /// <summary>
    /// XFS: entries in one log, which the sync of any file commits; a length only with its bytes,
    /// one block of a write after the other; a rename brings no bytes with it.
    /// </summary>
    public static PersistenceModel Xfs { get; } = new()
    {
        Name = "xfs",
        Assumption = "the file system is XFS with its default options",
        SectorBytes = 4096,
        CutsWrites = true,
        Length = LengthPersistence.DataBeforeSize,
        Entries = EntryPersistence.Ordered,
        FileSync = FileSyncScope.AllEntries,
    };

    /// <summary>
    /// btrfs: a length only with its bytes; the sync of a file commits its own entries ahead of
    /// older ones of other files; a replacing rename brings the bytes.
    /// </summary>
    public static PersistenceModel Btrfs { get; } = new()
    {
        Name = "btrfs",
        Assumption = "the file system is btrfs with its default options",
        SectorBytes = 4096,
        Length = LengthPersistence.DataBeforeSize,
        Entries = EntryPersistence.Independent,
        FileSync = FileSyncScope.OwnEntries,
        ReplacingRenameBringsData = true,
    };

    /// <summary>
    /// A file system like NTFS: entries in one log, lengths ahead of their bytes, zeros past what
    /// was written. After its documentation; never measured.
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
    /// ext3 or ext4 with data=writeback: lengths ahead of their bytes, and where those are lost,
    /// what the blocks held for a deleted file.
    /// </summary>
    public static PersistenceModel Ext3Writeback { get; } = new()
    {
        Name = "ext3-writeback",
        Assumption = "the file system is ext3 with data=writeback",
        SectorBytes = 4096,
        CutsWrites = true,
        Length = LengthPersistence.SizeBeforeData,
        Fill = LostBytes.Stale,
        Entries = EntryPersistence.Ordered,
        FileSync = FileSyncScope.AllEntries,
        IsMeasured = false,
    };
}
