using System.Buffers;

namespace Quire;

/// <summary>An <see cref="OrderedMap{TKey, TValue}"/> that a write transaction changes.</summary>
public sealed class OrderedMapWriter<TKey, TValue>
{
    private readonly OrderedMap<TKey, TValue> _definition;
    private readonly ArrayBufferWriter<byte> _value = new();
    private byte[] _key = new byte[64];

    internal OrderedMapWriter(OrderedMap<TKey, TValue> definition, MapWriter map)
    {
        _definition = definition;
        Map = map;
    }

    /// <summary>The same map, in bytes.</summary>
    public MapWriter Map { get; }

    /// <summary>How many records it has.</summary>
    public long Count => Map.Count;

    /// <summary>Puts a record in, or replaces the one with this key.</summary>
    /// <returns>Whether the record is new.</returns>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    public bool Put(TKey key, TValue value) => Map.Put(KeyOf(key), ValueOf(value));

    /// <summary>Puts a record in, unless there is one with this key.</summary>
    /// <returns>Whether it was put in.</returns>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    public bool TryAdd(TKey key, TValue value) => Map.TryAdd(KeyOf(key), ValueOf(value));

    /// <summary>Takes a record out.</summary>
    /// <returns>Whether there was one with this key.</returns>
    public bool Delete(TKey key) => Map.Delete(KeyOf(key));

    /// <summary>Finds a value.</summary>
    /// <returns>Whether there is a record with this key.</returns>
    public bool TryGet(TKey key, out TValue value) => AsReader().TryGet(key, out value);

    /// <summary>Whether there is a record with this key.</summary>
    public bool ContainsKey(TKey key) => AsReader().ContainsKey(key);

    /// <summary>
    /// The records of a range; the map must not be changed while they are enumerated.
    /// </summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> Scan(MapRange? range = null) =>
        AsReader().Scan(range);

    /// <summary>Takes all records out.</summary>
    public void Clear() => Map.Clear();

    /// <summary>The same map, for code that only reads.</summary>
    public OrderedMapReader<TKey, TValue> AsReader() => new(_definition, Map.AsReader());

    private ReadOnlySpan<byte> KeyOf(TKey key)
    {
        int length = _definition.Keys.GetLengthBytes(key);
        if (_key.Length < length)
        {
            _key = new byte[length];
        }

        Span<byte> bytes = _key.AsSpan(0, length);
        _definition.Keys.Write(key, bytes);
        return bytes;
    }

    private ReadOnlySpan<byte> ValueOf(TValue value)
    {
        _value.ResetWrittenCount();
        _definition.Values.Write(value, _value);
        return _value.WrittenSpan;
    }
}
