using Xunit;

namespace Quire.Tests.Collections.Counters;

/// <summary>Counters one call at a time, and in transactions.</summary>
public sealed class CounterTests : IDisposable
{
    private readonly MapFile _file = new();
    private readonly CounterSet _counters;

    public CounterTests() => _counters = new CounterSet(_file.File);

    public void Dispose() => _file.Dispose();

    [Fact]
    public void A_counter_begins_at_0_and_returns_its_new_value()
    {
        Assert.Null(_counters.Get("orders"));
        Assert.Equal(1, _counters.Increment("orders"));
        Assert.Equal(2, _counters.Increment("orders"));
        Assert.Equal(12, _counters.Increment("orders", 10));
        Assert.Equal(-3, _counters.Increment("orders", -15));
        Assert.Equal(-3, _counters.Increment("orders", 0));
        Assert.Equal(1, _counters.Increment("other"));
        Assert.Equal(-3, _counters.Get("orders"));
    }

    [Fact]
    public void A_range_is_what_so_many_increments_would_have_returned()
    {
        _counters.Set("ids", -2);

        CounterRange range = _counters.Reserve("ids", 1000);

        Assert.Equal(new CounterRange(-1, 998), range);
        Assert.Equal(1000, range.Count);
        Assert.Equal(999, _counters.Increment("ids"));
        Assert.Equal(new CounterRange(1000, 1000), _counters.Reserve("ids", 1));
    }

    [Fact]
    public void A_counter_is_made_once_set_and_deleted()
    {
        Assert.True(_counters.TryAdd("a", 7));
        Assert.False(_counters.TryAdd("a", 8));
        Assert.Equal(7, _counters.Get("a"));
        _counters.Set("a", long.MinValue);
        Assert.Equal(long.MinValue, _counters.Get("a"));
        Assert.True(_counters.Delete("a"));
        Assert.False(_counters.Delete("a"));
        Assert.Null(_counters.Get("a"));
        Assert.Equal(1, _counters.Increment("a"));
    }

    [Fact]
    public async Task The_asynchronous_calls_do_the_same()
    {
        Assert.Equal(5, await _counters.IncrementAsync("a", 5));
        Assert.Equal(new CounterRange(6, 8), await _counters.ReserveAsync("a", 3));
        Assert.False(await _counters.TryAddAsync("a", 1));
        await _counters.SetAsync("a", 20);
        Assert.Equal(20, await _counters.GetAsync("a"));
        Assert.True(await _counters.DeleteAsync("a"));
        Assert.Null(await _counters.GetAsync("a"));
    }

    [Fact]
    public void Counters_are_listed_by_the_bytes_of_their_names_page_by_page()
    {
        string[] names = ["b", "a", "aa", "a/1", "ä", "c"];
        foreach (string name in names)
        {
            _counters.Set(name, name.Length);
        }

        Assert.Equal(["a", "a/1", "aa", "b", "c", "ä"], Names(_counters.List()));
        Assert.Equal(["a", "a/1", "aa"], Names(_counters.List("a")));
        Assert.Equal(["a/1", "aa"], Names(_counters.List("a", after: "a", limit: 2)));
        Assert.Equal(["b"], Names(_counters.List(after: "aaa", limit: 1)));
        Assert.Empty(_counters.List("x"));
        Assert.Empty(_counters.List(limit: 0));
        Assert.Equal(new CounterValue("aa", 2), _counters.List("aa").Single());
    }

    [Theory]
    [InlineData(long.MaxValue, 1, "+1")]
    [InlineData(long.MaxValue - 3, 4, "+4")]
    [InlineData(long.MinValue, -1, "-1")]
    [InlineData(-2, long.MinValue, "-9223372036854775808")]
    [InlineData(1, long.MaxValue, "+9223372036854775807")]
    public void A_sum_out_of_range_is_an_error_with_its_numbers_and_changes_nothing(
        long value, long by, string step)
    {
        _counters.Set("n", value);
        ulong before = _file.File.GetInfo().TransactionNumber.Value;

        var error = Assert.Throws<OverflowException>(() => _counters.Increment("n", by));

        Assert.Contains($"\"n\" is at {value}; {step} ", error.Message, StringComparison.Ordinal);
        Assert.Equal(value, _counters.Get("n"));
        Assert.Equal(before, _file.File.GetInfo().TransactionNumber.Value);
    }

