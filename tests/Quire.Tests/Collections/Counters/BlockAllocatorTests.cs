using System.Collections.Concurrent;
using Xunit;

namespace Quire.Tests.Collections.Counters;

/// <summary>Numbers from blocks: never twice, and a commit for each block only.</summary>
public sealed class BlockAllocatorTests : IDisposable
{
    private readonly MapFile _file = new();
    private readonly CounterSet _counters;

    public BlockAllocatorTests() => _counters = new CounterSet(_file.File);

    public void Dispose() => _file.Dispose();

    [Fact]
    public void Numbers_come_in_order_and_a_block_costs_one_commit()
    {
        using var ids = new BlockAllocator(_counters, "ids", 100);
        Assert.Null(_counters.Get("ids"));
        long[] numbers = [.. Enumerable.Range(0, 250).Select(_ => ids.Next())];

        Assert.Equal(Enumerable.Range(1, 250).Select(i => (long)i), numbers);
        Assert.Equal(300, _counters.Get("ids"));
        Assert.Equal(3UL, _file.File.GetInfo().TransactionNumber.Value);
    }

    [Fact]
    public async Task Allocators_and_increments_never_meet()
    {
        using PageFile elsewhere = _file.OpenElsewhere();
        using var one = new BlockAllocator(_counters, "ids", 3);
        using var two = new BlockAllocator(new CounterSet(elsewhere), "ids", 5);
        List<long> numbers = [];
        for (int i = 0; i < 50; i++)
        {
            numbers.AddRange(
                [one.Next(), await two.NextAsync(), _counters.Increment("ids"), two.Next()]);
        }

        Assert.Equal(numbers.Count, numbers.Distinct().Count());
    }

    [Fact]
    public void Many_threads_on_one_allocator_get_all_numbers_once()
    {
        const int threads = 8;
        const int each = 2000;
        using var ids = new BlockAllocator(_counters, "ids", 64);
        var numbers = new ConcurrentBag<long>();
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            for (int i = 0; i < each; i++)
            {
                numbers.Add(ids.Next());
            }
        });

        Assert.Equal(
            Enumerable.Range(1, threads * each).Select(i => (long)i), numbers.Order());
        Assert.Equal(threads * each, _counters.Get("ids"));
    }

    [Fact]
    public void What_is_left_of_a_block_is_a_gap()
    {
        using (var first = new BlockAllocator(_counters, "ids", 10))
        {
            Assert.Equal(1, first.Next());
        }

        using var second = new BlockAllocator(_counters, "ids", 10);
        Assert.Equal(11, second.Next());
    }

    [Fact]
    public void A_refused_block_is_asked_for_again_and_numbers_left_are_given_out()
    {
        _counters.Set("ids", long.MaxValue - 12);
        using var ids = new BlockAllocator(_counters, "ids", 10);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(long.MaxValue - 11 + i, ids.Next());
        }

        Assert.Throws<OverflowException>(() => ids.Next());
        Assert.Throws<OverflowException>(() => ids.Next());
        _counters.Set("ids", 0);
        Assert.Equal(1, ids.Next());
    }

    [Fact]
    public void A_disposed_allocator_gives_out_nothing()
    {
        var ids = new BlockAllocator(_counters, "ids", 10);
        Assert.Equal(1, ids.Next());
        ids.Dispose();

        Assert.Throws<ObjectDisposedException>(() => ids.Next());
        Assert.Throws<ArgumentException>(() => new BlockAllocator(_counters, "", 10));
    }
}
