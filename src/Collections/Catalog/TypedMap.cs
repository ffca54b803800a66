namespace Quire.Collections;

/// <summary>
/// A map that a collection keeps its records in: a name, and the types that the catalog has for it,
/// so that the map of one kind of collection is refused by another. A map without types, as an
/// import makes it, is accepted; its records are then believed no more than any others.
/// </summary>
/// <remarks>
/// Opened anew by each call of a collection. That costs a look into the catalog and spares the
/// question what becomes of an open map when its transaction goes back to a savepoint.
/// </remarks>
internal sealed record TypedMap(string Name, ushort KeyType, ushort ValueType)
{
    /// <summary>
    /// Holds the names of a collection's maps against the file, when the collection is made: a name
    /// that fits for one of them only would fail in the middle of a change.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// One is no valid text or too long; the message has both numbers.
    /// </exception>
    public static void ThrowIfTooLong(PageFile file, params ReadOnlySpan<TypedMap> maps)
    {
        foreach (TypedMap map in maps)
        {
            RecordName.Encode(map.Name, "map", MapCatalog.MaxNameBytes(file.PayloadSize));
        }
    }

    /// <summary>The map as a read transaction sees it; empty when the file has none.</summary>
    /// <exception cref="InvalidOperationException">The map was made with other types.</exception>
    public MapReader In(ReadTransaction read)
    {
        var pages = new PageSource(read);
        return new MapReader(pages, Find(pages), Name, null);
    }

    /// <summary>The map for reading in a write transaction; empty when the file has none.</summary>
    /// <exception cref="InvalidOperationException">The map was made with other types.</exception>
    public MapReader ReadIn(WriteTransaction write)
    {
        MapSpace space = MapSpace.Of(write);
        space.ThrowIfBroken();
        var pages = new PageSource(write);
        PageNumber root = Find(pages);
        return new MapReader(pages, root, Name, root.IsNone ? null : space.StateOf(root, Name));
    }

    /// <summary>The map for changes; made when the file has none.</summary>
    /// <exception cref="InvalidOperationException">The map was made with other types.</exception>
    public MapWriter In(WriteTransaction write)
    {
        MapWriter map = MapTransactions.Open(
            write, Name, KeyType, ValueType, out CatalogEntry entry);
        Check(entry);
        return map;
    }

    /// <summary>
    /// The error for a record that the collection cannot have written; the offset is that of the
    /// page at which the map begins.
    /// </summary>
    public CorruptFileException Corrupt(in MapReader map, string problem) =>
        map.Pages.Corrupt(map.Root, 0, $"the map \"{Name}\", which begins here: {problem}");

    private PageNumber Find(in PageSource pages)
    {
        if (MapCatalog.TryFind(pages, Name, out CatalogEntry entry))
        {
            Check(entry);
        }

        return entry.Root;
    }

    private void Check(CatalogEntry entry)
    {
        if (entry.KeyType is not MapTypes.None && entry.KeyType != KeyType
            || entry.ValueType is not MapTypes.None && entry.ValueType != ValueType)
        {
            throw new InvalidOperationException(
                $"The map \"{Name}\" was made with types {entry.KeyType} and {entry.ValueType}, " +
                $"expected {KeyType} and {ValueType}: something else is kept there.");
        }
    }
}
