using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// Maps in transactions of all modes, with savepoints, and on a device that is full.
/// </summary>
public sealed class MapTransactionTests
{
    [Fact]
    public void Going_back_to_a_savepoint_takes_the_maps_back()
    {
        using var file = new MapFile();
        file.Write("m", map => Fill(map, 0, 200));
        file.Write("gone", map => Fill(map, 0, 50));
        using (WriteTransaction write = file.File.BeginWrite())
        {
            MapWriter map = write.Map("m");
            MapWriter gone = write.Map("gone");
            Fill(map, 200, 250);
            using Savepoint savepoint = write.CreateSavepoint();
            MapCursor cursor = map.OpenCursor();
            Assert.True(cursor.MoveFirst());
            MapWriter made = write.Map("made");
            Fill(made, 0, 100);
            Fill(map, 250, 600);
            for (int i = 0; i < 150; i++)
            {
                Assert.True(map.Delete(KeyOf(i)));
            }

            gone.Drop();
            Assert.Throws<InvalidOperationException>(() => gone.Count);
            savepoint.RollBack();

            Assert.Throws<InvalidOperationException>(() => cursor.MoveNext());
            Assert.Throws<InvalidOperationException>(() => made.Put("a"u8, "1"u8));
            Assert.False(write.HasMap("made"));
            Assert.Equal(50, gone.Count);
            Assert.Equal(250, map.Count);
            Assert.True(map.Delete(KeyOf(0)));
            Fill(write.Map("made"), 0, 30);
            write.Commit();
        }

        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.Equal(249, read.Map("m").Scan().Count());
        Assert.Equal(50, read.Map("gone").Scan().Count());
        Assert.Equal(30, read.Map("made").Scan().Count());
    }

    [Fact]
    public void A_loader_does_not_survive_a_return_to_a_savepoint()
    {
        using var file = new MapFile();
        using (WriteTransaction write = file.File.BeginWrite())
        {
            MapWriter map = write.Map("m");
            using Savepoint savepoint = write.CreateSavepoint();
            MapLoader loader = map.BeginLoad();
            for (int i = 0; i < 500; i++)
            {
                loader.Add(KeyOf(i), new byte[10]);
            }

            savepoint.RollBack();
            Assert.Throws<InvalidOperationException>(() => loader.Add(KeyOf(500), "v"u8));
            Assert.Throws<InvalidOperationException>(() => loader.Complete());
            loader.Dispose();
            Fill(map, 0, 10);
            write.Commit();
        }

        file.Verify();
    }

    [Fact]
    public void A_full_device_leaves_nothing_to_commit_and_the_file_as_it_was()
    {
        using var file = new MapFile(512, stagingBytes: 0);
        file.Write("m", map => Fill(map, 0, 100));
        file.Disk.CapacityBytes = 400_000;
        using (WriteTransaction write = file.File.BeginWrite())
        {
            MapWriter map = write.Map("m");
            Assert.Throws<StorageFullException>(() => Fill(map, 100, 100_000));
            Assert.Throws<InvalidOperationException>(() => map.Count);
            Assert.Throws<InvalidOperationException>(() => write.Map("other"));
            Assert.Throws<InvalidOperationException>(() => write.Commit());
        }

        Assert.Equal(100, file.Verify().Maps[0].Count);
        file.Disk.CapacityBytes = 64 << 20;
        file.Write("m", map => Fill(map, 100, 2000));
        Assert.Equal(2000, file.Verify().Maps[0].Count);
    }

    [Fact]
    public void After_a_failed_change_a_savepoint_is_the_way_on()
    {
        using var file = new MapFile(512, stagingBytes: 0);
        file.Disk.CapacityBytes = 400_000;
        using (WriteTransaction write = file.File.BeginWrite())
        {
            MapWriter map = write.Map("m");
            Fill(map, 0, 100);
            using Savepoint savepoint = write.CreateSavepoint();
            Assert.Throws<StorageFullException>(() => Fill(map, 100, 100_000));
            file.Disk.CapacityBytes = 64 << 20;
            savepoint.RollBack();
            Assert.Equal(100, map.Count);
            Fill(map, 100, 120);
            write.Commit();
        }

        Assert.Equal(120, file.Verify().Maps[0].Count);
    }

