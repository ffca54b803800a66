namespace Quire.Collections;

/// <summary>
/// The maps of a key-value store by name and type: a map of another kind is refused, one without
/// types, as <c>quire import</c> makes them, is taken.
/// </summary>
internal static class StoreMaps
{
    public const string DefaultName = "kv";
    public const string LayersSuffix = "/long";
    public const string ExpirySuffix = "/expiry";
    public const string QueueSuffix = "/queue";
    public const string MetaSuffix = "/meta";

    public const ushort EntriesType = 210;
    public const ushort LayersType = 211;
    public const ushort ExpiryType = 212;
    public const ushort QueueType = 213;
    public const ushort MetaType = 214;

    /// <summary>A map for reading; an empty one when the file has none of this name.</summary>
    /// <exception cref="InvalidOperationException">The map is of another kind.</exception>
    public static MapReader Open(ReadTransaction read, string name, ushort typeId)
    {
        var pages = new PageSource(read);
        if (!MapCatalog.TryFind(pages, name, out CatalogEntry entry))
        {
            return new MapReader(pages, PageNumber.None, name, null);
        }

        Check(name, entry, typeId);
        return new MapReader(pages, entry.Root, name, null);
    }

    /// <summary>A map for writing; made when the file has none of this name.</summary>
    /// <exception cref="InvalidOperationException">The map is of another kind.</exception>
    public static MapWriter Open(WriteTransaction write, string name, ushort typeId)
    {
        MapWriter map = MapTransactions.Open(write, name, typeId, typeId, out CatalogEntry entry);
        Check(name, entry, typeId);
        return map;
    }

    private static void Check(string name, CatalogEntry entry, ushort typeId)
    {
        if ((entry.KeyType != 0 && entry.KeyType != typeId)
            || (entry.ValueType != 0 && entry.ValueType != typeId))
        {
            throw new InvalidOperationException(
                $"The map \"{name}\" has keys of type {entry.KeyType} and values of type " +
                $"{entry.ValueType}; in a key-value store it has type {typeId}.");
        }
    }
}
