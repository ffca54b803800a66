using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>
/// A write transaction is a value, and what is behind it serves one transaction after the other: a
/// handle that has ended must say so for ever, and never touch a later one.
/// </summary>
public sealed class WriteHandleTests : IDisposable
{
    private static readonly PageNumber Page = new(2);

    private readonly TempFolder _folder = new();
    private readonly PageFile _file;

    public WriteHandleTests()
    {
        Stamp.Create(_folder.File("a.quire"), 3, 1);
        _file = PageFile.Open(_folder.File("a.quire"));
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(TransactionMode.Immediate)]
    [InlineData(TransactionMode.Deferred)]
    [InlineData(TransactionMode.Exclusive)]
    [InlineData(TransactionMode.Optimistic)]
    public async Task A_handle_that_has_ended_says_so_while_the_next_goes_on(TransactionMode mode)
    {
        WriteTransaction ended = _file.BeginWrite(mode);
        Savepoint savepoint = ended.CreateSavepoint();
        MapWriter map = ended.Map("m");
        ended.Dispose();
        using WriteTransaction next = _file.BeginWrite(mode);
        Assert.Equal(1, next.Write(Page)[0]);
        Action[] calls =
        [
            () => ended.Read(Page),
            () => ended.Write(Page),
            () => ended.Allocate(),
            () => ended.Free(Page),
            () => ended.TrimEnd(),
            () => ended.IsInUse(Page),
            () => ended.Commit(),
            () => ended.Promote(),
            () => ended.CreateSavepoint(),
            () => _ = ended.Number,
            () => _ = ended.Root,
            () => ended.Root = Page,
            () => ended.UserVersion = 7,
            () => _ = ended.Mode,
            () => _ = ended.Attempt,
            () => _ = ended.CommitNumber,
            () => ended.Map("m"),
            () => map.Put("key"u8, "value"u8),
            savepoint.RollBack,
            savepoint.Release,
        ];
        Assert.All(calls, call => Assert.Throws<ObjectDisposedException>(call));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ended.CommitAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ended.PromoteAsync());
        ended.MustRollBack();
        savepoint.Dispose();
        Assert.True(ended.IsEnded);
        Assert.False(next.IsEnded);
        next.Write(Page).Fill(2);
        next.Commit();
        using ReadTransaction read = _file.BeginRead();
        Assert.Equal(2, read.Read(Page)[0]);
        Assert.Equal(0u, read.UserVersion);
    }

    [Fact]
    public void To_dispose_a_handle_again_does_not_end_the_next_transaction()
    {
        WriteTransaction ended = _file.BeginWrite();
        WriteTransaction copy = ended;
        ended.Dispose();
        using WriteTransaction next = _file.BeginWrite();
        ended.Dispose();
        copy.Dispose();
        Stamp.WriteAll(next, 2);
        AssertWriterIsBusy();
        next.Commit();
        AssertStamp(2);
    }

    [Fact]
    public void Copies_are_one_transaction()
    {
        WriteTransaction one = _file.BeginWrite();
        WriteTransaction two = one;
        Stamp.WriteAll(one, 2);
        Assert.Equal(2, Stamp.ReadAll(two));
        two.Commit();
        Assert.Throws<ObjectDisposedException>(() => one.Commit());
        one.Dispose();
        AssertStamp(2);
    }

    [Fact]
    public void A_handle_that_was_never_begun_changes_nothing_and_ends_nothing()
    {
        WriteTransaction never = default;
        Assert.Throws<InvalidOperationException>(() => never.Number);
        Assert.Throws<InvalidOperationException>(() => never.Write(Page));
        Assert.Throws<InvalidOperationException>(() => never.Commit());
        Assert.Throws<InvalidOperationException>(() => never.Map("m"));
        never.Dispose();
    }

    [Fact]
    public void What_one_has_staged_or_kept_is_not_seen_by_the_next()
    {
        using (WriteTransaction first = _file.BeginWrite())
        {
            Stamp.WriteAll(first, 5);
            first.Map("m").Put("key"u8, "value"u8);
            first.CreateSavepoint();
            first.UserVersion = 9;
            first.MustRollBack();
        }

        using WriteTransaction second = _file.BeginWrite();
        Assert.Equal(1, second.Read(Page)[0]);
        Assert.False(second.HasMap("m"));
        Assert.Equal(0u, second.UserVersion);
        Assert.Equal(1, second.Attempt);
        PageNumber page = second.Allocate();
        Assert.Equal(-1, second.Read(page).IndexOfAnyExcept((byte)0));
        second.Free(page);
        second.Commit();
        AssertStamp(1);
    }

    [Fact]
    public void A_transaction_that_was_put_out_of_date_leaves_no_trace_for_the_next()
    {
        using (WriteTransaction deferred = _file.BeginWrite(TransactionMode.Deferred))
        {
            Assert.Equal(1, deferred.Read(Page)[0]);
            deferred.Dispose();
        }

        using (WriteTransaction stale = _file.BeginWrite(TransactionMode.Optimistic))
        {
            Assert.Equal(1, stale.Read(Page)[0]);
            _file.Update(write => Stamp.WriteAll(write, 2));
            stale.Write(Page).Fill(9);
            Assert.Throws<ConflictException>(() => stale.Commit());
            Assert.NotNull(stale.OutOfDate);
        }

        using WriteTransaction next = _file.BeginWrite(TransactionMode.Deferred);
        Assert.Null(next.OutOfDate);
        Stamp.WriteAll(next, Stamp.ReadAll(next) + 1);
        next.Commit();
        AssertStamp(3);
    }

    [Fact]
    public void Threads_that_dispose_what_has_ended_do_not_end_those_of_others()
    {
        const int times = 300;
        OtherThread[] threads =
        [
            .. Enumerable.Range(0, 4).Select(_ => OtherThread.Start(() =>
            {
                WriteTransaction before = default;
                for (int i = 0; i < times; i++)
                {
                    WriteTransaction write = _file.BeginWrite();
                    before.Dispose();
                    Stamp.WriteAll(write, Stamp.ReadAll(write) + 1);
                    before.Dispose();
                    write.Commit();
                    write.Dispose();
                    before = write;
                }
            })),
        ];
        Assert.All(threads, thread => thread.Join());
        AssertStamp(1 + (4 * times));
    }

    /// <summary>More at once than are kept to be used again.</summary>
    [Fact]
    public void Any_number_may_be_open_at_once()
    {
        WriteTransaction[] open =
        [
            .. Enumerable.Range(0, 100).Select(_ => _file.BeginWrite(TransactionMode.Optimistic)),
        ];
        Assert.All(open, write => Assert.Equal(1, write.Read(Page)[0]));
        Assert.Equal(100, _file.Engine.OptimisticTransactions);
        Assert.All(open, write => write.Dispose());
        Assert.Equal(0, _file.Engine.OptimisticTransactions);
    }

    [Theory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void A_commit_allocates_nothing(CommitProtocol protocol)
    {
        using PageFile file = PageFile.Open(
            _folder.File("b.quire"), new PageFileOptions { Protocol = protocol });
        PageNumber page;
        using (WriteTransaction write = file.BeginWrite())
        {
            page = write.Allocate();
            write.Commit();
        }

        // A thread of its own, as a program has that does nothing but commit. The least of several:
        // the runtime allocates too, now and then, where it recompiles.
        long least = long.MaxValue;
        var thread = new Thread(() =>
        {
            for (int round = 0; round < 8; round++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Commit(file, page, times: 10);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        });
        thread.UnsafeStart();
        thread.Join();
        Assert.Equal(0, least);
    }

    private static void Commit(PageFile file, PageNumber page, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using WriteTransaction write = file.BeginWrite();
            write.Write(page)[0]++;
            write.Commit();
        }
    }

    private void AssertWriterIsBusy() => OtherThread.Start(() => Assert.Throws<BusyException>(
        () => _file.BeginWrite(TimeSpan.Zero))).Join();

    private void AssertStamp(long number)
    {
        using ReadTransaction read = _file.BeginRead();
        Assert.Equal(number, Stamp.ReadAll(read));
    }
}
