namespace Quire.Collections;

/// <summary>
/// A place among the records of a <see cref="LayeredReader"/>, as <see cref="MapCursor"/> is one in
/// a map: one cursor for each layer on the way to it.
/// </summary>
internal sealed class LayeredCursor(LayeredReader map)
{
    private readonly List<Level> _levels = [];
    private byte[] _key = new byte[256];
    private int _keyLength;
    private int _depth;

    public bool IsPlaced => _depth > 0;

    /// <summary>The whole key; valid until the cursor moves.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>The value, where it lies.</summary>
    public ReadOnlySpan<byte> Value => Top.Cursor.Value;

    private Level Top => _levels[_depth - 1];

    public bool MoveFirst() => Seek([]);

    public bool MoveLast()
    {
        Begin();
        return Top.Cursor.MoveLast() ? Settle(isBackward: true) : Leave(isBackward: true);
    }

    public bool MoveNext() => Move(isBackward: false);

    public bool MovePrevious() => Move(isBackward: true);

    /// <summary>Goes to the first record whose key is the given one or above it.</summary>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        Begin();
        while (true)
        {
            ReadOnlySpan<byte> slice = map.SliceOf(Top.Layer, key);
            if (!IsIn(Top.Cursor.Seek(map.PlaceOf(Top.Layer, slice))))
            {
                return Leave(isBackward: false);
            }

            if (!map.IsCut(Top.Layer, slice) || !SliceHere().SequenceEqual(slice))
            {
                return Settle(isBackward: false);
            }

            key = key[slice.Length..];
            Enter();
        }
    }

    public bool SeekAtMost(ReadOnlySpan<byte> key) => SeekBackward(key, isInclusive: true);

    public bool SeekBelow(ReadOnlySpan<byte> key) => SeekBackward(key, isInclusive: false);

    private bool SeekBackward(ReadOnlySpan<byte> key, bool isInclusive)
    {
        Begin();
        while (true)
        {
            // What a pointer with this very slice leads to may be below the key, or not.
            ReadOnlySpan<byte> slice = map.SliceOf(Top.Layer, key);
            bool isCut = map.IsCut(Top.Layer, slice);
            ReadOnlySpan<byte> place = map.PlaceOf(Top.Layer, slice);
            MapCursor cursor = Top.Cursor;
            if (!IsIn(isInclusive || isCut ? cursor.SeekAtMost(place) : cursor.SeekBelow(place)))
            {
                return Leave(isBackward: true);
            }

            if (!isCut || !SliceHere().SequenceEqual(slice))
            {
                return Settle(isBackward: true);
            }

            key = key[slice.Length..];
            Enter();
        }
    }

    private bool Move(bool isBackward)
    {
        if (!IsPlaced)
        {
            return false;
        }

        MapCursor cursor = Top.Cursor;
        return IsIn(isBackward ? cursor.MovePrevious() : cursor.MoveNext())
            ? Settle(isBackward)
            : Leave(isBackward);
    }

    /// <summary>Out of layers that have ended, to the next record behind them.</summary>
    private bool Leave(bool isBackward)
    {
        while (--_depth > 0)
        {
            MapCursor cursor = Top.Cursor;
            if (IsIn(isBackward ? cursor.MovePrevious() : cursor.MoveNext()))
            {
                return Settle(isBackward);
            }
        }

        return false;
    }

    /// <summary>Down from pointers to the first or last record that they lead to.</summary>
    private bool Settle(bool isBackward)
    {
        while (map.IsCut(Top.Layer, SliceHere()))
        {
            Enter();
            Level level = Top;
            bool isPlaced = !isBackward
                ? level.Cursor.Seek(map.PlaceOf(level.Layer, []))
                : level.Layer == ulong.MaxValue
                    ? level.Cursor.MoveLast()
                    : level.Cursor.SeekBelow(map.PlaceOf(level.Layer + 1, []));
            if (!IsIn(isPlaced))
            {
                throw Missing(level.Layer);
            }
        }

        Append(SliceHere());
        return true;
    }

    /// <summary>Into the layer to which the record here points.</summary>
    private void Enter()
    {
        Level from = Top;
        ReadOnlySpan<byte> place = from.Cursor.Key;
        MapReader source = from.Layer == 0 ? map.Main : map.Layers;
        ulong layer = LayeredReader.LayerOf(source, place, from.Cursor.Value);
        Append(SliceHere());
        if (_keyLength > LayeredReader.LongestKeyBytes)
        {
            throw LayeredReader.Corrupt(
                source,
                place,
                $"leads deeper than the {LayeredReader.LongestKeyBytes} bytes of a key");
        }

        if (map.IsEmpty(layer))
        {
            throw Missing(layer);
        }

        Push(layer, _keyLength);
    }

    private CorruptFileException Missing(ulong layer) => LayeredReader.Corrupt(
        map.Layers, map.PlaceOf(layer, []), "is missing, and a pointer leads there");

    private void Begin()
    {
        _depth = 0;
        Push(layer: 0, start: 0);
    }

    private void Push(ulong layer, int start)
    {
        if (_levels.Count == _depth)
        {
            MapReader source = _depth == 0 ? map.Main : map.Layers;
            _levels.Add(new Level(source.OpenCursor(), 0, 0));
        }

        _levels[_depth] = _levels[_depth] with { Layer = layer, Start = start };
        _depth++;
    }

    /// <summary>Whether the top cursor is at a record, and that one of its layer.</summary>
    private bool IsIn(bool isPlaced) =>
        isPlaced && (Top.Layer == 0 || map.IsIn(Top.Cursor.Key, Top.Layer));

    private ReadOnlySpan<byte> SliceHere()
    {
        ReadOnlySpan<byte> place = Top.Cursor.Key;
        return Top.Layer == 0 ? place : place[LayeredReader.NumberBytes..];
    }

    private void Append(ReadOnlySpan<byte> slice)
    {
        int start = Top.Start;
        if (_key.Length < start + slice.Length)
        {
            Array.Resize(ref _key, 2 * (start + slice.Length));
        }

        slice.CopyTo(_key.AsSpan(start));
        _keyLength = start + slice.Length;
    }

    /// <summary>One layer on the way: its cursor, its number, and where its slice begins.</summary>
    private readonly record struct Level(MapCursor Cursor, ulong Layer, int Start);
}
