using FsCheck;
using FsCheck.Fluent;
using Quire.Pager;
using Xunit;

namespace Quire.Tests.Properties;

/// <summary>The bitmap of the allocation map and the page cache against naive ones.</summary>
public sealed class PageStructureTests
{
    [Fact]
    public void The_first_clear_bit_is_the_one_that_a_loop_finds() => ForAnySeed(random =>
    {
        byte[] bits = AnyBitmap(random);
        int all = bits.Length * 8;
        int from = random.Next(all + 1);
        int limit = random.Next(all + 1);
        int expected = -1;
        for (int bit = from; bit < limit && expected < 0; bit++)
        {
            expected = AllocationMap.IsSet(bits, bit) ? -1 : bit;
        }

        Assert.Equal(expected, AllocationMap.FindClear(bits, from, limit));
    });

    [Fact]
    public void Clear_bits_are_counted_as_a_loop_counts_them() => ForAnySeed(random =>
    {
        byte[] bits = AnyBitmap(random);
        int limit = random.Next((bits.Length * 8) + 1);
        int expected = Enumerable.Range(0, limit).Count(bit => !AllocationMap.IsSet(bits, bit));
        Assert.Equal(expected, AllocationMap.CountClear(bits, limit));
    });

    [Fact]
    public void Each_page_has_a_bit_of_its_own_in_the_map_page_before_it()
    {
        var map = new AllocationMap(512);
        var seen = new HashSet<(PageNumber, int)>();
        for (uint number = map.FirstMapPage.Value; number < 3 * map.PagesPerMap; number++)
        {
            var page = new PageNumber(number);
            PageNumber mapPage = map.MapPageOf(page);
            int bit = map.BitOf(page);
            Assert.True(map.IsMapPage(mapPage));
            Assert.Equal(mapPage.Value + (uint)bit, number);
            Assert.InRange(bit, 0, (int)map.PagesPerMap - 1);
            Assert.Equal(bit == 0, map.IsMapPage(page));
            Assert.True(seen.Add((mapPage, bit)));
        }
    }

    [Fact]
    public void A_cache_never_gives_a_page_of_another_transaction() => ForAnySeed(random =>
    {
        int capacity = random.Next(8, 40);
        var cache = new PageCache(capacity * 512L, 512);
        var model = new Dictionary<uint, byte[]>();
        ulong number = 0;
        for (int i = 0; i < 500; i++)
        {
            uint page = (uint)(random.Next(60) * (random.Next(2) == 0 ? 1 : 1031));
            switch (random.Next(12))
            {
                case 0:
                    number += (ulong)random.Next(1, 3);
                    cache.Revalidate(new TransactionNumber(number));
                    model.Clear();
                    break;
                case 1:
                    Advance(cache, model, ref number, random);
                    break;
                case < 7:
                    var bytes = new byte[8];
                    CheckFind(cache, model, page);
                    cache.Add(new PageNumber(page), bytes, new TransactionNumber(number));
                    model.TryAdd(page, bytes);
                    break;
                default:
                    CheckFind(cache, model, page);
                    break;
            }

            Assert.InRange(cache.Count, 0, capacity);
        }
    });

    [Fact]
    public void A_page_read_at_an_older_transaction_is_not_taken_into_the_cache()
    {
        var cache = new PageCache(0, 512);
        cache.Revalidate(new TransactionNumber(4));
        cache.Add(new PageNumber(9), new byte[8], new TransactionNumber(3));
        Assert.Null(cache.Find(new PageNumber(9)));
    }

    private static void Advance(
        PageCache cache, Dictionary<uint, byte[]> model, ref ulong number, Random random)
    {
        number++;
        uint changed = (uint)random.Next(60);
        uint forgotten = changed + 1;
        byte[] bytes = new byte[8];
        cache.Advance(
            new TransactionNumber(number),
            new TransactionNumber(number),
            [
                new PageImage(new PageNumber(changed), bytes),
                new PageImage(new PageNumber(forgotten), null),
            ]);
        model[changed] = bytes;
        model.Remove(forgotten);
    }

    /// <summary>It may have forgotten; what it has must be the latest.</summary>
    private static void CheckFind(PageCache cache, Dictionary<uint, byte[]> model, uint page)
    {
        byte[]? found = cache.Find(new PageNumber(page));
        if (found is not null)
        {
            Assert.Same(model[page], found);
        }
        else
        {
            model.Remove(page);
        }
    }

    private static byte[] AnyBitmap(Random random)
    {
        byte[] bits = new byte[random.Next(1, 70)];
        random.NextBytes(bits);
        for (int i = random.Next(4); i > 0; i--)
        {
            int at = random.Next(bits.Length);
            bits.AsSpan(at, random.Next(bits.Length - at + 1)).Fill(0xFF);
        }

        return bits;
    }

    private static void ForAnySeed(Action<Random> property) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(
            Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed => property(new Random(seed))));
}
