using System.Buffers.Binary;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>Maps that are filled in order, at once.</summary>
public sealed class BulkLoadTests
{
    [Theory]
    [InlineData(512, 0, 1.0)]
    [InlineData(512, 6, 1.0)]
    [InlineData(4096, 100, 1.0)]
    [InlineData(65536, 100, 1.0)]
    [InlineData(4096, 20, 0.7)]
    public void Pages_are_as_full_as_asked_for(int pageSize, int valueLength, double fillFactor)
    {
        using var file = new MapFile(pageSize);
        const int count = 20_000;
        file.Write("m", map => Assert.Equal(
            count, map.BulkLoad(Records(count, valueLength), fillFactor)));
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        MapReader map = read.Map("m");
        Assert.Equal(count, map.Count);
        int at = 0;
        foreach (MapEntry entry in map.Scan())
        {
            Assert.Equal(at++, BinaryPrimitives.ReadInt64BigEndian(entry.Key));
            Assert.Equal(valueLength, entry.Value.Length);
        }

        var shape = new TreeShape(read, "m");
        double fill = shape.LeafFill.SkipLast(1).Average();
        Assert.InRange(fill, fillFactor * 0.95, fillFactor);
        Assert.InRange(
            shape.InnerFill.Append(fillFactor).SkipLast(1).DefaultIfEmpty(fillFactor).Max(),
            fillFactor * 0.9,
            fillFactor);
        Assert.Equal(shape.Leaves.Order(), shape.Leaves);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    [InlineData(900)]
    public void A_loaded_map_can_be_changed_like_any_other(int count)
    {
        using var file = new MapFile();
        file.Write("m", map => map.BulkLoad(Records(count, 10)));
        file.Verify();
        file.Write("m", map =>
        {
            for (int i = 0; i < count; i += 2)
            {
                Assert.True(map.Delete(KeyOf(i)));
                map.Put([.. KeyOf(i), 1], new byte[30]);
            }

            Assert.Equal(count, map.Count);
        });
        file.Verify();
    }

    [Fact]
    public void Large_values_and_longest_keys_are_loaded_too()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            using MapLoader loader = map.BeginLoad();
            for (int i = 0; i < 200; i++)
            {
                byte[] key = new byte[map.MaxKeyBytes];
                KeyOf(i).CopyTo(key, 0);
                loader.Add(key, new byte[i * 37 % 3000]);
            }

            Assert.Throws<InvalidOperationException>(() => map.Count);
            Assert.Throws<InvalidOperationException>(() => map.Put("a"u8, "1"u8));
            loader.Complete();
            Assert.Equal(200, map.Count);
        });
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        int at = 0;
        foreach (MapEntry entry in read.Map("m").Scan())
        {
            Assert.Equal(at++ * 37 % 3000, entry.ValueLengthBytes);
        }
    }

    [Fact]
    public void What_is_not_in_order_or_too_long_ends_the_load_and_leaves_nothing()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            var unsorted = Records(500, 700).Append(Records(1, 1).First());
            var error = Assert.Throws<ArgumentException>(() => map.BulkLoad(unsorted));
            Assert.Contains("record 500", error.Message, StringComparison.Ordinal);
            Assert.Equal(0, map.Count);
            Assert.Throws<ArgumentException>(() => map.BulkLoad(
                [KeyValuePair.Create<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
                    new byte[map.MaxKeyBytes + 1], default)]));
            Assert.Throws<ArgumentException>(
                () => map.BulkLoad(Records(1, 1).Concat(Records(1, 1))));
        });
        Assert.Equal(2u, file.Verify().PagesReached);
    }

    [Fact]
    public void Only_an_empty_map_is_loaded()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            map.Put("a"u8, "1"u8);
            Assert.Throws<InvalidOperationException>(() => map.BeginLoad());
            map.Clear();
            Assert.Equal(10, map.BulkLoad(Records(10, 1)));
        });
        file.Verify();
    }

    [Fact]
    public void A_map_is_loaded_from_another_one_of_the_same_transaction()
    {
        using var file = new MapFile();
        using WriteTransaction write = file.File.BeginWrite();
        MapWriter source = write.Map("source");
        source.BulkLoad(Records(300, 20));
        using (MapLoader loader = write.Map("copy").BeginLoad())
        {
            foreach (MapEntry entry in source.Scan())
            {
                loader.Add(entry.Key, entry.Value);
            }

            loader.Complete();
        }

        write.Commit();
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.Equal(300, read.Map("copy").Scan().Count());
    }

    private static IEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> Records(
        int count, int valueLength)
    {
        for (int i = 0; i < count; i++)
        {
            yield return KeyValuePair.Create<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
                KeyOf(i), new byte[valueLength]);
        }
    }

    private static byte[] KeyOf(int i)
    {
        byte[] key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, i);
        return key;
    }
}
