using Xunit;
using static Quire.Tests.Collections.KeyValue.StoreFile;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Failures of the disk are exceptions, leave nothing, and never look like a check.</summary>
public sealed class StoreFailureTests : IDisposable
{
    private readonly MapFile _maps = new();

    private KeyValueStore Store => new(_maps.File);

    public void Dispose() => _maps.Dispose();

    [Fact]
    public void A_full_disk_is_an_exception_and_leaves_nothing()
    {
        Versionstamp before = Store.Set(["a"], Number(1));
        FillDisk();
        AtomicOperation large = Large().Check(["a"], before);
        Assert.Throws<StorageFullException>(() => large.Commit());
        Assert.Equal([["a"]], Store.List(StoreSelector.All).Select(entry => entry.Key));
        MakeRoom();
        AtomicResult result = large.Commit();
        Assert.True(result.IsCommitted);
        Assert.True(result.Versionstamp > before);
        _maps.Verify();
    }

    [Fact]
    public void A_transaction_goes_on_after_an_operation_that_found_no_space()
    {
        using var maps = new MapFile(stagingBytes: 0);
        var store = new KeyValueStore(maps.File);
        store.Set(["a"], Number(1));
        using WriteTransaction write = maps.File.BeginWrite();
        store.In(write).Set(["b"], Number(2));
        long room = maps.Disk.CapacityBytes;
        maps.Disk.CapacityBytes = 200_000;
        Assert.Throws<StorageFullException>(() => store.In(write).Apply(Large()));
        maps.Disk.CapacityBytes = room;
        Assert.Equal([["a"], ["b"]], store.In(write).List(StoreSelector.All)
            .Select(entry => entry.Key));
        Versionstamp stamp = store.In(write).Set(["c"], Number(3));
        Assert.Equal(1, stamp.Order);
        write.Commit();
        Assert.Equal(
            [["a"], ["b"], ["c"]],
            store.List(StoreSelector.All).Select(entry => entry.Key));
        maps.Verify();
    }

    [Fact]
    public void A_busy_file_is_an_exception_and_not_a_failed_check()
    {
        Store.Set(["a"], Number(1));
        using PageFile elsewhere = _maps.OpenElsewhere();
        using (elsewhere.BeginWrite())
        {
            Assert.Throws<BusyException>(() => Store.Set(["a"], Number(2)));
            Assert.Throws<BusyException>(
                () => Store.Atomic().Check(["a"], null).Set(["a"], Number(2)).Commit());
            Assert.Equal(1UL, Store.Get(["a"])!.Value.AsUInt64());
        }

        Assert.True(Store.Set(["a"], Number(2)).CommitNumber > 1);
    }

    [Fact]
    public async Task What_is_cancelled_is_not_done()
    {
        Store.Set(["a"], Number(1));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.SetAsync(["a"], Number(2), null, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.GetAsync(["a"], cancelled.Token));
        Assert.Equal(1UL, Store.Get(["a"])!.Value.AsUInt64());
    }

    private AtomicOperation Large()
    {
        AtomicOperation operation = Store.Atomic();
        for (int i = 0; i < 12; i++)
        {
            operation.Set(["large", i], StoreValue.FromBytes(new byte[60_000]));
        }

        return operation;
    }

    private void FillDisk() => _maps.Disk.CapacityBytes = 200_000;

    private void MakeRoom() => _maps.Disk.CapacityBytes = 256L << 20;
}
