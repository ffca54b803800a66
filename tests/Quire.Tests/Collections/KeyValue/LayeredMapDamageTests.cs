using Quire.Collections;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Layers whose pages are sound and whose records cannot be: an error, never
/// data.</summary>
public sealed class LayeredMapDamageTests
{
    private const int Cut = LayeredFile.Cut;

    private static readonly byte[] Long = Enumerable.Repeat((byte)7, 300).ToArray();

    [Fact]
    public void A_pointer_to_a_missing_layer_is_an_error() => AssertCorrupt(
        write =>
        {
            MapWriter layers = write.Map("m/long");
            foreach (byte[] key in KeysOf(layers))
            {
                layers.Delete(key);
            }
        },
        "is missing");

    [Fact]
    public void A_pointer_that_is_too_short_is_an_error() => AssertCorrupt(
        write => write.Map("m").Put(Long.AsSpan(0, Cut), [1, 0, 9]), "has 3 bytes, expected 10");

    [Fact]
    public void A_record_where_a_pointer_must_be_is_an_error() => AssertCorrupt(
        write => write.Map("m").Put(Long.AsSpan(0, Cut), new byte[10]), "version 0 and kind 0");

    [Fact]
    public void A_pointer_to_layer_0_is_an_error() => AssertCorrupt(
        write => write.Map("m").Put(Long.AsSpan(0, Cut), [1, 0, .. new byte[8]]), "layer 0");

    [Fact]
    public void A_layer_that_leads_to_itself_is_no_endless_loop() => AssertCorrupt(
        write =>
        {
            MapWriter layers = write.Map("m/long");
            byte[] first = KeysOf(layers)[0];
            byte[] pointer = new byte[LayerPointer.Bytes];
            LayerPointer.Write(pointer, 1);
            layers.Put(first, pointer);
        },
        "deeper",
        readsKey: false);

    [Fact]
    public void A_key_of_the_layers_without_a_number_is_an_error() => AssertCorrupt(
        write =>
        {
            MapWriter layers = write.Map("m/long");
            foreach (byte[] key in KeysOf(layers))
            {
                layers.Delete(key);
            }

            layers.Put([0, 0, 1], "x"u8);
        },
        "no length of a key in a layer");

    private static byte[][] KeysOf(MapWriter map)
    {
        var keys = new List<byte[]>();
        foreach (MapEntry entry in map.Scan())
        {
            keys.Add(entry.Key.ToArray());
        }

        return [.. keys];
    }

    private static void AssertCorrupt(
        Action<WriteTransaction> damage, string expected, bool readsKey = true)
    {
        using var file = new LayeredFile();
        using (WriteTransaction write = file.Maps.File.BeginWrite())
        {
            LayeredFile.In(write).Put(Long, "value"u8);
            damage(write);
            write.Commit();
        }

        using ReadTransaction read = file.Maps.File.BeginRead();
        LayeredReader map = LayeredFile.In(read);
        AssertCorrupt(expected, () => map.OpenCursor().MoveFirst());
        AssertCorrupt(expected, () => map.OpenCursor().MoveLast());
        if (readsKey)
        {
            AssertCorrupt(expected, () => map.TryGet(Long, out _));
        }
        else
        {
            Assert.Throws<CorruptFileException>(() => Walk(map));
        }
    }

    private static void Walk(LayeredReader map)
    {
        LayeredCursor cursor = map.OpenCursor();
        for (bool isPlaced = cursor.Seek(Long); isPlaced; isPlaced = cursor.MoveNext())
        {
        }
    }

    private static void AssertCorrupt(string expected, Action read)
    {
        CorruptFileException error = Assert.Throws<CorruptFileException>(read);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("in the map \"m", error.Message, StringComparison.Ordinal);
    }
}
