using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// Programs on one map against sorted lists, drawn by FsCheck: short ones, which it shrinks, and long
/// ones, 102,500 operations a run, with reopenings and power cuts.
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
            Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i))
                .Select(key => key[..Math.Min(90, key.Length)]));
        Gen<Step> steps = Gen.Choose(0, 99).SelectMany(kind => keys.SelectMany(
            key => Gen.Choose(0, 700).Select(length => new Step(kind, key, length))));
        Check.One(
            Settings,
            Prop.ForAll(Gen.ListOf(steps).ToArbitrary(), program => Run([.. program])));
    }

    [Fact]
    public void Long_programs_with_reopenings_and_power_cuts_agree_too()
    {
        const int programs = 25;
        const int operations = 4100;
        Gen<(int Page, int Shape, int Seed)> runs = Gen.Choose(9, 12).SelectMany(
            page => Gen.Choose(0, 4).SelectMany(
                shape => Gen.Choose(0, int.MaxValue).Select(seed => (1 << page, shape, seed))));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(programs),
            Prop.ForAll(runs.ToArbitrary(), run =>
            {
                using var model = new MapModel(
                    run.Page, (KeyShape)run.Shape, run.Seed, run.Seed % 2 == 0 ? 0 : 16 << 20);
                model.Run(operations);
                Assert.Equal(operations, model.Operations);
            }));
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
            Assert.True(cursor.Key.SequenceEqual(key));
            Assert.True(cursor.Value.SequenceEqual(value));
        }

        Assert.False(cursor.MoveNext());
    }

    private sealed record Step(int Kind, byte[] Key, int ValueBytes);
}
