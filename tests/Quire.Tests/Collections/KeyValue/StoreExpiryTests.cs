using Xunit;
using static Quire.Tests.Collections.KeyValue.StoreFile;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Entries that expire: not seen from then on, and taken out sooner or later.</summary>
public sealed class StoreExpiryTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly StoreFile _file = new();

    private KeyValueStore Store => _file.Store;

    public void Dispose() => _file.Dispose();

    [Fact]
    public void An_entry_is_not_seen_from_the_moment_on_when_it_is_due()
    {
        Versionstamp stamp = Store.Set(["a"], Number(1), Second);
        StoreEntry entry = Store.Get(["a"])!;
        Assert.Equal(_file.Clock.GetUtcNow() + Second, entry.ExpiresAt);
        _file.Clock.Step(Second - Millisecond);
        Assert.Equal(entry, Store.Get(["a"]));
        Assert.True(Store.Atomic().Check(["a"], stamp).Commit().IsCommitted);
        _file.Clock.Step(Millisecond);
        Assert.Null(Store.Get(["a"]));
        Assert.Empty(Store.List(StoreSelector.All));
        Assert.Equal([null], Store.GetMany([["a"]]));
        Assert.False(Store.Atomic().Check(["a"], stamp).Commit().IsCommitted);
        Assert.False(Store.Delete(["a"]));
        Assert.Equal(1, _file.CountOf(""));
    }

    [Fact]
    public void Time_shorter_than_a_millisecond_is_rounded_up()
    {
        Store.Set(["a"], Number(1), TimeSpan.FromTicks(1));
        Assert.NotNull(Store.Get(["a"]));
        _file.Clock.Step(Millisecond);
        Assert.Null(Store.Get(["a"]));
    }

    [Fact]
    public void What_has_expired_is_absent_for_changes_too()
    {
        Store.Atomic().Set(["n"], Number(5), Second).Set(["t"], Json("1"), Second).Commit();
        _file.Clock.Step(Second);
        AtomicResult result =
            Store.Atomic().Check(["n"], null).Sum(["n"], 2).Sum(["t"], 3).Commit();
        Assert.Equal([2, 3], result.Results.Select(value => (int)value!));
        Assert.Equal(0, _file.CountOf("/expiry"));
    }

    [Fact]
    public void Setting_or_deleting_forgets_when_the_old_entry_expires()
    {
        Store.Set(["a"], Number(1), Second);
        Store.Set(["b"], Number(1), Second);
        Store.Set(["c"], Number(1), Second);
        Store.Set(["a"], Number(2));
        Store.Delete(["b"]);
        Store.Set(["c"], Number(2), 2 * Second);
        Assert.Equal(1, _file.CountOf("/expiry"));
        _file.Clock.Step(Second);
        Assert.Equal([["a"], ["c"]], Store.List(StoreSelector.All).Select(entry => entry.Key));
        _file.Clock.Step(Second);
        Assert.Equal([["a"]], Store.List(StoreSelector.All).Select(entry => entry.Key));
    }

    [Fact]
    public void A_sum_makes_an_entry_stay()
    {
        Store.Set(["a"], Number(1), Second);
        Store.Atomic().Sum(["a"], 1).Commit();
        Assert.Null(Store.Get(["a"])!.ExpiresAt);
        Assert.Equal(0, _file.CountOf("/expiry"));
    }

    [Fact]
    public void Later_operations_take_out_what_has_expired()
    {
        using var file = new StoreFile(sweepBatch: 3);
        AtomicOperation operation = file.Store.Atomic();
        for (int i = 0; i < 8; i++)
        {
            operation.Set(["e", i, new string('x', 20 * i)], Number(1), Second);
        }

        operation.Commit();
        file.Clock.Step(Second);
        long[] left = [.. Enumerable.Range(0, 4).Select(_ =>
        {
            file.Store.Set(["a"], Number(1));
            return file.CountOf("/expiry");
        })];
        Assert.Equal([5, 2, 0, 0], left);
        Assert.Equal((1, 0), (file.CountOf(""), file.CountOf("/long")));
    }

    [Fact]
    public void A_failed_check_sweeps_nothing()
    {
        Store.Set(["a"], Number(1), Second);
        _file.Clock.Step(Second);
        Store.Atomic().Check(["a"], new Versionstamp(1, 0)).Commit();
        Assert.Equal(1, _file.CountOf("/expiry"));
    }

    [Fact]
    public void All_that_has_expired_can_be_taken_out()
    {
        for (int i = 0; i < 3; i++)
        {
            AtomicOperation operation = Store.Atomic();
            for (int j = 0; j < 500; j++)
            {
                operation.Set([i, j], Number(1), (i + 1) * Second);
            }

            operation.Commit();
        }

        Assert.Equal(0, Store.SweepExpired());
        _file.Clock.Step(2 * Second);
        Assert.Equal(1000, Store.SweepExpired());
        Assert.Equal(0, Store.SweepExpired());
        Assert.Equal((500, 500), (_file.CountOf(""), _file.CountOf("/expiry")));
    }

    [Fact]
    public void Sweeping_in_a_transaction_stops_where_it_is_told()
    {
        Store.Atomic().Set(["a"], Number(1), Second).Set(["b"], Number(1), Second).Commit();
        _file.Clock.Step(Second);
        using WriteTransaction write = _file.File.BeginWrite();
        Assert.Equal(1, Store.In(write).SweepExpired(1));
        Assert.Equal(1, Store.In(write).SweepExpired());
        Assert.Equal(0, Store.In(write).SweepExpired());
        write.Commit();
    }

    [Fact]
    public void A_file_without_a_store_has_nothing_to_sweep() =>
        Assert.Equal(0, Store.SweepExpired());

    [Fact]
    public void Two_settings_of_one_key_in_one_operation_leave_the_last_time()
    {
        Store.Atomic().Set(["a"], Number(1), Second).Set(["a"], Number(2), 2 * Second).Commit();
        Assert.Equal(1, _file.CountOf("/expiry"));
        _file.Clock.Step(Second);
        Assert.Equal(2UL, Store.Get(["a"])!.Value.AsUInt64());
    }

    [Fact]
    public void Stamps_go_up_while_the_clock_goes_back()
    {
        var stamps = new List<Versionstamp>();
        for (int i = 0; i < 10; i++)
        {
            stamps.Add(Store.Set(["a", i], Number(1), Second));
            _file.Clock.Step(i == 4 ? TimeSpan.FromDays(-1000) : Millisecond);
        }

        Assert.Equal(stamps.Distinct().Order(), stamps);
        Assert.Equal(stamps[9], Store.Get(["a", 9])!.Versionstamp);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_time_that_is_not_ahead_is_an_error(long ticks) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Store.Set(["a"], Number(1), TimeSpan.FromTicks(ticks)));

    [Fact]
    public void A_time_behind_the_year_9999_is_an_error()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Store.Set(["a"], Number(1), TimeSpan.MaxValue));
        Assert.Null(Store.Get(["a"]));
        _file.Clock.Step(TimeSpan.FromDays(-365 * 60));
        Store.Set(["old"], Number(1), TimeSpan.FromDays(365));
        _file.Clock.Step(TimeSpan.FromDays(365 * 60));
        Assert.Null(Store.Get(["old"]));
    }
}
