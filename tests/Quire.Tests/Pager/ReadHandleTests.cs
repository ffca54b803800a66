using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>
/// A read transaction is a value, and what is behind it serves one transaction after the other: a
/// handle that has ended must say so for ever, and never touch a later one.
/// </summary>
public sealed class ReadHandleTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly PageFile _file;

    public ReadHandleTests()
    {
        Stamp.Create(_folder.File("a.quire"), 3, 1);
        _file = PageFile.Open(_folder.File("a.quire"));
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_handle_that_has_ended_says_so_while_others_are_open()
    {
        ReadTransaction ended = _file.BeginRead();
        PageNumber page = new(2);
        Assert.Equal(1, ended.Read(page)[0]);
        ended.Dispose();
        using ReadTransaction next = _file.BeginRead();
        Assert.Throws<ObjectDisposedException>(() => ended.Read(page));
        Assert.Throws<ObjectDisposedException>(() => ended.IsInUse(page));
        Assert.Throws<ObjectDisposedException>(() => ended.GetInfo());
        Assert.Throws<ObjectDisposedException>(() => ended.Verify());
        Assert.Throws<ObjectDisposedException>(() => ended.Map("m"));
        Assert.Equal(1, next.Read(page)[0]);
    }

    [Fact]
    public void To_dispose_a_handle_again_does_not_end_the_next_transaction()
    {
        ReadTransaction ended = _file.BeginRead();
        ReadTransaction copy = ended;
        ended.Dispose();
        using ReadTransaction next = _file.BeginRead();
        ended.Dispose();
        copy.Dispose();
        Assert.Equal(1, Stamp.ReadAll(next));
        AssertCommitIsBusy();
    }

    [Fact]
    public void Copies_are_one_transaction()
    {
        ReadTransaction one = _file.BeginRead();
        ReadTransaction two = one;
        Assert.Equal(1, Stamp.ReadAll(two));
        AssertCommitIsBusy();
        two.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Stamp.ReadAll(one));
        using WriteTransaction write = _file.BeginWrite(TimeSpan.Zero);
        Stamp.WriteAll(write, 2);
        write.Commit();
    }

    [Fact]
    public void A_handle_that_was_never_begun_reads_nothing_and_ends_nothing()
    {
        ReadTransaction never = default;
        Assert.Throws<InvalidOperationException>(() => never.Number);
        Assert.Throws<InvalidOperationException>(() => never.Read(new PageNumber(2)));
        Assert.Throws<InvalidOperationException>(() => never.Map("m"));
        never.Dispose();
    }

    /// <summary>More at once than are kept to be used again.</summary>
    [Fact]
    public void Any_number_may_be_open_at_once_and_end_in_any_order()
    {
        var random = new Random(1);
        for (int round = 0; round < 3; round++)
        {
            ReadTransaction[] open = [.. Enumerable.Range(0, 100).Select(_ => _file.BeginRead())];
            random.Shuffle(open);
            for (int i = 0; i < open.Length; i++)
            {
                AssertCommitIsBusy();
                open[i].Dispose();
                Assert.All(open[(i + 1)..], read => Assert.Equal(1, read.Read(new(2))[0]));
            }

            Assert.All(open, read => Assert.Throws<ObjectDisposedException>(() => read.Read(new(2))));
        }

        Assert.Equal(0, _file.Engine.ReaderLock.Holders);
    }

    [Fact]
    public void Threads_that_dispose_what_has_ended_do_not_end_those_of_others()
    {
        OtherThread[] threads =
        [
            .. Enumerable.Range(0, 4).Select(_ => OtherThread.Start(() =>
            {
                ReadTransaction before = default;
                for (int i = 0; i < 5000; i++)
                {
                    ReadTransaction read = _file.BeginRead();
                    before.Dispose();
                    Assert.Equal(1, read.Read(new PageNumber(2))[0]);
                    read.Dispose();
                    before.Dispose();
                    before = read;
                }
            })),
        ];
        Assert.All(threads, thread => thread.Join());
        Assert.Equal(0, _file.Engine.ReaderLock.Holders);
        using WriteTransaction write = _file.BeginWrite(TimeSpan.Zero);
        Stamp.WriteAll(write, 2);
        write.Commit();
    }

    [Fact]
    public void A_transaction_with_a_lookup_allocates_nothing()
    {
        using PageFile file = PageFile.Open(_folder.File("maps.quire"));
        using (WriteTransaction write = file.BeginWrite())
        {
            write.Map("m").Put("key"u8, "value"u8);
            write.Map("n").Put("key"u8, "value"u8);
            write.Commit();
        }

        // The least of several: the runtime allocates too, now and then, where it recompiles.
        Assert.Equal(0, Enumerable.Range(0, 8).Min(_ => Allocated(file)));
    }

    private static long Allocated(PageFile file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        int found = LookUp(file, 1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(10_000, found);
        return allocated;
    }

    private static int LookUp(PageFile file, int times)
    {
        int found = 0;
        for (int i = 0; i < times; i++)
        {
            using ReadTransaction read = file.BeginRead();
            found += read.Map("m").TryGet("key"u8, out ReadOnlySpan<byte> value) ? value.Length : 0;
            found += read.Map("n").TryGet("key"u8, out value) ? value.Length : 0;
        }

        return found;
    }

    private void AssertCommitIsBusy()
    {
        using WriteTransaction write = _file.BeginWrite(TimeSpan.Zero);
        Stamp.WriteAll(write, 2);
        Assert.Throws<BusyException>(() => write.Commit());
    }
}
