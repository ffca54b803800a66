using System.Buffers.Binary;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// What readers of one open file keep of the nodes that they have read, and leaves that are read
/// ahead: neither shows in what is found, only in what it costs.
/// </summary>
public sealed class OpenedNodeTests
{
    private const int Records = 3000;

    [Fact]
    public void Lookups_allocate_nothing_once_their_nodes_are_known()
    {
        using var file = new MapFile();
        file.Write("m", Fill);
        Assert.Equal(0, BytesAllocatedByLookUps(file.File));
    }

    [Fact]
    public void A_tree_with_more_leaves_than_are_kept_is_looked_up_without_allocation_too()
    {
        // 200 pages in the cache, so 64 nodes are kept; the tree has some 100 leaves.
        using var folder = new TempFolder();
        using PageFile file = PageFile.Open(
            folder.File("m"), new PageFileOptions { PageSize = 512, CacheBytes = 200 * 512 });
        using (WriteTransaction write = file.BeginWrite())
        {
            Fill(write.Map("m"), 700);
            write.Commit();
        }

        Assert.Equal(0, BytesAllocatedByLookUps(file, records: 700));
    }

    [Fact]
    public void What_another_process_commits_is_found_behind_nodes_that_are_known()
    {
        using var file = new MapFile();
        file.Write("m", Fill);
        using PageFile elsewhere = file.OpenElsewhere();
        for (int version = 1; version < 20; version++)
        {
            int changed = version * 137 % Records;
            using (WriteTransaction write = elsewhere.BeginWrite())
            {
                write.Map("m").Put(KeyOf(changed), [(byte)version]);
                write.Map("m").Delete(KeyOf(Records - version));
                write.Commit();
            }

            using ReadTransaction read = file.File.BeginRead();
            MapReader map = read.Map("m");
            Assert.True(map.TryGet(KeyOf(changed), out ReadOnlySpan<byte> value));
            Assert.Equal([(byte)version], value.ToArray());
            Assert.False(map.ContainsKey(KeyOf(Records - version)));
            Assert.True(map.ContainsKey(KeyOf(0)));
        }
    }

    [Fact]
    public void Pages_that_change_hands_between_maps_are_never_taken_for_what_they_were()
    {
        using var file = new MapFile();
        for (int round = 0; round < 6; round++)
        {
            string filled = round % 2 == 0 ? "even" : "odd";
            string emptied = round % 2 == 0 ? "odd" : "even";
            file.Write(emptied, map => map.Clear());
            file.Write(filled, Fill);
            using ReadTransaction read = file.File.BeginRead();
            Assert.Equal(Records, LookUps(read.Map(filled), Records));
            Assert.Equal(0, LookUps(read.Map(emptied), Records));
        }
    }

    [Fact]
    public void A_transaction_that_has_ended_finds_nothing_in_nodes_that_are_known()
    {
        using var file = new MapFile();
        file.Write("m", Fill);
        ReadTransaction read = file.File.BeginRead();
        MapReader map = read.Map("m");
        MapCursor cursor = map.OpenCursor();
        Assert.True(cursor.MoveFirst());
        LookUps(map, Records);
        read.Dispose();
        Assert.Throws<ObjectDisposedException>(() => map.ContainsKey(KeyOf(1)));
        Assert.Throws<ObjectDisposedException>(() => cursor.MoveFirst());
        Assert.Throws<ObjectDisposedException>(() => cursor.Seek(KeyOf(Records - 1)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_scan_of_a_file_that_is_not_cached_reads_many_leaves_at_once(bool isReversed)
    {
        using var folder = new TempFolder();
        string path = folder.File("m");
        int leaves;
        using (PageFile file = PageFile.Open(path, new PageFileOptions { PageSize = 512 }))
        {
            using (WriteTransaction write = file.BeginWrite())
            {
                using MapLoader loader = write.Map("m").BeginLoad();
                for (int i = 0; i < Records; i++)
                {
                    loader.Add(KeyOf(i), [(byte)i]);
                }

                loader.Complete();
                write.Commit();
            }

            using ReadTransaction read = file.BeginRead();
            leaves = new TreeShape(read, "m").Leaves.Count;
        }

        int reads = 0;
        var hooks = new HookedHost { Before = request => reads += IsRead(request) ? 1 : 0 };
        using PageFile cold = PageFile.Open(
            path, new PageFileOptions { PageSize = 512, Host = hooks.Host });
        using ReadTransaction scan = cold.BeginRead();
        reads = 0;
        Assert.Equal(Records, scan.Map("m").Scan(new MapRange { IsReversed = isReversed }).Count());
        Assert.InRange(reads, 1, leaves / 4);
        reads = 0;
        Assert.Equal(Records, scan.Map("m").Scan(new MapRange { IsReversed = isReversed }).Count());
        Assert.Equal(0, reads);
    }

    /// <summary>
    /// Keys that are told apart before, at and behind the eighth byte behind their prefix, and by
    /// their length alone.
    /// </summary>
    [Fact]
    public void Keys_that_differ_late_or_by_trailing_zeros_are_scanned_in_order()
    {
        using var file = new MapFile();
        SortedSet<byte[]> keys = new(ByteOrder.Instance);
        foreach (byte first in (byte[])[0, 1, 0x7F, 0x80, 0xFF])
        {
            for (int length = 0; length <= 20; length++)
            {
                byte[] key = new byte[length];
                key.AsSpan().Fill(first);
                keys.Add(key);
                keys.Add([.. key, 0]);
                keys.Add([.. key, 0, 0]);
                keys.Add([.. key, 0xFF]);
            }
        }

        file.Write("m", map =>
        {
            foreach (byte[] key in keys.Reverse())
            {
                map.Put(key, key);
            }
        });
        using ReadTransaction read = file.File.BeginRead();
        List<byte[]> forwards = [];
        foreach (MapEntry entry in read.Map("m").Scan())
        {
            Assert.Equal(entry.Key.ToArray(), entry.Value.ToArray());
            forwards.Add(entry.Key.ToArray());
        }

        List<byte[]> backwards = [];
        foreach (MapEntry entry in read.Map("m").Scan(new MapRange { IsReversed = true }))
        {
            backwards.Add(entry.Key.ToArray());
        }

        Assert.Equal(keys, forwards);
        Assert.Equal(keys.Reverse(), backwards);
    }

    private static bool IsRead(IoEvent request) => request.Kind == IoKind.Read;

    private static long BytesAllocatedByLookUps(PageFile file, int records = Records)
    {
        using ReadTransaction read = file.BeginRead();
        MapReader map = read.Map("m");
        long least = long.MaxValue;

        // The least of several: the runtime allocates too, now and then, where it recompiles.
        for (int round = 0; round < 8; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            int found = LookUps(map, records);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(records, found);
            least = Math.Min(least, allocated);
        }

        return least;
    }

    private static int LookUps(MapReader map, int records)
    {
        Span<byte> key = stackalloc byte[8];
        int found = 0;
        for (int i = 0; i < records; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(key, i);
            found += map.TryGet(key, out _) ? 1 : 0;
        }

        return found;
    }

    private static void Fill(MapWriter map) => Fill(map, Records);

    private static void Fill(MapWriter map, int records)
    {
        for (int i = 0; i < records; i++)
        {
            map.Put(KeyOf(i), new byte[40]);
        }
    }

    private static byte[] KeyOf(int i)
    {
        byte[] key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, i);
        return key;
    }
}
