using System.Buffers.Binary;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>Nodes that split, merge and are laid out anew, at the edges of what fits.</summary>
public sealed class MapSplitTests
{
    /// <summary>Of values beside the keys used here, in pages of 512 bytes.</summary>
    private const int LongestInline = 96;

    [Theory]
    [InlineData(512, 0)]
    [InlineData(512, 20)]
    [InlineData(512, 60)]
    [InlineData(4096, 100)]
    public void Records_that_come_in_order_leave_full_pages_behind(int pageSize, int valueLength)
    {
        using var file = new MapFile(pageSize);
        file.Write("m", map =>
        {
            for (int i = 0; i < 5000; i++)
            {
                map.Put(KeyOf(i), new byte[valueLength]);
            }
        });
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        var shape = new TreeShape(read, "m");
        int entry = 20 + valueLength;
        double least = 1 - ((double)entry / (pageSize - 60));
        Assert.True(shape.LeafFill.SkipLast(1).Average() >= least, $"{shape.LeafFill.Average()}");
        Assert.True(
            shape.InnerFill.Count < 4 || shape.InnerFill.SkipLast(3).Average() > 0.85,
            $"inner nodes: {string.Join(' ', shape.InnerFill)}");
    }

    [Fact]
    public void Records_that_come_in_reverse_leave_full_pages_behind_too()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            for (int i = 3000; i > 0; i--)
            {
                map.Put(KeyOf(i), new byte[10]);
            }
        });
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.True(new TreeShape(read, "m").LeafFill.Skip(1).Average() > 0.9);
    }

    [Fact]
    public void Records_in_any_order_fill_two_thirds_of_the_pages()
    {
        using var file = new MapFile(1024);
        int[] order = [.. Enumerable.Range(0, 5000)];
        new Random(1).Shuffle(order);
        file.Write("m", map =>
        {
            foreach (int i in order)
            {
                map.Put(KeyOf(i), new byte[10]);
            }
        });
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        var shape = new TreeShape(read, "m");
        Assert.InRange(shape.LeafFill.Average(), 0.6, 0.85);
    }

    [Fact]
    public void Separators_are_as_short_as_they_can_be()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            for (int i = 0; i < 256; i++)
            {
                byte[] key = new byte[80];
                key[0] = (byte)i;
                map.Put(key, ""u8);
            }
        });
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.All(new TreeShape(read, "m").SeparatorLengths, length => Assert.Equal(1, length));
    }

    /// <summary>
    /// Entries of every size around those of which exactly so many fit a page, so that gaps of 0, 1
    /// and 2 bytes come about, put in and taken out in three orders.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Equal_entries_of_every_size_fit_split_and_merge(int order)
    {
        for (int valueLength = 0; valueLength <= 100; valueLength++)
        {
            using var file = new MapFile();
            int[] keys = [.. Enumerable.Range(0, 120)];
            if (order == 1)
            {
                Array.Reverse(keys);
            }
            else if (order == 2)
            {
                new Random(valueLength).Shuffle(keys);
            }

            file.Write("m", map =>
            {
                foreach (int key in keys)
                {
                    Assert.True(map.Put(KeyOf(key), new byte[valueLength]));
                }
            });
            file.Verify();
            file.Write("m", map =>
            {
                foreach (int key in keys[..^1])
                {
                    Assert.True(map.Delete(KeyOf(key)));
                }
            });
            uint pages = valueLength <= LongestInline ? 2u : 3u;
            Assert.Equal(pages, file.Verify().PagesReached);
        }
    }

    /// <summary>
    /// A page full of short entries that share a long beginning, and then a key that does not share
    /// it: neither half of an even split would fit.
    /// </summary>
    [Theory]
    [InlineData(0x00)]
    [InlineData(0xFF)]
    public void A_key_that_spoils_the_prefix_of_a_full_page_gets_a_page_of_its_own(byte first)
    {
        using var file = new MapFile();
        byte[] shared = new byte[88];
        shared.AsSpan().Fill(0x55);
        file.Write("m", map =>
        {
            for (int i = 0; i < 30; i++)
            {
                map.Put([.. shared, (byte)(i >> 4), (byte)(i & 15)], ""u8);
            }
        });
        file.Verify();
        byte[] spoiler = new byte[92];
        spoiler.AsSpan().Fill(first);
        file.Write("m", map => map.Put(spoiler, new byte[10]));
        MapReport report = file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.Equal(31, read.Map("m").Count);
        Assert.Equal(3, new TreeShape(read, "m").Leaves.Count + 1);
        Assert.Equal(4u, report.PagesReached);
    }

    /// <summary>
    /// Entries of all sizes there are, in an order that puts large among small ones.
    /// </summary>
    [Theory]
    [InlineData(512, 1)]
    [InlineData(512, 2)]
    [InlineData(1024, 3)]
    [InlineData(4096, 4)]
    public void Adversarial_mixes_of_sizes_always_find_a_place_to_split(int pageSize, int seed)
    {
        using var file = new MapFile(pageSize);
        var random = new Random(seed);
        var model = new SortedDictionary<byte[], int>(ByteOrder.Instance);
        file.Write("m", map =>
        {
            for (int i = 0; i < 1500; i++)
            {
                int length = random.Next(3) switch
                {
                    0 => random.Next(3),
                    1 => map.MaxKeyBytes,
                    _ => map.MaxKeyBytes - random.Next(3),
                };
                byte[] key = new byte[length];
                int shared = random.Next(2) == 0 ? random.Next(length + 1) : length * 9 / 10;
                random.NextBytes(key.AsSpan(shared));
                int valueLength = random.Next(2) == 0 ? 0 : random.Next(pageSize / 4);
                Assert.Equal(model.TryAdd(key, valueLength), map.Put(key, new byte[valueLength]));
                model[key] = valueLength;
            }
        });
        file.Verify();
        byte[][] keys = [.. model.Keys];
        random.Shuffle(keys);
        foreach (byte[][] some in keys.Chunk(100))
        {
            file.Write("m", map =>
            {
                foreach (byte[] key in some)
                {
                    Assert.True(map.Delete(key));
                    model.Remove(key);
                }

                Assert.Equal(model.Count, map.Count);
            });
            file.Verify();
            using ReadTransaction read = file.File.BeginRead();
            int at = 0;
            byte[][] left = [.. model.Keys];
            foreach (MapEntry entry in read.Map("m").Scan())
            {
                Assert.Equal(left[at++], entry.Key);
            }
        }

        Assert.Equal(2u, file.Verify().PagesReached);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pages_of_a_map_that_shrinks_do_not_stay_empty(bool isBackward)
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            for (int i = 0; i < 3000; i++)
            {
                map.Put(KeyOf(i), new byte[10]);
            }
        });
        uint before = file.Verify().PagesReached;
        file.Write("m", map =>
        {
            for (int i = 0; i < 3000; i++)
            {
                if (i % 10 != 0)
                {
                    Assert.True(map.Delete(KeyOf(isBackward ? 2999 - i : i)));
                }
            }
        });
        uint after = file.Verify().PagesReached;
        Assert.True(after < before / 2, $"{before} pages became {after}");
        using ReadTransaction read = file.File.BeginRead();
        Assert.Equal(300, read.Map("m").Count);
    }

    private static byte[] KeyOf(int i)
    {
        byte[] key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, i);
        return key;
    }
}
