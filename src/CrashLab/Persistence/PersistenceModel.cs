namespace Quire.CrashLab;

/// <summary>
/// What a crash may leave of the changes that no sync has made certain. A crash state is a crash
/// point, a set of changes closed under the model, and a shape for each sector.
/// </summary>
/// <remarks>
/// A model is data: take a named one and change a property with <c>with</c> to make your own. The
/// named ones are in <see cref="All"/>; docs/crashlab.md has the table of what each permits. Left
/// out, because they are no property of a crash: disks that lie about a flush, failing syncs, bit
/// rot (see <see cref="FaultKind"/>); power cuts in a row (see <see cref="CrashOptions.Crashes"/>).
/// </remarks>
public sealed partial record PersistenceModel
{
    /// <summary>The name in reports and on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// What the disk promises, in a sentence; what a certificate says is assumed.
    /// </summary>
    public string Assumption { get; init; } = "";

    /// <summary>
    /// Whether it was compared with a real file system; presets that were only taken from
    /// documentation say false.
    /// </summary>
    public bool IsMeasured { get; init; } = true;

    /// <summary>What is kept or lost as a whole.</summary>
    public PersistenceUnit Unit { get; init; } = PersistenceUnit.Sector;

    /// <summary>The size of a sector, 512 or 4096 bytes, when the unit is a sector.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is another number.</exception>
    public int SectorBytes
    {
        get;
        init => field = value is 512 or 4096
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(SectorBytes), value, "A sector has 512 or 4096 bytes.");
    } = 512;

    /// <summary>
    /// Whether a write may be cut short at 4096-byte boundaries of the file: the one in flight when
    /// a process is killed, the last one of a prefix when the power is cut. When the unit is a
    /// sector, which cuts bytes finer, the length may be that of a cut write. Of no effect for
    /// <see cref="PersistenceUnit.Write"/>, whose writes are whole.
    /// </summary>
    public bool CutsWrites { get; init; }

    /// <summary>
    /// Whether one sector of each file may be found half written, when the unit is a sector; also
    /// one that <see cref="ReplacingRenameBringsData"/> brings.
    /// </summary>
    public bool MayTear { get; init; }

    /// <summary>
    /// Whether, in one 4096-byte block of each file that was being written, all 512-byte sectors
    /// may be damaged that were not written: a disk that writes 4096 bytes whatever it is asked
    /// for. When the unit is a sector.
    /// </summary>
    public bool MayDamageNeighbours { get; init; }

    /// <summary>
    /// How the length of a file relates to the bytes in it, when the unit is a sector.
    /// </summary>
    public LengthPersistence Length { get; init; } = LengthPersistence.Independent;

    /// <summary>
    /// What is found where a file grew and its bytes were lost, when the unit is a sector.
    /// </summary>
    public LostBytes Fill { get; init; } = LostBytes.Zero;

    /// <summary>What becomes of directory entries whose directory was not synced.</summary>
    public EntryPersistence Entries { get; init; } = EntryPersistence.MicroOperations;

    /// <summary>Which directory entries the sync of a file makes certain.</summary>
    public FileSyncScope FileSync { get; init; } = FileSyncScope.FileOnly;

    /// <summary>
    /// Whether a rename that replaces a file is on disk only with the bytes that the moved file had
    /// then: what several file systems do for programs that forget the sync before the rename.
    /// </summary>
    public bool ReplacingRenameBringsData { get; init; }

    /// <summary>The model with a name.</summary>
    /// <exception cref="ArgumentException">No model has that name.</exception>
    public static PersistenceModel Named(string name) =>
        All.FirstOrDefault(model => model.Name == name)
        ?? throw new ArgumentException(
            $"'{name}' is none of {string.Join(", ", All.Select(model => model.Name))}.",
            nameof(name));

    /// <summary>Refuses what would silently be without effect.</summary>
    /// <exception cref="ArgumentException">Properties contradict each other.</exception>
    internal void EnsureConsistent()
    {
        bool shapesSectors = MayTear || MayDamageNeighbours || Fill != LostBytes.Zero
            || Length != LengthPersistence.Independent;
        if (Unit != PersistenceUnit.Sector && shapesSectors)
        {
            throw new ArgumentException(
                $"Model '{Name}' has the unit {Unit}, with which MayTear, MayDamageNeighbours, Fill " +
                $"and Length are without effect: they need the unit {PersistenceUnit.Sector}.");
        }

        if (Unit == PersistenceUnit.GlobalPrefix && Entries != EntryPersistence.Ordered)
        {
            throw new ArgumentException(
                $"Model '{Name}' keeps a prefix of all changes, entries included, so Entries must be " +
                $"{EntryPersistence.Ordered} and not {Entries}.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What a crash keeps or loses as a whole.</summary>
public enum PersistenceUnit
{
    /// <summary>All changes survive.</summary>
    Everything,

    /// <summary>No change since the last sync survives.</summary>
    Nothing,

    /// <summary>
    /// A prefix of all changes of the computer, directory entries included; it reaches at least to
    /// the last sync.
    /// </summary>
    GlobalPrefix,

    /// <summary>A prefix of the changes of each file.</summary>
    FilePrefix,

    /// <summary>Any set of whole changes.</summary>
    Write,

    /// <summary>Any version of each sector.</summary>
    Sector,
}

/// <summary>How the length of a file relates to its bytes after a power cut.</summary>
public enum LengthPersistence
{
    /// <summary>Any length issued since the last sync, whatever became of the bytes.</summary>
    Independent,

    /// <summary>
    /// Lengths reach the disk first: bytes are there only with the length that they were written
    /// under; a length may be there without its bytes, which are then filled.
    /// </summary>
    SizeBeforeData,

    /// <summary>
    /// Bytes reach the disk first: a length is there only with all bytes that were written past the
    /// old end before it. Overwritten bytes go their own way, but not ahead of a cut before them.
    /// </summary>
    DataBeforeSize,
}

/// <summary>What is found where a file grew and its bytes were lost.</summary>
public enum LostBytes
{
    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>Bytes that mean nothing.</summary>
    Garbage,

    /// <summary>
    /// What the same file held there before it was cut; zeros where it held nothing.
    /// </summary>
    Old,

    /// <summary>
    /// What another file holds or held at the same place, a deleted one first; garbage where there
    /// is none. Bytes with a valid checksum that are not this file's.
    /// </summary>
    Stale,
}

/// <summary>What becomes of directory entries whose directory was not synced.</summary>
public enum EntryPersistence
{
    /// <summary>They are certain at once.</summary>
    Immediate,

    /// <summary>
    /// A prefix of them survives, in the order in which they were made; renames are whole.
    /// </summary>
    Ordered,

    /// <summary>Any set of them survives; renames are whole.</summary>
    Independent,

    /// <summary>Any set of them survives, and the two halves of a rename are separate.</summary>
    MicroOperations,

    /// <summary>None survives.</summary>
    Lost,
}

/// <summary>Which directory entries the sync of a file makes certain.</summary>
public enum FileSyncScope
{
    /// <summary>None: the directory has to be synced.</summary>
    FileOnly,

    /// <summary>Those that name the file.</summary>
    OwnEntries,

    /// <summary>All changes of entries made before: the file system has one log of them.</summary>
    AllEntries,
}
