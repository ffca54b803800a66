using Xunit;
using static Quire.Tests.Collections.KeyValue.StoreFile;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Entries and atomic operations, sentence by sentence.</summary>
public sealed class KeyValueStoreTests : IDisposable
{
    private readonly StoreFile _file = new();

    private KeyValueStore Store => _file.Store;

    public void Dispose() => _file.Dispose();

    [Fact]
    public void What_was_set_is_there_with_the_stamp_of_its_commit()
    {
        Assert.Null(Store.Get(["a"]));
        Versionstamp stamp = Store.Set(["a"], Json("[1, 2]"));
        Assert.Equal(new StoreEntry(["a"], Json("[1,2]"), stamp), Store.Get(["a"]));
        Assert.Equal(20, stamp.ToString().Length);
        Assert.Equal(_file.Commits, stamp.CommitNumber);
    }

    [Fact]
    public void Bytes_numbers_and_json_come_back_as_what_they_were()
    {
        StoreValue[] values =
        [
            StoreValue.FromBytes([0, 255]), StoreValue.FromBytes([]), Number(ulong.MaxValue),
            Json("null"), Json("\"\\u0000\""),
        ];
        foreach (StoreValue value in values)
        {
            Store.Set(["v"], value);
            Assert.Equal(value, Store.Get(["v"])!.Value);
        }
    }

    [Fact]
    public void Several_keys_are_read_at_one_moment_in_the_order_of_the_keys()
    {
        Versionstamp stamp = Store.Atomic().Set(["b"], Number(2)).Set(["a"], Number(1)).Commit()
            .Versionstamp;
        IReadOnlyList<StoreEntry?> found = Store.GetMany([["a"], ["x"], ["b"], ["a"]]);
        Assert.Equal([1, null, 2, 1], found.Select(entry => entry?.Value.AsUInt64()));
        Assert.All(found.OfType<StoreEntry>(), entry => Assert.Equal(stamp, entry.Versionstamp));
    }

    [Fact]
    public void Every_operation_has_a_higher_stamp_than_the_one_before()
    {
        var stamps = new List<Versionstamp>();
        for (int i = 0; i < 20; i++)
        {
            stamps.Add(i % 3 == 0 ? Store.Atomic().Commit().Versionstamp
                : i % 3 == 1 ? Store.Atomic().Delete(["not there"]).Commit().Versionstamp
                : Store.Set(["a"], Number(1)));
        }

        Assert.Equal(stamps.Distinct().Order(), stamps);
    }

    [Fact]
    public void Operations_of_one_transaction_have_stamps_in_their_order()
    {
        using WriteTransaction write = _file.File.BeginWrite();
        KeyValueWriter store = Store.In(write);
        Versionstamp first = store.Set(["a"], Number(1));
        Versionstamp second = store.Set(["a"], Number(2));
        AtomicResult failed = store.Apply(new AtomicOperation().Check(["a"], null));
        Versionstamp third = Store.In(write).Set(["b"], Number(3));
        write.Commit();
        Assert.Equal((ushort)0, first.Order);
        Assert.Equal(first with { Order = 1 }, second);
        Assert.False(failed.IsCommitted);
        Assert.Equal(first with { Order = 2 }, third);
        Assert.Equal(third, Store.Get(["b"])!.Versionstamp);
        Assert.True(Store.Set(["c"], Number(1)) > third);
    }

