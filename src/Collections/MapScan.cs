using System.Buffers;
using Quire.Collections;

namespace Quire;

/// <summary>Which records of a map, and in which order.</summary>
public sealed record MapRange
{
    /// <summary>All records, in order.</summary>
    public static MapRange All { get; } = new();

    /// <summary>The lowest key; null for no limit.</summary>
    public ReadOnlyMemory<byte>? From { get; init; }

    /// <summary>Whether <see cref="From"/> itself is left out.</summary>
    public bool IsFromExclusive { get; init; }

    /// <summary>Where to end: the key above the last one; null for no limit.</summary>
    public ReadOnlyMemory<byte>? To { get; init; }

    /// <summary>Whether <see cref="To"/> itself belongs to the range.</summary>
    public bool IsToInclusive { get; init; }

    /// <summary>What all keys begin with.</summary>
    public ReadOnlyMemory<byte> Prefix { get; init; }

    /// <summary>Whether the highest key comes first.</summary>
    public bool IsReversed { get; init; }

    /// <summary>How many records at most; null for all.</summary>
    public long? Limit { get; init; }

    /// <summary>The records whose keys begin so.</summary>
    public static MapRange WithPrefix(ReadOnlyMemory<byte> prefix) => new() { Prefix = prefix };
}

/// <summary>
/// The records of a range of a map. Each enumeration begins anew, with a cursor of its own; the map
/// must not be changed meanwhile through the same transaction.
/// </summary>
public readonly struct MapScan
{
    private readonly MapReader _map;
    private readonly MapRange _range;

    internal MapScan(MapReader map, MapRange range)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range.Limit ?? 0, nameof(range.Limit));
        _map = map;
        _range = range;
    }

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(_map.OpenCursor(), _range);

    /// <summary>How many records there are; they are all visited.</summary>
    public long Count()
    {
        long count = 0;
        foreach (MapEntry _ in this)
        {
            count++;
        }

        return count;
    }

    /// <summary>Walks over the records.</summary>
    public struct Enumerator
    {
        private readonly MapCursor _cursor;
        private readonly RangeBounds _bounds;
        private readonly bool _isReversed;
        private readonly bool _hasEnd;
        private long _left;
        private bool _isStarted;

        internal Enumerator(MapCursor cursor, MapRange range)
        {
            _cursor = cursor;
            _bounds = RangeBounds.Of(range);
            _isReversed = range.IsReversed;
            _hasEnd = _bounds.HasEnd(range.IsReversed);
            _left = range.Limit ?? long.MaxValue;
        }

        /// <summary>The record; valid until the next one.</summary>
        public readonly MapEntry Current => new(_cursor);

        /// <summary>Goes to the next record.</summary>
        public bool MoveNext()
        {
            if (_left <= 0)
            {
                return false;
            }

            bool isPlaced = _isStarted
                ? (_isReversed ? _cursor.MovePrevious() : _cursor.MoveNext())
                : _bounds.Place(_cursor, _isReversed);
            _isStarted = true;
            if (isPlaced && (!_hasEnd || _bounds.HoldsEnd(_cursor.Key, _isReversed)))
            {
                _left--;
                return true;
            }

            _left = 0;
            return false;
        }
    }
}

/// <summary>A record where a cursor is; valid until the cursor moves.</summary>
public readonly ref struct MapEntry
{
    private readonly MapCursor _cursor;

    internal MapEntry(MapCursor cursor) => _cursor = cursor;

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => _cursor.Key;

    /// <summary>The value; see <see cref="MapCursor.Value"/>.</summary>
    public ReadOnlySpan<byte> Value => _cursor.Value;

    /// <summary>How long the value is.</summary>
    public long ValueLengthBytes => _cursor.ValueLengthBytes;

    /// <summary>Appends the value to a buffer.</summary>
    public void CopyValueTo(IBufferWriter<byte> destination) => _cursor.CopyValueTo(destination);

    /// <summary>Opens the value as a stream.</summary>
    public Stream OpenValue() => _cursor.OpenValue();
}
