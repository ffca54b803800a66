using FsCheck;
using FsCheck.Fluent;
using Quire.Collections;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// Keys of up to 2048 bytes in maps whose own keys have 92, against a sorted dictionary: pages of
/// 512 bytes, so that there are many layers, and keys that differ late or not at all.
/// </summary>
public sealed class LayeredMapProperties
{
    private static readonly int Cut = LayeredFile.Cut;

    /// <summary>One less, exact, one more: for the first map, a layer, and a layer's
    /// layer.</summary>
    private static readonly int[] Lengths =
    [
        0, 1, Cut - 9, Cut - 1, Cut, Cut + 1, (2 * Cut) - 9, (2 * Cut) - 8, (2 * Cut) - 7,
        (3 * Cut) - 17, (3 * Cut) - 16, (3 * Cut) - 15, 600, 2046, 2047, 2048,
    ];

    private static readonly Gen<byte[]> Keys =
        Gen.Elements(Lengths).SelectMany(length => Gen.Choose(0, 3).SelectMany(
            fill => Gen.Choose(0, 40).Select(end => KeyOf(length, fill, end))));

    [Fact]
    public void Long_keys_are_what_a_sorted_dictionary_would_have()
    {
        Gen<Step> steps = Gen.Choose(0, 99).SelectMany(
            kind => Keys.SelectMany(key => Gen.Choose(0, 150).Select(
                length => new Step(kind, key, length))));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(120).WithEndSize(150),
            Prop.ForAll(Gen.ListOf(steps).ToArbitrary(), program => Run([.. program])));
    }

    [Fact]
    public void Each_pair_of_lengths_around_a_cut_keeps_its_order()
    {
        foreach (int first in Lengths)
        {
            foreach (int second in Lengths)
            {
                byte[] a = KeyOf(first, 1, 1);
                byte[] b = KeyOf(second, 1, 2);
                Run([new Step(0, a, 3), new Step(0, b, 4), new Step(80, a, 0), new Step(80, b, 0)]);
            }
        }
    }

    /// <summary>Same bytes but for the last one or two; 0 as the fill makes prefixes of one
    /// another.</summary>
    private static byte[] KeyOf(int length, int fill, int end)
    {
        byte[] key = new byte[length];
        Array.Fill(key, (byte)(fill == 3 ? 0xFF : fill));
        if (fill != 0 && length > 1)
        {
            key[length - 1] = (byte)(end % 5 == 0 ? 0xFF : end);
            key[length / 2] = (byte)(end % 2);
        }

        return key;
    }

    private static void Run(Step[] program)
    {
        using var file = new LayeredFile();
        using WriteTransaction write = file.Maps.File.BeginWrite();
        LayeredWriter map = LayeredFile.In(write);
        var expected = new SortedDictionary<byte[], byte[]>(ByteOrder.Instance);
        foreach (Step step in program)
        {
            switch (step.Kind)
            {
                case < 60:
                    byte[] value = new byte[step.ValueBytes];
                    Array.Fill(value, (byte)step.ValueBytes);
                    map.Put(step.Key, value);
                    expected[step.Key] = value;
                    break;
                case < 90:
                    Assert.Equal(expected.Remove(step.Key), map.Delete(step.Key));
                    break;
                default:
                    bool isThere = expected.TryGetValue(step.Key, out byte[]? known);
                    Assert.Equal(isThere, map.Reader.TryGet(step.Key, out var found));
                    Assert.True(!isThere || found.SequenceEqual(known));
                    break;
            }
        }

        CompareSeeks(expected, program.Select(step => step.Key), map.Reader.OpenCursor());
        write.Commit();
        CompareCommitted(file, expected);
        DeleteAll(file, expected.Keys);
    }

    private static void CompareSeeks(
        SortedDictionary<byte[], byte[]> expected, IEnumerable<byte[]> keys, LayeredCursor cursor)
    {
        byte[][] sorted = [.. expected.Keys];
        foreach (byte[] key in keys)
        {
            int at = Array.BinarySearch(sorted, key, ByteOrder.Instance);
            int next = at < 0 ? ~at : at;
            CompareAt(sorted, next, cursor.Seek(key), cursor);
            CompareAt(sorted, at < 0 ? next - 1 : at, cursor.SeekAtMost(key), cursor);
            CompareAt(sorted, next - 1, cursor.SeekBelow(key), cursor);
            if (next < sorted.Length)
            {
                cursor.Seek(key);
                CompareAt(sorted, next - 1, cursor.MovePrevious(), cursor);
                cursor.Seek(key);
                CompareAt(sorted, next + 1, cursor.MoveNext(), cursor);
            }
        }
    }

    private static void CompareAt(
        byte[][] sorted, int index, bool isPlaced, LayeredCursor cursor)
    {
        Assert.Equal(index >= 0 && index < sorted.Length, isPlaced);
        Assert.Equal(isPlaced, cursor.IsPlaced);
        if (isPlaced)
        {
            Assert.Equal(Convert.ToHexString(sorted[index]), Convert.ToHexString(cursor.Key));
        }
    }

    private static void CompareCommitted(
        LayeredFile file, SortedDictionary<byte[], byte[]> expected)
    {
        using ReadTransaction read = file.Maps.File.BeginRead();
        LayeredReader map = LayeredFile.In(read);
        foreach ((byte[] key, byte[] value) in expected)
        {
            Assert.True(map.TryGet(key, out ReadOnlySpan<byte> found));
            Assert.True(found.SequenceEqual(value));
        }

        LayeredCursor cursor = map.OpenCursor();
        bool isPlaced = cursor.MoveFirst();
        foreach ((byte[] key, byte[] value) in expected)
        {
            Assert.True(isPlaced && cursor.Key.SequenceEqual(key));
            Assert.True(cursor.Value.SequenceEqual(value));
            isPlaced = cursor.MoveNext();
        }

        Assert.False(isPlaced);
        isPlaced = cursor.MoveLast();
        foreach ((byte[] key, _) in expected.Reverse())
        {
            Assert.True(isPlaced && cursor.Key.SequenceEqual(key));
            isPlaced = cursor.MovePrevious();
        }

        Assert.False(isPlaced);
    }

    /// <summary>No layer and no pointer is left when nothing needs them.</summary>
    private static void DeleteAll(LayeredFile file, IEnumerable<byte[]> keys)
    {
        using WriteTransaction write = file.Maps.File.BeginWrite();
        LayeredWriter map = LayeredFile.In(write);
        foreach (byte[] key in keys)
        {
            Assert.True(map.Delete(key));
        }

        Assert.Equal(0, map.Reader.Main.Count);
        Assert.Equal(0, map.Reader.Layers.Count);
        Assert.False(map.Reader.OpenCursor().MoveFirst());
    }

    private sealed record Step(int Kind, byte[] Key, int ValueBytes);
}

/// <summary>A file with a layered map in pages of 512 bytes.</summary>
internal sealed class LayeredFile : IDisposable
{
    /// <summary>The longest key of a map in pages of 512 bytes.</summary>
    public const int Cut = 92;

    public MapFile Maps { get; } = new();

    public static LayeredWriter In(WriteTransaction write)
    {
        MapWriter main = StoreMaps.Entries("m").In(write);
        Assert.Equal(Cut, main.MaxKeyBytes);
        return new LayeredWriter(main, new LazyMap(write, StoreMaps.Layers("m")), Cut);
    }

    public static LayeredReader In(ReadTransaction read) => new(
        StoreMaps.Entries("m").In(read),
        StoreMaps.Layers("m").In(read),
        Cut);

    public void Dispose() => Maps.Dispose();
}