    [Fact]
    public void A_commit_has_stamps_for_65536_operations_and_no_more()
    {
        using WriteTransaction write = _file.File.BeginWrite();
        KeyValueWriter store = Store.In(write);
        store.Set(["a"], Number(1));
        Quire.Collections.MapSpace.Of(write).StampsTaken["kv"] = 65_535;
        Assert.Equal(65_535, store.Set(["a"], Number(1)).Order);
        InvalidOperationException error =
            Assert.Throws<InvalidOperationException>(() => store.Set(["a"], Number(1)));
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_check_changes_nothing_and_takes_no_number()
    {
        Versionstamp stamp = Store.Set(["a"], Number(1));
        ulong commits = _file.Commits;
        AtomicResult result = Store.Atomic().Check(["a"], null).Set(["a"], Number(2)).Commit();
        Assert.False(result.IsCommitted);
        Assert.Equal(commits, _file.Commits);
        Assert.Equal(new StoreEntry(["a"], Number(1), stamp), Store.Get(["a"]));
    }

    [Fact]
    public void All_checks_that_fail_are_told()
    {
        Versionstamp stamp = Store.Set(["a"], Number(1));
        AtomicResult result = Store.Atomic()
            .Check(["a"], stamp)
            .Check(["a"], null)
            .Check(["b"], null)
            .Check(["b"], stamp)
            .Check(["a"], stamp with { Order = 1 })
            .Commit();
        Assert.False(result.IsCommitted);
        Assert.Equal([1, 3, 4], result.FailedChecks);
        Assert.Empty(result.Results);
    }

    [Fact]
    public void Checks_look_at_what_was_there_before_the_operation()
    {
        AtomicResult result = Store.Atomic()
            .Set(["a"], Number(1)).Check(["a"], null).Delete(["a"]).Set(["b"], Number(2)).Commit();
        Assert.True(result.IsCommitted);
        Assert.Null(Store.Get(["a"]));
        Assert.Equal(result.Versionstamp, Store.Get(["b"])!.Versionstamp);
    }

    [Fact]
    public void Each_change_sees_those_before_it()
    {
        AtomicResult result = Store.Atomic()
            .Set(["n"], Number(5)).Sum(["n"], 10).Min(["n"], 12).Max(["n"], 20).Delete(["n"])
            .Sum(["n"], 3).Commit();
        Assert.Equal([null, 15, 12, 20, null, 3], result.Results);
        Assert.Equal(3UL, Store.Get(["n"])!.Value.AsUInt64());
    }

    [Theory]
    [InlineData(ulong.MaxValue, 1UL, 0UL, 1UL, ulong.MaxValue)]
    [InlineData(5UL, ulong.MaxValue, 4UL, 5UL, ulong.MaxValue)]
    [InlineData(7UL, 0UL, 7UL, 0UL, 7UL)]
    public void Sum_wraps_and_minimum_and_maximum_choose(
        ulong stored, ulong operand, ulong sum, ulong least, ulong most)
    {
        Store.Atomic().Set(["s"], Number(stored)).Set(["i"], Number(stored))
            .Set(["a"], Number(stored)).Commit();
        AtomicResult result =
            Store.Atomic().Sum(["s"], operand).Min(["i"], operand).Max(["a"], operand).Commit();
        Assert.Equal([sum, least, most], result.Results);
        Assert.Equal(
            [most, least, sum],
            Store.List(StoreSelector.All).Select(entry => entry.Value.AsUInt64()));
    }

    [Fact]
    public void Without_an_entry_the_operand_becomes_the_value() => Assert.Equal(
        [7, 8, 9],
        Store.Atomic().Sum(["s"], 7).Min(["i"], 8).Max(["a"], 9).Commit().Results
            .Select(value => (int)value!));

    [Theory]
    [InlineData("sum")]
    [InlineData("min")]
    [InlineData("max")]
    public void A_number_operation_on_another_value_leaves_nothing_of_the_earlier_changes(
        string operation)
    {
        Store.Set(["text"], Json("\"5\""));
        Store.Set(["long", new string('x', 500)], Number(1));
        ulong commits = _file.Commits;
        AtomicOperation failing = Store.Atomic()
            .Set(["a"], Number(1)).Delete(["long", new string('x', 500)])
            .Set(["long", new string('x', 1000)], Number(1), TimeSpan.FromDays(1));
        failing = operation switch
        {
            "sum" => failing.Sum(["text"], 1),
            "min" => failing.Min(["text"], 1),
            _ => failing.Max(["text"], 1),
        };
        StoreTypeException error = Assert.Throws<StoreTypeException>(() => failing.Commit());
        Assert.Equal(
            (StoreKey.Of("text"), StoreValueKind.Json, operation),
            (error.Key, error.StoredKind, error.Operation));
        Assert.Contains("[\"text\"] is Json", error.Message, StringComparison.Ordinal);
        Assert.Equal(commits, _file.Commits);
        Assert.Equal(2, Store.List(StoreSelector.All).Count);

        using (WriteTransaction write = _file.File.BeginWrite())
        {
            Store.In(write).Set(["before"], Number(1));
            Assert.Throws<StoreTypeException>(() => Store.In(write).Apply(failing));
            Assert.Equal(1, Store.In(write).Set(["after"], Number(1)).Order);
            write.Commit();
        }

        Assert.Equal(
            [["after"], ["before"], ["long", new string('x', 500)], ["text"]],
            Store.List(StoreSelector.All).Select(entry => entry.Key));
        Assert.Equal(0, _file.CountOf("/expiry"));
    }

    [Fact]
    public void The_first_operation_of_a_file_that_fails_leaves_no_map()
    {
        Store.Set(["text"], Json("1"));
        using var other = new StoreFile();
        using (WriteTransaction write = other.File.BeginWrite())
        {
            Assert.Throws<StoreTypeException>(() => other.Store.In(write).Apply(
                new AtomicOperation().Set(["a"], Json("1")).Sum(["a"], 1)));
            Assert.Empty(write.ListMaps());
            write.Map("else");
            write.Commit();
        }
    }

    [Fact]
    public void The_stamp_of_the_commit_can_be_the_last_part_of_a_key()
    {
        StoreKey log = ["log", StoreKeyPart.CommitVersionstamp];
        AtomicResult result = Store.Atomic().Set(log, Number(1)).Set(["last"], Number(1)).Commit();
        Versionstamp second = Store.Set(log, Number(2));
        Assert.Equal(
            [result.Versionstamp.ToString(), second.ToString()],
            Store.List(StoreSelector.WithPrefix(["log"]))
                .Select(entry => entry.Key.Parts[1].AsString()));
        Assert.Throws<ArgumentException>(() => Store.Atomic().Delete(log));
        Assert.Throws<ArgumentException>(() => Store.Atomic().Sum(log, 1));
        Assert.Throws<ArgumentException>(() => Store.Atomic().Check(log, null));
    }

    [Fact]
    public void Deleting_says_whether_there_was_an_entry_and_commits_only_then()
    {
        Store.Set(["a"], Number(1));
        Assert.True(Store.Delete(["a"]));
        ulong commits = _file.Commits;
        Assert.False(Store.Delete(["a"]));
        Assert.Equal(commits, _file.Commits);
    }

    [Fact]
    public async Task The_asynchronous_calls_do_what_the_others_do()
    {
        Versionstamp stamp = await Store.SetAsync(["a"], Number(1));
        Assert.Equal(stamp, (await Store.GetAsync(["a"]))!.Versionstamp);
        Assert.Equal([2], (await Store.Atomic().Sum(["a"], 1).CommitAsync()).Results
            .Select(value => (int)value!));
        Assert.Single(await Store.GetManyAsync([["a"]]));
        Assert.True(await Store.DeleteAsync(["a"]));
        Assert.False(await Store.DeleteAsync(["a"]));
    }

    [Theory]
    [InlineData(TransactionMode.Immediate)]
    [InlineData(TransactionMode.Exclusive)]
    [InlineData(TransactionMode.Deferred)]
    public void Transactions_that_know_their_number_have_stamps(TransactionMode mode)
    {
        Store.Set(["a"], Number(1));
        using WriteTransaction write = _file.File.BeginWrite(mode);
        Assert.NotNull(Store.In(write).Get(["a"]));
        Versionstamp stamp = Store.In(write).Set(["a"], Number(2));
        Assert.Equal(write.Commit().Value, stamp.CommitNumber);
        Assert.Equal(stamp, Store.Get(["a"])!.Versionstamp);
    }

    [Fact]
    public void An_optimistic_transaction_has_no_stamps_and_says_so()
    {
        Store.Set(["a"], Number(1));
        using WriteTransaction write = _file.File.BeginWrite(TransactionMode.Optimistic);
        Assert.NotNull(Store.In(write).Get(["a"]));
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => Store.In(write).Set(["a"], Number(2)));
        Assert.Contains("Optimistic", error.Message, StringComparison.Ordinal);
        Assert.Contains("versionstamps", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_operation_without_a_store_cannot_commit_by_itself() =>
        Assert.Throws<InvalidOperationException>(() => new AtomicOperation().Commit());

    [Fact]
    public void Two_stores_of_one_file_know_nothing_of_each_other()
    {
        var other = new KeyValueStore(_file.File, _file.Options with { Map = "second" });
        Store.Set(["a"], Number(1));
        other.Set(["a"], Number(2));
        Assert.Equal(1UL, Store.Get(["a"])!.Value.AsUInt64());
        Assert.Equal(2UL, other.Get(["a"])!.Value.AsUInt64());
    }

    [Fact]
    public void A_map_of_another_kind_is_no_store()
    {
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            new OrderedMap<string, string>("kv", MapKeys.String, MapValues.String)
                .In(write).Put("a", "b");
            write.Commit();
        }

        Assert.Throws<InvalidOperationException>(() => Store.Get(["a"]));
        Assert.Throws<InvalidOperationException>(() => Store.Set(["a"], Number(1)));
    }
}
