using System.Buffers.Binary;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// What changes trees is used again by the next change of the file: a commit of one record hardly
/// allocates, and changes that go on at once do not get in each other's way.
/// </summary>
public sealed class WriterReuseTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly PageFile _file;

    public WriterReuseTests() => _file = PageFile.Open(_folder.File("maps.quire"));

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_commit_of_one_record_allocates_only_what_says_which_maps_are_open()
    {
        Put(times: 1);
        long least = long.MaxValue;

        // The least of several: the runtime allocates too, now and then, where it recompiles.
        var thread = new Thread(() =>
        {
            for (int round = 0; round < 8; round++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Put(times: 10);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        });
        thread.UnsafeStart();
        thread.Join();
        Assert.InRange(least / 10, 1, 160);
    }

    /// <summary>Optimistic ones change their pages at the same time.</summary>
    [Fact]
    public void Threads_that_change_trees_at_once_each_have_their_own()
    {
        const int threads = 4;
        const int records = 300;
        OtherThread[] all =
        [
            .. Enumerable.Range(0, threads).Select(number => OtherThread.Start(() =>
            {
                var options = new UpdateOptions { Mode = TransactionMode.Optimistic };
                for (int i = 0; i < records; i += 50)
                {
                    _file.Update(write => Fill(write.Map($"m{number}"), i, i + 50), options);
                }
            })),
        ];
        Assert.All(all, thread => thread.Join());
        using ReadTransaction read = _file.BeginRead();
        Assert.Empty(read.VerifyMaps().Problems);
        Assert.All(
            Enumerable.Range(0, threads), i => Assert.Equal(records, read.Map($"m{i}").Count));
    }

    /// <summary>A source may use maps itself while it is read from.</summary>
    [Fact]
    public void A_stream_that_changes_another_map_can_be_put()
    {
        using WriteTransaction write = _file.BeginWrite();
        MapWriter map = write.Map("streams");
        MapWriter other = write.Map("others");
        byte[] value = new byte[50_000];
        Random.Shared.NextBytes(value);
        var source = new ObservedStream(
            value, () => Fill(other, (int)other.Count, (int)other.Count + 20));
        map.PutStream("key"u8, source);
        Assert.True(map.TryGet("key"u8, out ReadOnlySpan<byte> found));
        Assert.Equal(value, found.ToArray());
        Assert.True(other.Count > 20, $"{other.Count}");
        write.Commit();
        using ReadTransaction read = _file.BeginRead();
        Assert.Empty(read.VerifyMaps().Problems);
    }

    private static void Fill(MapWriter map, int from, int to)
    {
        Span<byte> key = stackalloc byte[sizeof(long)];
        for (int i = from; i < to; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(key, i * 7919L % 1_000_003);
            map.Put(key, new byte[100]);
        }
    }

    private void Put(int times)
    {
        for (int i = 0; i < times; i++)
        {
            using WriteTransaction write = _file.BeginWrite();
            write.Map("m").Put("key"u8, "value"u8);
            write.Commit();
        }
    }

    private sealed class ObservedStream(byte[] bytes, Action beforeRead) : MemoryStream(bytes)
    {
        /// <summary>Spans end here too, in a class that derives from MemoryStream.</summary>
        public override int Read(byte[] buffer, int offset, int count)
        {
            beforeRead();
            return base.Read(buffer, offset, Math.Min(count, 1000));
        }
    }
}
