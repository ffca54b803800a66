using Quire.Cli.Maps.Records;

namespace Quire.Cli.Maps;

/// <summary>
/// The records of one transaction of an import, gathered before it begins: an input may take its
/// time, and other writers would wait for it.
/// </summary>
internal sealed class RecordBatch(int capacity)
{
    /// <summary>A batch of many bytes ends before it has all its records.</summary>
    public const int PlentyBytes = 32 << 20;

    private readonly Dictionary<string, Part> _parts = [];
    private byte[] _bytes = new byte[64 * 1024];
    private int _used;
    private Part? _last;

    public int Records { get; private set; }

    public bool IsFull => Records >= capacity || _used >= PlentyBytes;

    /// <summary>The records by their maps.</summary>
    public IEnumerable<Part> Parts => _parts.Values;

    public void Add(MapRecord record)
    {
        if (_last?.Map != record.Map && !_parts.TryGetValue(record.Map, out _last))
        {
            _last = new Part(this, record.Map, record.Place);
            _parts.Add(record.Map, _last);
        }

        if (record.IsMapOnly)
        {
            return;
        }

        int start = _used;
        Append(record.Key.WrittenSpan);
        Append(record.Value.WrittenSpan);
        _last!.Add(new Item(
            start, record.Key.WrittenCount, record.Value.WrittenCount, record.Place));
        Records++;
    }

    public void Clear()
    {
        _parts.Clear();
        _last = null;
        _used = 0;
        Records = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        int needed = checked(_used + bytes.Length);
        if (needed > _bytes.Length)
        {
            Array.Resize(
                ref _bytes, (int)Math.Min(Math.Max(needed, 2L * _bytes.Length), Array.MaxLength));
        }

        bytes.CopyTo(_bytes.AsSpan(_used));
        _used = needed;
    }

    /// <summary>The records of one map.</summary>
    public sealed class Part(RecordBatch batch, string map, InputPlace place)
    {
        private readonly List<Item> _items = [];

        public string Map { get; } = map;

        /// <summary>Where the map is first named.</summary>
        public InputPlace Place { get; } = place;

        public int Count => _items.Count;

        /// <summary>Whether each key is above the one before.</summary>
        public bool IsSorted { get; private set; } = true;

        public InputPlace PlaceOf(int index) => _items[index].Place;

        public ReadOnlySpan<byte> KeyOf(int index) =>
            batch._bytes.AsSpan(_items[index].Start, _items[index].KeyLength);

        public ReadOnlySpan<byte> ValueOf(int index) => batch._bytes.AsSpan(
            _items[index].Start + _items[index].KeyLength, _items[index].ValueLength);

        public void Add(Item item)
        {
            _items.Add(item);
            IsSorted &= _items.Count == 1
                || KeyOf(_items.Count - 1).SequenceCompareTo(KeyOf(_items.Count - 2)) > 0;
        }
    }

    /// <summary>Where one record's bytes are: the key, and behind it the value.</summary>
    public readonly record struct Item(int Start, int KeyLength, int ValueLength, InputPlace Place);
}
