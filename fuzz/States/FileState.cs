namespace Quire.Fuzz;

/// <summary>
/// Main and journal as some process left them, and what an opener may find in them.
/// </summary>
/// <param name="Name">How they came about.</param>
/// <param name="Main">The main file.</param>
/// <param name="Journal">The journal.</param>
/// <param name="Legal">
/// The contents that are right: one, or two before the commit point, where damage to the marker may
/// make an opener complete the sealed transaction.
/// </param>
public sealed record FileState(
    string Name, byte[] Main, byte[] Journal, IReadOnlyList<FileContents> Legal)
{
    /// <summary>The path under which the states are opened.</summary>
    public const string MainPath = "/disk/a.quire";

    public const string JournalPath = MainPath + "-journal";

    /// <summary>The contents that an opener of the undamaged files finds.</summary>
    public FileContents Expected => Legal[0];

    /// <summary>Puts both files on a disk; an empty array stands for a missing journal.</summary>
    public void PutOn(MemoryDisk disk)
    {
        disk.Put(MainPath, Main);
        disk.Put(JournalPath, Journal);
    }

    public override string ToString() => Name;
}
