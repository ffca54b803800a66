using Xunit;
using static Quire.Tests.Collections.KeyValue.StoreFile;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>What is just allowed, and what is just not, with limit and actual size.</summary>
public sealed class StoreLimitTests : IDisposable
{
    private readonly StoreFile _file = new();

    private KeyValueStore Store => _file.Store;

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    public void Keys_have_up_to_2048_bytes_in_pages_of_any_size(int pageSize)
    {
        using var file = new StoreFile(pageSize);
        StoreKey longest = [new string('k', 2046)];
        Assert.Equal(2048, longest.Encoded.Length);
        file.Store.Set(longest, Number(1));
        Assert.NotNull(file.Store.Get(longest));
        StoreKey longer = [new string('k', 2047)];
        AssertLimit(() => file.Store.Set(longer, Number(1)), 2048, 2049);
        AssertLimit(() => file.Store.Get(longer), 2048, 2049);
        AssertLimit(() => file.Store.GetMany([longest, longer]), 2048, 2049);
        AssertLimit(() => file.Store.Delete(longer), 2048, 2049);
        AssertLimit(() => file.Store.Atomic().Check(longer, null), 2048, 2049);
        AssertLimit(() => file.Store.Atomic().Sum(longer, 1), 2048, 2049);
    }

    [Fact]
    public void The_place_of_a_versionstamp_counts_as_the_stamp()
    {
        Store.Set([new string('k', 2024), StoreKeyPart.CommitVersionstamp], Number(1));
        AssertLimit(
            () => Store.Set([new string('k', 2025), StoreKeyPart.CommitVersionstamp], Number(1)),
            2048,
            2049);
    }

    [Fact]
    public void Values_have_up_to_65536_bytes()
    {
        Store.Set(["a"], StoreValue.FromBytes(new byte[65536]));
        Assert.Equal(65536, Store.Get(["a"])!.Value.Span.Length);
        AssertLimit(
            () => Store.Set(["a"], StoreValue.FromBytes(new byte[65537])), 65536, 65537);
    }

    [Fact]
    public void An_operation_has_up_to_100_checks()
    {
        AtomicOperation operation = Store.Atomic();
        for (int i = 0; i < 100; i++)
        {
            operation.Check([i], null);
        }

        AssertLimit(() => operation.Check(["a"], null), 100, 101);
        Assert.True(operation.Commit().IsCommitted);
    }

    [Fact]
    public void An_operation_has_up_to_1000_changes()
    {
        AtomicOperation operation = Store.Atomic();
        for (int i = 0; i < 1000; i++)
        {
            operation.Sum(["n"], 1);
        }

        AssertLimit(() => operation.Delete(["a"]), 1000, 1001);
        Assert.Equal(1000UL, operation.Commit().Results[^1]);
    }

    [Fact]
    public void An_operation_has_up_to_819200_bytes()
    {
        AtomicOperation operation = Store.Atomic();
        for (int i = 0; i < 13; i++)
        {
            operation.Set(["k"], StoreValue.FromBytes(new byte[63_000]));
        }

        // 13 keys of 3 bytes; one more of 3 with a value of 158.
        AssertLimit(
            () => operation.Set(["k"], StoreValue.FromBytes(new byte[159])), 819_200, 819_201);
        operation.Set(["k"], StoreValue.FromBytes(new byte[158]));
        AssertLimit(() => operation.Check(["k"], null), 819_200, 819_203);
        Assert.True(operation.Commit().IsCommitted);
    }

    [Theory]
    [InlineData(81, true)]
    [InlineData(82, false)]
    public void A_name_fits_for_all_maps_of_a_store_or_for_none(int length, bool isFit)
    {
        var options = new KeyValueStoreOptions { Map = new string('m', length) };
        if (isFit)
        {
            var store = new KeyValueStore(_file.File, options);
            store.Set([new string('k', 200)], Number(1), TimeSpan.FromDays(1));
            Assert.Single(store.List(StoreSelector.All));
        }
        else
        {
            AssertLimit(() => Assert.NotNull(new KeyValueStore(_file.File, options)), 88, 89);
        }
    }

    [Fact]
    public void Transactions_of_other_files_are_refused()
    {
        using PageFile other = _file.Maps.OpenElsewhere();
        using (ReadTransaction read = other.BeginRead())
        {
            Assert.Throws<ArgumentException>(() => Store.In(read));
        }

        using WriteTransaction write = other.BeginWrite();
        Assert.Throws<ArgumentException>(() => Store.In(write));
    }

    [Fact]
    public void Absent_arguments_are_errors()
    {
        Assert.Throws<ArgumentNullException>(() => new KeyValueStore(null!));
        Assert.Throws<ArgumentNullException>(() => Store.Get(null!));
        Assert.Throws<ArgumentNullException>(() => Store.Set(null!, Number(1)));
        Assert.Throws<ArgumentNullException>(() => Store.Delete(null!));
        Assert.Throws<ArgumentNullException>(() => Store.List(null!));
        Assert.Throws<ArgumentException>(
            () => new KeyValueStore(_file.File, new KeyValueStoreOptions { Map = "" }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new KeyValueStore(_file.File, new KeyValueStoreOptions { SweepBatch = -1 }));
    }

    private static void AssertLimit(Action call, int limit, int actual)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(call);
        Assert.Contains($"{limit}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{actual}", error.Message, StringComparison.Ordinal);
    }
}
