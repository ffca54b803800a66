namespace Quire.CrashLab;

/// <content>The models by what they permit, and all models.</content>
public sealed partial record PersistenceModel
{
    // Filled on first use: the presets are initialised after this file's models.
    private static IReadOnlyList<PersistenceModel>? _all;

    /// <summary>
    /// A killed process and no power cut: everything done is there, and of a write in flight any
    /// number of 4096-byte blocks from its start.
    /// </summary>
    public static PersistenceModel ProcessKill { get; } = new()
    {
        Name = "process-kill",
        Assumption = "the power never fails; only processes die",
        Unit = PersistenceUnit.Everything,
        CutsWrites = true,
        Entries = EntryPersistence.Immediate,
    };

    /// <summary>
    /// All changes, directory entries included, reach the disk in the order in which they were
    /// made.
    /// </summary>
    public static PersistenceModel Ordered { get; } = new()
    {
        Name = "ordered",
        Assumption = "everything reaches the disk in the order in which it was done",
        Unit = PersistenceUnit.GlobalPrefix,
        CutsWrites = true,
        Entries = EntryPersistence.Ordered,
    };

    /// <summary>Everything that was not synced is lost, directory entries included.</summary>
    public static PersistenceModel SyncedOnly { get; } = new()
    {
        Name = "synced-only",
        Assumption = "what was not synced is lost as a whole",
        Unit = PersistenceUnit.Nothing,
        Entries = EntryPersistence.Lost,
    };

    /// <summary>The changes of each file reach the disk in order; files are independent.</summary>
    public static PersistenceModel FilePrefix { get; } = new()
    {
        Name = "file-prefix",
        Assumption = "the writes of one file reach the disk in order",
        Unit = PersistenceUnit.FilePrefix,
        CutsWrites = true,
    };

    /// <summary>Any set of whole writes since the last sync, in any order.</summary>
    public static PersistenceModel BarrierReorder { get; } = new()
    {
        Name = "barrier-reorder",
        Assumption = "a write reaches the disk as a whole or not at all",
        Unit = PersistenceUnit.Write,
    };

    /// <summary>
    /// As <see cref="BarrierReorder"/>, with changes of directory entries in order and renames
    /// whole.
    /// </summary>
    public static PersistenceModel DirEntryOrdered { get; } = new()
    {
        Name = "dir-entry-ordered",
        Assumption = "changes of directory entries reach the disk in order; a rename is atomic",
        Unit = PersistenceUnit.Write,
        Entries = EntryPersistence.Ordered,
    };

    /// <summary>
    /// As <see cref="BarrierReorder"/>, with changes of directory entries in any order and renames
    /// whole.
    /// </summary>
    public static PersistenceModel DirEntryIndependent { get; } = new()
    {
        Name = "dir-entry-independent",
        Assumption = "a rename is atomic",
        Unit = PersistenceUnit.Write,
        Entries = EntryPersistence.Independent,
    };

    /// <summary>Each 4096-byte sector holds any version issued since the last sync.</summary>
    public static PersistenceModel Sector4096 { get; } = new()
    {
        Name = "sector-4096",
        Assumption = "an aligned block of 4096 bytes is written as a whole",
        SectorBytes = 4096,
    };

    /// <summary>Each 512-byte sector holds any version issued since the last sync.</summary>
    public static PersistenceModel Sector512 { get; } = new()
    {
        Name = "sector-512",
        Assumption = "an aligned sector of 512 bytes is written as a whole",
    };

    /// <summary>As <see cref="Sector512"/>, and bytes are on disk only with their length.</summary>
    public static PersistenceModel SizeBeforeData { get; } = Sector512 with
    {
        Name = "size-before-data",
        Assumption = "a file's length reaches the disk before bytes written under it",
        Length = LengthPersistence.SizeBeforeData,
    };

    /// <summary>As <see cref="Sector512"/>, and a length is on disk only with its bytes.</summary>
    public static PersistenceModel DataBeforeSize { get; } = Sector512 with
    {
        Name = "data-before-size",
        Assumption = "a file's length reaches the disk after the bytes written under it",
        Length = LengthPersistence.DataBeforeSize,
    };

