using Quire.Collections;

namespace Quire;

/// <summary>
/// What a map of a file holds: its name, and how keys and values become bytes. Made once and used
/// in any number of transactions and threads.
/// </summary>
/// <remarks>
/// The types of keys and values are recorded when the map is made, and a definition with others is
/// refused. A map that was made without types (<see cref="MapTransactions.Map(WriteTransaction,
/// string)"/>) can be opened with any.
/// </remarks>
/// <example>
/// <code>
/// static readonly OrderedMap&lt;string, long&gt; Sizes =
///     new("sizes", MapKeys.String, MapValues.Int64);
///
/// Sizes.In(write).Put("a.txt", 12);
/// if (Sizes.In(read).TryGet("a.txt", out long size)) { ... }
/// </code>
/// </example>
public sealed class OrderedMap<TKey, TValue>
{
    /// <summary>Defines a map.</summary>
    public OrderedMap(
        string name, IKeySerializer<TKey> keys, IValueSerializer<TValue> values)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        Name = name;
        Keys = keys;
        Values = values;
    }

    /// <summary>The map's name.</summary>
    public string Name { get; }

    /// <summary>Makes bytes of keys.</summary>
    public IKeySerializer<TKey> Keys { get; }

    /// <summary>Makes bytes of values.</summary>
    public IValueSerializer<TValue> Values { get; }

    /// <summary>
    /// The map as a read transaction sees it; empty when the file has none of this name.
    /// </summary>
    /// <exception cref="InvalidOperationException">The map was made with other types.</exception>
    public OrderedMapReader<TKey, TValue> In(ReadTransaction read)
    {
        var pages = new PageSource(read);
        if (MapCatalog.TryFind(pages, Name, out CatalogEntry entry))
        {
            Check(entry);
        }

        return new OrderedMapReader<TKey, TValue>(
            this, new MapReader(pages, entry.Root, Name, null));
    }

    /// <summary>The map as a write transaction changes it; made when the file has none of this
    /// name.
    /// </summary>
    /// <exception cref="InvalidOperationException">The map was made with other types.</exception>
    public OrderedMapWriter<TKey, TValue> In(WriteTransaction write)
    {
        MapWriter map = MapTransactions.Open(
            write, Name, Keys.TypeId, Values.TypeId, out CatalogEntry entry);
        Check(entry);
        return new OrderedMapWriter<TKey, TValue>(this, map);
    }

    /// <summary>The keys from one on, the other and all above it left out.</summary>
    public MapRange Between(TKey from, TKey to) =>
        new() { From = BytesOf(from), To = BytesOf(to) };

    /// <summary>The keys from one on.</summary>
    public MapRange AtLeast(TKey from) => new() { From = BytesOf(from) };

    /// <summary>The keys below one.</summary>
    public MapRange Below(TKey to) => new() { To = BytesOf(to) };

    internal byte[] BytesOf(TKey key)
    {
        byte[] bytes = new byte[Keys.GetLengthBytes(key)];
        Keys.Write(key, bytes);
        return bytes;
    }

    private void Check(CatalogEntry entry)
    {
        Check("keys", entry.KeyType, Keys.TypeId);
        Check("values", entry.ValueType, Values.TypeId);
    }

    private void Check(string what, ushort recorded, ushort asked)
    {
        if (recorded != 0 && asked != 0 && recorded != asked)
        {
            throw new InvalidOperationException(
                $"The map \"{Name}\" was made with {what} of type {recorded}; it is opened with " +
                $"type {asked}.");
        }
    }
}

/// <summary>An <see cref="OrderedMap{TKey, TValue}"/> as one transaction sees it.</summary>
public readonly struct OrderedMapReader<TKey, TValue>
{
    private const int StackBytes = 256;

    private readonly OrderedMap<TKey, TValue> _definition;

    internal OrderedMapReader(OrderedMap<TKey, TValue> definition, MapReader map)
    {
        _definition = definition;
        Map = map;
    }

    /// <summary>The same map, in bytes.</summary>
    public MapReader Map { get; }

    /// <summary>Whether the file has this map.</summary>
    public bool Exists => Map.Exists;

    /// <summary>How many records it has.</summary>
    public long Count => Map.Count;

    /// <summary>Finds a value.</summary>
    /// <returns>Whether there is a record with this key.</returns>
    /// <exception cref="FormatException">The bytes found are not those of such a value.</exception>
    public bool TryGet(TKey key, out TValue value)
    {
        int length = _definition.Keys.GetLengthBytes(key);
        Span<byte> bytes = length <= StackBytes ? stackalloc byte[length] : new byte[length];
        _definition.Keys.Write(key, bytes);
        bool isFound = Map.TryGet(bytes, out ReadOnlySpan<byte> found);
        value = isFound ? _definition.Values.Read(found) : default!;
        return isFound;
    }

    /// <summary>Whether there is a record with this key.</summary>
    public bool ContainsKey(TKey key) => Map.ContainsKey(_definition.BytesOf(key));

    /// <summary>
    /// The records of a range, in order or in reverse. Ranges of keys are made by the definition,
    /// for example <see cref="OrderedMap{TKey, TValue}.Between"/>.
    /// </summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> Scan(MapRange? range = null)
    {
        OrderedMap<TKey, TValue> definition = _definition;
        MapScan.Enumerator records = Map.Scan(range).GetEnumerator();
        while (records.MoveNext())
        {
            yield return KeyValuePair.Create(
                definition.Keys.Read(records.Current.Key),
                definition.Values.Read(records.Current.Value));
        }
    }
}
