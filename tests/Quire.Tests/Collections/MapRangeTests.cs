using Xunit;

namespace Quire.Tests.Collections;

/// <summary>Scans of ranges against the same filter over a list.</summary>
public sealed class MapRangeTests
{
    [Fact]
    public void Any_range_is_what_a_filter_over_a_sorted_list_gives()
    {
        using var file = new MapFile();
        var random = new Random(7);
        var keys = new SortedSet<byte[]>(ByteOrder.Instance);
        file.Write("m", map =>
        {
            for (int i = 0; i < 800; i++)
            {
                byte[] key = AnyKey(random);
                keys.Add(key);
                map.Put(key, key);
            }
        });
        using ReadTransaction read = file.File.BeginRead();
        MapReader map = read.Map("m");
        for (int i = 0; i < 3000; i++)
        {
            MapRange range = AnyRange(random);
            byte[][] expected = Filter(keys, range);
            int at = 0;
            foreach (MapEntry entry in map.Scan(range))
            {
                Assert.True(at < expected.Length, $"{range} gives more than {expected.Length}");
                Assert.Equal(expected[at], entry.Key);
                Assert.Equal(expected[at], entry.Value);
                Assert.Equal(expected[at].Length, entry.ValueLengthBytes);
                at++;
            }

            Assert.Equal(expected.Length, at);
            Assert.Equal(expected.Length, map.Scan(range).Count());
        }
    }

    [Fact]
    public void A_prefix_of_highest_bytes_has_an_end_too()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            map.Put([0xFE], ""u8);
            map.Put([0xFF], ""u8);
            map.Put([0xFF, 0xFF], ""u8);
            map.Put([0xFF, 0xFF, 0], ""u8);
            Assert.Equal(3, map.Scan(MapRange.WithPrefix(new byte[] { 0xFF })).Count());
            Assert.Equal(2, map.Scan(MapRange.WithPrefix(new byte[] { 0xFF, 0xFF })).Count());
            Assert.Equal(
                2,
                map.Scan(new MapRange { Prefix = new byte[] { 0xFF, 0xFF }, IsReversed = true })
                    .Count());
        });
    }

    private static byte[][] Filter(SortedSet<byte[]> keys, MapRange range)
    {
        IEnumerable<byte[]> found = keys.Where(key =>
            key.AsSpan().StartsWith(range.Prefix.Span)
            && (range.From is not { } from
                || Math.Sign(key.AsSpan().SequenceCompareTo(from.Span))
                    > (range.IsFromExclusive ? 0 : -1))
            && (range.To is not { } to
                || Math.Sign(key.AsSpan().SequenceCompareTo(to.Span))
                    < (range.IsToInclusive ? 1 : 0)));
        found = range.IsReversed ? found.Reverse() : found;
        return [.. found.Take((int)(range.Limit ?? int.MaxValue))];
    }

    private static MapRange AnyRange(Random random) => new()
    {
        From = random.Next(2) == 0 ? null : AnyKey(random),
        IsFromExclusive = random.Next(2) == 0,
        To = random.Next(2) == 0 ? null : AnyKey(random),
        IsToInclusive = random.Next(2) == 0,
        Prefix = random.Next(2) == 0 ? default : AnyKey(random)[..^1],
        IsReversed = random.Next(2) == 0,
        Limit = random.Next(3) == 0 ? random.Next(5) : null,
    };

    private static byte[] AnyKey(Random random)
    {
        byte[] key = new byte[random.Next(1, 6)];
        foreach (ref byte b in key.AsSpan())
        {
            b = (byte)(random.Next(4) * 85);
        }

        return key;
    }
}