    /// <summary>
    /// As <see cref="Sector512"/>, with garbage where a file grew and bytes were lost.
    /// </summary>
    public static PersistenceModel FillGarbage { get; } = Sector512 with
    {
        Name = "fill-garbage",
        Assumption = "as sector-512, and garbage where a grown file lost its bytes",
        Fill = LostBytes.Garbage,
    };

    /// <summary>
    /// As <see cref="Sector512"/>, with the file's former bytes where it grew again.
    /// </summary>
    public static PersistenceModel FillOld { get; } = Sector512 with
    {
        Name = "fill-old",
        Assumption = "as sector-512, and its former bytes where a grown file lost the new ones",
        Fill = LostBytes.Old,
    };

    /// <summary>As <see cref="Sector512"/>, with another file's bytes where a file grew.</summary>
    public static PersistenceModel FillStale { get; } = Sector512 with
    {
        Name = "fill-stale",
        Assumption = "as sector-512, and another file's bytes where a grown file lost its own",
        Fill = LostBytes.Stale,
    };

    /// <summary>
    /// As <see cref="Sector512"/>, and one sector of each file may be half written.
    /// </summary>
    public static PersistenceModel Torn { get; } = Sector512 with
    {
        Name = "torn",
        Assumption = "sectors that are not being written stay whole",
        MayTear = true,
    };

    /// <summary>
    /// As <see cref="Sector512"/>, and the unwritten sectors of one 4096-byte block of each file
    /// that was being written may be damaged.
    /// </summary>
    public static PersistenceModel NeighbourDamage { get; } = Sector512 with
    {
        Name = "neighbour-damage",
        Assumption = "aligned blocks of 4096 bytes that are not being written stay whole",
        MayDamageNeighbours = true,
    };

    /// <summary>
    /// All models that have a name, the mild ones first. Harshness is no total order: only where
    /// <see cref="Includes"/> says so does a harsher one permit all that a milder one does.
    /// </summary>
    public static IReadOnlyList<PersistenceModel> All => _all ??=
    [
        ProcessKill, Ordered, SyncedOnly, FilePrefix,
        Ext4, Btrfs, Xfs, NtfsLike, Ext3Writeback,
        DirEntryOrdered, DirEntryIndependent, BarrierReorder,
        Sector4096, DataBeforeSize, SizeBeforeData, Sector512,
        FillOld, FillGarbage, FillStale, Torn, NeighbourDamage,
    ];

    /// <summary>
    /// Whether every state that a milder model permits is permitted by this one too, so that what
    /// passes here passes there. Known relations only; false says nothing.
    /// </summary>
    /// <remarks>
    /// Holds for programs that append or overwrite, and whose writes stay within an aligned
    /// 4096-byte block each: the models of whole writes and of prefixes treat longer ones
    /// differently.
    /// </remarks>
    public bool Includes(PersistenceModel milder)
    {
        ArgumentNullException.ThrowIfNull(milder);
        return milder == this || (IsNamed(this) && IsNamed(milder)
            && MilderNames(Name).Any(name => Named(name).Includes(milder)));
    }

    /// <summary>
    /// Whether it is one of <see cref="All"/>, and not one that was changed since.
    /// </summary>
    private static bool IsNamed(PersistenceModel model) => All.Contains(model);

    private static string[] MilderNames(string name) => name switch
    {
        "ordered" => ["process-kill"],
        "file-prefix" => ["ordered", "synced-only"],
        "dir-entry-ordered" => ["ordered", "synced-only"],
        "dir-entry-independent" => ["dir-entry-ordered"],
        "barrier-reorder" => ["dir-entry-independent", "file-prefix"],
        "data-before-size" => ["process-kill", "synced-only"],
        "sector-4096" => ["file-prefix", "ext4", "xfs", "btrfs"],
        "sector-512" =>
            ["barrier-reorder", "sector-4096", "data-before-size", "size-before-data", "ntfs-like"],
        "torn" or "neighbour-damage" => ["sector-512"],
        _ => [],
    };
}
