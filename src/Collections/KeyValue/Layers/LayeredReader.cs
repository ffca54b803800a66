using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// Keys longer than a map's longest, in order: cut into slices, each of which but the last leads to
/// a layer of its own.
/// </summary>
/// <remarks>
/// <para>
/// A key shorter than the <i>cut</i> is a record of the first map. Of a longer one, the first bytes
/// up to the cut are a record there that points to a layer (<see cref="LayerPointer"/>), and the
/// rest is a key of that layer: a record of the second map, under the layer's number and the rest,
/// which is cut again when it is too long. So a record whose key has exactly the length of the cut
/// is a pointer, in either map, and nothing else is. After "Cache craftiness for fast multicore
/// key-value storage" (Mao, Kohler, Morris, 2012), with a page's longest key in place of eight
/// bytes.
/// </para>
/// <para>
/// The order of all keys is that of their bytes: a record that is no pointer is shorter than the
/// cut, so it never has a pointer's slice as its beginning.
/// </para>
/// <para>
/// Left out: a layer is not folded back into its pointer when only one key is left in it.
/// </para>
/// </remarks>
internal sealed class LayeredReader(MapReader main, MapReader layers, int cut)
{
    /// <summary>
    /// More bytes than any key may have: layers that lead further are damaged, or a ring.
    /// </summary>
    public const int LongestKeyBytes = 2048;

    /// <summary>What a layer's number takes in the keys of the second map.</summary>
    public const int NumberBytes = 8;

    private readonly byte[] _place = new byte[cut];

    public MapReader Main => main;

    public MapReader Layers => layers;

    /// <summary>Finds a value.</summary>
    /// <exception cref="CorruptFileException">A layer is missing, or no pointer where one must
    /// be.</exception>
    public bool TryGet(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        if (key.Length < cut)
        {
            return main.TryGet(key, out value);
        }

        if (!main.TryGet(key[..cut], out value))
        {
            return false;
        }

        ulong layer = LayerOf(main, key[..cut], value);
        key = key[cut..];
        while (true)
        {
            ReadOnlySpan<byte> slice = SliceOf(layer, key);
            ReadOnlySpan<byte> place = PlaceOf(layer, slice);
            if (!layers.TryGet(place, out value))
            {
                ThrowIfEmpty(layer);
                return false;
            }

            if (!IsCut(layer, slice))
            {
                return true;
            }

            layer = LayerOf(layers, place, value);
            key = key[slice.Length..];
        }
    }

    public bool ContainsKey(ReadOnlySpan<byte> key) => TryGet(key, out _);

    public LayeredCursor OpenCursor() => new(this);

    /// <summary>The part of a key that is a key in one layer; 0 stands for the first map.</summary>
    public ReadOnlySpan<byte> SliceOf(ulong layer, ReadOnlySpan<byte> key) =>
        key[..Math.Min(key.Length, RoomOf(layer))];

    /// <summary>Whether a slice is as long as slices can be, so that it leads to a layer.</summary>
    public bool IsCut(ulong layer, ReadOnlySpan<byte> slice) => slice.Length == RoomOf(layer);

    /// <summary>The key of a slice in its map, in a buffer that the next call overwrites.</summary>
    public ReadOnlySpan<byte> PlaceOf(ulong layer, ReadOnlySpan<byte> slice)
    {
        if (layer == 0)
        {
            return slice;
        }

        BinaryPrimitives.WriteUInt64BigEndian(_place, layer);
        slice.CopyTo(_place.AsSpan(NumberBytes));
        return _place.AsSpan(0, NumberBytes + slice.Length);
    }

    /// <summary>The layer to which a record points that must be a pointer.</summary>
    public static ulong LayerOf(
        MapReader map, ReadOnlySpan<byte> place, ReadOnlySpan<byte> record) =>
        LayerPointer.TryRead(record, out ulong layer) is { } problem
            ? throw Corrupt(map, place, problem)
            : layer;

    /// <summary>The error for a record that cannot be.</summary>
    public static CorruptFileException Corrupt(
        MapReader map, ReadOnlySpan<byte> place, string problem)
    {
        string key = Convert.ToHexStringLower(place[..Math.Min(place.Length, 40)]);
        return map.Pages.Corrupt(
            map.Root,
            0,
            $"in the map \"{map.Name}\": the record of key {key} ({place.Length} bytes) {problem}");
    }

    /// <summary>A layer goes when its last record goes, and so does the pointer to it.</summary>
    public bool IsEmpty(ulong layer)
    {
        MapCursor cursor = layers.OpenCursor();
        return !cursor.Seek(PlaceOf(layer, [])) || !IsIn(cursor.Key, layer);
    }

    /// <summary>Whether a record of the second map belongs to a layer.</summary>
    public bool IsIn(ReadOnlySpan<byte> place, ulong layer)
    {
        if (place.Length < NumberBytes || place.Length > cut)
        {
            throw Corrupt(
                layers, place, $"has no length of a key in a layer, from {NumberBytes} to {cut}");
        }

        return BinaryPrimitives.ReadUInt64BigEndian(place) == layer;
    }

    private void ThrowIfEmpty(ulong layer)
    {
        if (IsEmpty(layer))
        {
            throw Corrupt(layers, PlaceOf(layer, []), "is missing, and a pointer leads there");
        }
    }

    private int RoomOf(ulong layer) => layer == 0 ? cut : cut - NumberBytes;
}
