using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Transactions;

/// <summary>Waiting without a thread, across awaits, and given up at any moment.</summary>
public sealed class AsyncTests : IDisposable
{
    private static readonly PageNumber Page = new(3);
    private readonly TempFolder _folder = new();
    private readonly PageFile _file;
    private readonly PageFile _other;

    public AsyncTests()
    {
        string path = _folder.File("a.quire");
        var options = new PageFileOptions { PageSize = 512, LockTimeout = Eventually.Limit };
        _file = PageFile.Open(path, options);
        _other = PageFile.Open(path, options);
        using WriteTransaction write = _file.BeginWrite();
        write.Allocate();
        write.Commit();
    }

    public static TheoryData<TransactionMode> Modes => [.. Enum.GetValues<TransactionMode>()];

    public void Dispose()
    {
        _file.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_transaction_lives_across_awaits_on_any_thread(TransactionMode mode)
    {
        using (WriteTransaction write = await _file.BeginWriteAsync(mode))
        {
            await OnAnotherThread();
            write.Read(Page);
            await OnAnotherThread();
            await write.PromoteAsync();
            write.Write(Page)[0] = 9;
            await OnAnotherThread();
            Assert.Equal(2ul, (await write.CommitAsync()).Value);
        }

        using ReadTransaction read = await _other.BeginReadAsync();
        await OnAnotherThread();
        Assert.Equal(9, read.Read(Page)[0]);
    }

    [Fact]
    public async Task Five_hundred_waiting_writers_need_no_threads_of_their_own()
    {
        WriteTransaction first = _file.BeginWrite();
        int threadsBefore = ThreadPool.ThreadCount;
        Task[] waiting =
        [
            .. Enumerable.Range(0, 500).Select(async _ =>
            {
                using WriteTransaction write = await _file.BeginWriteAsync();
                write.Write(Page)[0]++;
                write.Write(Page)[1] |= 1;
                await write.CommitAsync();
            }),
        ];
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        Assert.True(
            ThreadPool.ThreadCount < threadsBefore + 50,
            $"{ThreadPool.ThreadCount} threads, {threadsBefore} before");
        first.Dispose();
        await Task.WhenAll(waiting).WaitAsync(Eventually.Limit);
        Assert.Equal(500 % 256, _file.ReadByte(3));
    }

    [Fact]
    public async Task Writers_of_two_openers_that_wait_lose_no_update()
    {
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            PageFile file = i % 2 == 0 ? _file : _other;
            await file.UpdateAsync((write, _) =>
            {
                write.Write(Page)[0]++;
                return ValueTask.CompletedTask;
            });
        })).WaitAsync(Eventually.Limit);
        Assert.Equal(60, _file.ReadByte(3));
    }

    [Fact]
    public async Task A_reader_waits_for_an_exclusive_writer_and_a_commit_for_a_reader()
    {
        WriteTransaction exclusive = await _file.BeginWriteAsync(TransactionMode.Exclusive);
        Task<ReadTransaction> reading = _other.BeginReadAsync().AsTask();
        Assert.False(reading.IsCompleted);
        exclusive.Write(Page)[0] = 1;
        await exclusive.CommitAsync();
        ReadTransaction read = await reading.WaitAsync(Eventually.Limit);
        Assert.Equal(1, read.Read(Page)[0]);

        using WriteTransaction write = await _file.BeginWriteAsync();
        write.Write(Page)[0] = 2;
        Task commit = write.CommitAsync().AsTask();
        Eventually.True(IsGateClosed, "the commit closes the gate");
        Assert.False(commit.IsCompleted);
        read.Dispose();
        await commit.WaitAsync(Eventually.Limit);
        Assert.Equal(2, _file.ReadByte(3));
    }

    [Fact]
    public async Task Cancelled_or_timed_out_waits_hold_nothing()
    {
        using (WriteTransaction writer = _other.BeginWrite())
        {
            using var cancel = new CancellationTokenSource();
            Task waiting = _file.BeginWriteAsync(cancellation: cancel.Token).AsTask();
            Task queued = _file.BeginWriteAsync(cancellation: cancel.Token).AsTask();
            Task optimistic = CommitOptimisticAsync(cancel.Token);
            await Assert.ThrowsAsync<BusyException>(
                () => _file.BeginWriteAsync(TimeSpan.FromMilliseconds(5)).AsTask());
            cancel.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => optimistic);
        }

        using (_other.BeginRead())
        {
            using WriteTransaction write = _file.BeginWrite(TimeSpan.FromMilliseconds(5));
            write.Write(Page)[0] = 3;
            await Assert.ThrowsAsync<BusyException>(() => write.CommitAsync().AsTask());
        }

        using (WriteTransaction exclusive = _other.BeginWrite(TransactionMode.Exclusive))
        {
            await Assert.ThrowsAsync<BusyException>(
                () => _file.BeginReadAsync(TimeSpan.FromMilliseconds(5)).AsTask());
        }

        Assert.Equal(0, _file.ReadByte(3));
        _other.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero).Dispose();
        _file.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero).Dispose();
    }

    [Fact]
    public async Task Disposing_the_file_ends_a_commit_that_waits()
    {
        using ReadTransaction read = _other.BeginRead();
        WriteTransaction write = await _file.BeginWriteAsync();
        write.Write(Page)[0] = 3;
        Task commit = write.CommitAsync().AsTask();
        Eventually.True(IsGateClosed, "the commit closes the gate");
        _file.Dispose();
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => commit)
            .WaitAsync(Eventually.Limit);
        Assert.Equal(0, read.Read(Page)[0]);
        read.Dispose();
        _other.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero).Dispose();
    }

    private static Task OnAnotherThread() => Task.Run(() => { });

    private async Task CommitOptimisticAsync(CancellationToken cancellation)
    {
        using WriteTransaction write = await _file.BeginWriteAsync(
            TransactionMode.Optimistic, cancellation: cancellation);
        write.Write(Page)[0] = 1;
        await write.CommitAsync(cancellation);
    }

    /// <summary>Whether a writer that waits for readers keeps new ones out.</summary>
    private bool IsGateClosed()
    {
        try
        {
            _other.BeginRead(TimeSpan.Zero).Dispose();
            return false;
        }
        catch (BusyException)
        {
            return true;
        }
    }
}
