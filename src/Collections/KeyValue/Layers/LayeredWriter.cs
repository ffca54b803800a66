using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>Changes the records that a <see cref="LayeredReader"/> reads.</summary>
/// <param name="main">The first map.</param>
/// <param name="layers">Opens the second map, which is made with the first long key.</param>
/// <param name="cut">Where keys are cut; the same as long as there is a long key.</param>
internal sealed class LayeredWriter(MapWriter main, LazyMap layers, int cut)
{
    private LayeredReader? _reader;
    private bool _hasLayers;

    /// <summary>The same records, for code that only reads; valid until the next change.</summary>
    public LayeredReader Reader
    {
        get
        {
            if (_reader is null || _hasLayers != layers.Exists)
            {
                _hasLayers = layers.Exists;
                _reader = new LayeredReader(main.AsReader(), layers.Reader, cut);
            }

            return _reader;
        }
    }

    /// <summary>Puts a record in, or replaces the one with this key.</summary>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length > LayeredReader.LongestKeyBytes)
        {
            throw new ArgumentException(
                $"The key has {key.Length} bytes; it may have {LayeredReader.LongestKeyBytes}.",
                nameof(key));
        }

        ulong layer = 0;
        ulong unused = 0;
        Span<byte> pointer = stackalloc byte[LayerPointer.Bytes];
        while (true)
        {
            LayeredReader reader = Reader;
            ReadOnlySpan<byte> slice = reader.SliceOf(layer, key);
            ReadOnlySpan<byte> place = reader.PlaceOf(layer, slice);
            MapWriter map = layer == 0 ? main : layers.Writer;
            if (!reader.IsCut(layer, slice))
            {
                map.Put(place, value);
                return;
            }

            if (map.TryGet(place, out ReadOnlySpan<byte> found))
            {
                layer = LayeredReader.LayerOf(map.AsReader(), place, found);
            }
            else
            {
                unused = Math.Max(unused, FirstUnused());
                layer = unused++;
                LayerPointer.Write(pointer, layer);
                map.Put(place, pointer);
            }

            key = key[slice.Length..];
        }
    }

    /// <summary>Takes a record out, and the layers that this leaves empty.</summary>
    /// <returns>Whether there was one with this key.</returns>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        LayeredReader reader = Reader;
        var way = new Stack<(ulong Layer, byte[] Slice)>();
        ulong layer = 0;
        while (true)
        {
            ReadOnlySpan<byte> slice = reader.SliceOf(layer, key);
            ReadOnlySpan<byte> place = reader.PlaceOf(layer, slice);
            MapReader map = layer == 0 ? reader.Main : reader.Layers;
            if (!map.TryGet(place, out ReadOnlySpan<byte> found))
            {
                return false;
            }

            way.Push((layer, slice.ToArray()));
            if (!reader.IsCut(layer, slice))
            {
                break;
            }

            layer = LayeredReader.LayerOf(map, place, found);
            key = key[slice.Length..];
        }

        do
        {
            (layer, byte[] slice) = way.Pop();
            MapWriter map = layer == 0 ? main : layers.Writer;
            map.Delete(reader.PlaceOf(layer, slice));
        }
        while (layer != 0 && reader.IsEmpty(layer));
        return true;
    }

    /// <summary>
    /// A number above those of all layers: that of the last one is in the last key.
    /// </summary>
    private ulong FirstUnused()
    {
        if (!Reader.Layers.TryGetLast(out MapEntry last))
        {
            return 1;
        }

        ReadOnlySpan<byte> place = last.Key;
        ulong highest = place.Length < LayeredReader.NumberBytes
            ? ulong.MaxValue
            : BinaryPrimitives.ReadUInt64BigEndian(place);
        return highest < ulong.MaxValue
            ? highest + 1
            : throw LayeredReader.Corrupt(Reader.Layers, place, "has no number of a layer");
    }
}