    [Fact]
    public void Optimistic_transactions_on_different_maps_both_succeed()
    {
        using var file = new MapFile();
        file.Write("a", map => Fill(map, 0, 100));
        file.Write("b", map => Fill(map, 0, 100));
        using (WriteTransaction one = file.File.BeginWrite(TransactionMode.Optimistic))
        using (WriteTransaction other = file.File.BeginWrite(TransactionMode.Optimistic))
        {
            Fill(one.Map("a"), 100, 102);
            Fill(other.Map("b"), 100, 102);
            one.Commit();
            other.Commit();
        }

        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.Equal(102, read.Map("a").Count);
        Assert.Equal(102, read.Map("b").Count);
    }

    [Fact]
    public void Optimistic_transactions_that_replace_values_in_different_leaves_both_succeed()
    {
        using var file = new MapFile();
        file.Write("m", map => Fill(map, 0, 400));
        using (WriteTransaction one = file.File.BeginWrite(TransactionMode.Optimistic))
        using (WriteTransaction other = file.File.BeginWrite(TransactionMode.Optimistic))
        {
            one.Map("m").Put(KeyOf(1), "one val."u8);
            other.Map("m").Put(KeyOf(399), "another "u8);
            one.Commit();
            other.Commit();
        }

        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.True(read.Map("m").TryGet(KeyOf(1), out ReadOnlySpan<byte> value));
        Assert.Equal("one val."u8, value);
        Assert.True(read.Map("m").TryGet(KeyOf(399), out value));
        Assert.Equal("another "u8, value);
    }

    [Fact]
    public void Optimistic_transactions_that_add_to_one_map_conflict_and_lose_nothing()
    {
        using var file = new MapFile();
        file.Write("m", map => Fill(map, 0, 100));
        using (WriteTransaction one = file.File.BeginWrite(TransactionMode.Optimistic))
        using (WriteTransaction other = file.File.BeginWrite(TransactionMode.Optimistic))
        {
            Fill(one.Map("m"), 100, 200);
            MapWriter map = other.Map("m");
            Fill(map, 200, 300);
            one.Commit();
            Assert.Throws<ConflictException>(() => other.Commit());
            Assert.Throws<ObjectDisposedException>(() => map.Count);
        }

        Assert.Equal(200, file.Verify().Maps[0].Count);
    }

    [Fact]
    public void A_deferred_transaction_reads_first_and_writes_then()
    {
        using var file = new MapFile();
        file.Write("m", map => Fill(map, 0, 100));
        using WriteTransaction deferred = file.File.BeginWrite(TransactionMode.Deferred);
        MapWriter map = deferred.Map("m");
        Assert.Equal(100, map.Count);
        Assert.True(map.ContainsKey(KeyOf(1)));
        map.Put(KeyOf(100), "v"u8);
        Assert.Equal(101, map.Count);
        deferred.Commit();
        Assert.Equal(101, file.Verify().Maps[0].Count);
    }

    [Fact]
    public void A_deferred_transaction_that_meets_a_writer_can_try_its_change_again()
    {
        using var file = new MapFile();
        file.Write("m", map => Fill(map, 0, 100));
        using WriteTransaction deferred = file.File.BeginWrite(TransactionMode.Deferred);
        MapWriter map = deferred.Map("m");
        Assert.True(map.ContainsKey(KeyOf(1)));
        using (PageFile elsewhere = file.OpenElsewhere())
        using (WriteTransaction writer = elsewhere.BeginWrite())
        {
            Assert.Throws<BusyException>(() => map.Delete(KeyOf(1)));
            Assert.Throws<BusyException>(() => map.Put(KeyOf(100), "v"u8));
        }

        Assert.True(map.Delete(KeyOf(1)));
        deferred.Commit();
        Assert.Equal(99, file.Verify().Maps[0].Count);
    }

    private static void Fill(MapWriter map, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            map.Put(KeyOf(i), "a value."u8);
        }
    }

    private static byte[] KeyOf(int i) => [(byte)(i >> 16), (byte)(i >> 8), (byte)i];
}
