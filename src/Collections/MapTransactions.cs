using Quire.Collections;

namespace Quire;

/// <summary>
/// Named ordered maps in a page file: byte keys in the order of their bytes, values of any size.
/// They live in transactions like pages do, and need the file's root for their catalog.
/// </summary>
/// <example>
/// <code>
/// using (WriteTransaction write = file.BeginWrite())
/// {
///     write.Map("users").Put("anna"u8, "1986"u8);
///     write.Commit();
/// }
///
/// using ReadTransaction read = file.BeginRead();
/// if (read.Map("users").TryGet("anna"u8, out ReadOnlySpan&lt;byte&gt; born))
/// {
///     ...
/// }
/// </code>
/// </example>
public static class MapTransactions
{
    /// <summary>A map for reading.</summary>
    /// <param name="read">The transaction; the reader is valid as long as it is.</param>
    /// <param name="name">The map's name.</param>
    /// <returns>
    /// The map; when there is none of this name, one that is empty and says so
    /// (<see cref="MapReader.Exists"/>).
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The file's root is used by something else than maps.
    /// </exception>
    /// <exception cref="CorruptFileException">The catalog of maps is damaged.</exception>
    public static MapReader Map(this ReadTransaction read, string name)
    {
        var pages = new PageSource(read);
        return MapCatalog.TryFind(pages, name, out CatalogEntry entry)
            ? new MapReader(pages, entry.Root, name, null)
            : new MapReader(pages, PageNumber.None, name, null);
    }

    /// <summary>A map for writing; made when there is none of this name.</summary>
    /// <param name="write">The transaction; the writer is valid as long as it is.</param>
    /// <param name="name">The map's name.</param>
    /// <exception cref="ArgumentException">The name is longer than a key may be.</exception>
    /// <exception cref="InvalidOperationException">
    /// The file's root is used by something else than maps, or an earlier change of a map in this
    /// transaction failed half-way.
    /// </exception>
    /// <exception cref="CorruptFileException">The catalog of maps is damaged.</exception>
    public static MapWriter Map(this WriteTransaction write, string name)
    {
        return Open(write, name, keyType: 0, valueType: 0, out _);
    }

    /// <summary>Whether there is a map of this name.</summary>
    public static bool HasMap(this ReadTransaction read, string name)
    {
        return MapCatalog.TryFind(new PageSource(read), name, out _);
    }

    /// <summary>Whether there is a map of this name.</summary>
    public static bool HasMap(this WriteTransaction write, string name)
    {
        return MapCatalog.TryFind(new PageSource(write), name, out _);
    }

    /// <summary>All maps of the file, in the order of their names' bytes.</summary>
    public static IReadOnlyList<MapInfo> ListMaps(this ReadTransaction read)
    {
        return List(new PageSource(read));
    }

    /// <summary>All maps of the file, in the order of their names' bytes.</summary>
    public static IReadOnlyList<MapInfo> ListMaps(this WriteTransaction write)
    {
        return List(new PageSource(write));
    }

    /// <summary>
    /// Holds all maps against their own rules, and the pages of the file against the maps: see
    /// <see cref="MapVerifier"/>.
    /// </summary>
    public static MapReport VerifyMaps(
        this ReadTransaction read, CancellationToken cancellation = default) =>
        MapVerifier.Verify(read, cancellation);

    internal static MapWriter Open(
        WriteTransaction write,
        string name,
        ushort keyType,
        ushort valueType,
        out CatalogEntry entry)
    {
        MapSpace space = MapSpace.Of(write);
        space.ThrowIfBroken();
        if (!MapCatalog.TryFind(new PageSource(write), name, out entry))
        {
            PageNumber catalog = MapCatalog.Prepare(write, name);
            using MapChange change = space.BeginChange(null);
            entry = MapCatalog.Create(write, catalog, name, keyType, valueType);
            change.Complete();
        }

        return new MapWriter(write, space.StateOf(entry.Root, name));
    }

    private static MapInfo[] List(PageSource pages) =>
    [
        .. MapCatalog.List(pages).Select(map => new MapInfo(
            map.Name,
            map.Entry.Root,
            checked((long)TreeReader.CountOf(pages, map.Entry.Root)))),
    ];
}

/// <summary>One map of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Root">The page at which its tree begins; it never changes.</param>
/// <param name="Count">How many records it has.</param>
public sealed record MapInfo(string Name, PageNumber Root, long Count);