    [Fact]
    public void The_last_number_of_all_can_be_given_out_and_none_after_it()
    {
        _counters.Set("n", long.MaxValue - 10);

        Assert.Throws<OverflowException>(() => _counters.Reserve("n", 11));
        Assert.Equal(
            new CounterRange(long.MaxValue - 9, long.MaxValue), _counters.Reserve("n", 10));
        Assert.Throws<OverflowException>(() => _counters.Increment("n"));
        Assert.Equal(long.MaxValue - 1, _counters.Increment("n", -1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_range_of_no_numbers_is_refused(long count)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => _counters.Reserve("n", count));
        Assert.Contains($"{count} were asked for", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BlockAllocator(_counters, "n", count));
    }

    [Fact]
    public void A_name_that_is_none_is_refused_with_the_limit_and_its_length()
    {
        var tooLong = Assert.Throws<ArgumentException>(
            () => _counters.Increment(new string('ä', 47)));
        Assert.Contains("has 94 bytes", tooLong.Message, StringComparison.Ordinal);
        Assert.Contains("may have 92", tooLong.Message, StringComparison.Ordinal);
        Assert.Equal(92, _counters.MaxNameBytes);
        Assert.Equal(1, _counters.Increment(new string('ä', 46)));
        Assert.Throws<ArgumentException>(() => _counters.Increment(""));
        Assert.Throws<ArgumentException>(() => _counters.Get("\ud800"));
        Assert.Throws<ArgumentNullException>(() => _counters.Set(null!, 1));
        Assert.Throws<ArgumentException>(() => new CounterSet(_file.File, ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => _counters.List(limit: -1));
    }

    [Fact]
    public void A_map_has_a_name_that_the_catalog_has_room_for()
    {
        Assert.Equal(1, new CounterSet(_file.File, new string('m', 88)).Increment("n"));
        var error = Assert.Throws<ArgumentException>(
            () => new CounterSet(_file.File, new string('m', 89)));
        Assert.Contains(
            "map has 89 bytes; in this file it may have 88",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_and_what_it_is_for_are_one_commit()
    {
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            Assert.Equal(1, _counters.In(write).Increment("invoices"));
            write.Map("invoices").Put([1], "paid"u8);
        }

        Assert.Null(_counters.Get("invoices"));
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            CounterWriter counters = _counters.In(write);
            Assert.Equal(1, counters.Increment("invoices"));
            using (write.CreateSavepoint())
            {
                Assert.Equal(new CounterRange(2, 11), counters.Reserve("invoices", 10));
                Assert.Equal(11, counters.Get("invoices"));
            }

            Assert.Equal(1, counters.Get("invoices"));
            Assert.Equal(1, counters.Count);
            write.Commit();
        }

        using ReadTransaction read = _file.File.BeginRead();
        Assert.Equal(1, _counters.In(read).Get("invoices"));
        Assert.Equal(1, _counters.In(read).Count);
        Assert.Single(_counters.In(read).List());
    }

    [Fact]
    public void An_undone_making_of_the_map_does_not_hurt_the_writer()
    {
        using WriteTransaction write = _file.File.BeginWrite();
        CounterWriter counters = _counters.In(write);
        using (write.CreateSavepoint())
        {
            counters.Increment("a");
        }

        Assert.Null(counters.Get("a"));
        Assert.Equal(1, counters.Increment("a"));
    }

    [Fact]
    public void Asking_and_deleting_what_is_absent_makes_nothing()
    {
        Assert.False(_counters.Delete("a"));
        Assert.Empty(_counters.List());
        Assert.Null(_counters.Get("a"));
        using ReadTransaction read = _file.File.BeginRead();
        Assert.True(read.Root.IsNone);
    }

    [Fact]
    public void Two_sets_of_counters_do_not_know_each_other()
    {
        var others = new CounterSet(_file.File, "others");

        _counters.Increment("a");

        Assert.Equal(5, others.Increment("a", 5));
        Assert.Equal(1, _counters.Get("a"));
        Assert.Equal("others", others.Map);
    }

    [Fact]
    public void A_transaction_of_another_open_file_is_refused()
    {
        using PageFile other = _file.OpenElsewhere();
        using ReadTransaction read = other.BeginRead();

        Assert.Throws<ArgumentException>(() => _counters.In(read));
        using WriteTransaction write = other.BeginWrite();
        Assert.Throws<ArgumentException>(() => _counters.In(write));
    }

    [Fact]
    public void A_cancelled_call_counts_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(
            () => _counters.Increment("a", cancellation: cancelled.Token));
        Assert.Null(_counters.Get("a"));
    }

    private static IEnumerable<string> Names(IReadOnlyList<CounterValue> counters) =>
        counters.Select(counter => counter.Name);
}
