using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// Short programs on one map against <see cref="SortedDictionary{TKey, TValue}"/>, generated and
/// shrunk by FsCheck; <see cref="MapModelTests"/> has the long ones.
/// </summary>
public sealed class MapProperties
{
    private static readonly Config Settings =
        Config.QuickThrowOnFailure.WithMaxTest(150).WithEndSize(120);

    [Fact]
    public void A_map_is_what_a_sorted_dictionary_would_be()
    {
        Gen<byte[]> keys = Gen.OneOf(
            Gen.Choose(0, 40).Select(i => new[] { (byte)i }),
            Gen.Choose(0, 40).Select(i => (byte[])[1, 2, 3, 4, 5, (byte)i]),
            Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i)).Select(key => key[..Math.Min(90, key.Length)]));
        Gen<Step> steps = Gen.Choose(0, 99).SelectMany(kind => keys.SelectMany(
            key => Gen.Choose(0, 700).Select(length => new Step(kind, key, length))));
        Check.One(
            Settings,
            Prop.ForAll(Gen.ListOf(steps).ToArbitrary(), program => Run([.. program])));
    }

    private static void Run(Step[] program)
    {
        using var maps = new MapFile();
        var expected = new SortedDictionary<byte[], byte[]>(ByteOrder.Instance);
        SortedDictionary<byte[], byte[]> committed = new(ByteOrder.Instance);
        WriteTransaction write = maps.File.BeginWrite();
        foreach (Step step in program)
        {
            MapWriter map = write.Map("m");
            switch (step.Kind)
            {
                case < 60:
                    byte[] value = new byte[step.ValueBytes];
                    Array.Fill(value, (byte)step.ValueBytes);
                    map.Put(step.Key, value);
                    expected[step.Key] = value;
                    break;
                case < 85:
                    Assert.Equal(expected.Remove(step.Key), map.Delete(step.Key));
                    break;
                case < 95:
                    Assert.Equal(
                        expected.TryGetValue(step.Key, out byte[]? known),
                        map.TryGet(step.Key, out ReadOnlySpan<byte> found));
                    Assert.True(found.SequenceEqual(known));
                    break;
                case < 97:
                    write.Dispose();
                    expected = new(committed, ByteOrder.Instance);
                    write = maps.File.BeginWrite();
                    break;
                default:
                    write.Commit();
                    committed = new(expected, ByteOrder.Instance);
                    write = maps.File.BeginWrite();
                    break;
            }
        }

        write.Map("m");
        write.Commit();
        maps.Reopen();
        maps.Verify();
        using ReadTransaction read = maps.File.BeginRead();
        MapReader all = read.Map("m");
        Assert.Equal(expected.Count, all.Count);
        MapCursor cursor = all.OpenCursor();
        foreach ((byte[] key, byte[] value) in expected)
        {
            Assert.True(cursor.MoveNext());
            Assert.True(cursor.Key.SequenceEqual(key) && cursor.Value.ToArray().SequenceEqual(value));
        }

        Assert.False(cursor.MoveNext());
    }

    private sealed record Step(int Kind, byte[] Key, int ValueBytes);
}
