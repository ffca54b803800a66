using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Protocol;

/// <summary>A page file is disposed while other threads are busy with it.</summary>
public sealed class DisposeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public DisposeTests() => Stamp.Create(Path, 3, 1);

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Disposing_the_file_rolls_back_and_frees_the_locks()
    {
        PageFile file = PageFile.Open(Path);
        WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, 2);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => write.Commit());
        write.Dispose();
        file.Dispose();
        AssertHoldsAndIsFree(1);
    }

    [Fact]
    public void A_reader_is_ended_and_lets_commits_go_on()
    {
        PageFile file = PageFile.Open(Path);
        ReadTransaction read = file.BeginRead();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Stamp.ReadAll(read));
        Assert.Throws<ObjectDisposedException>(() => file.BeginRead());
        Assert.Throws<ObjectDisposedException>(() => file.BeginWrite());
        AssertHoldsAndIsFree(1);
        read.Dispose();
    }

    [Fact]
    public void A_transaction_that_is_disposed_after_its_file_does_nothing()
    {
        PageFile file = PageFile.Open(Path, new PageFileOptions { StagingBytes = 0 });
        WriteTransaction write = file.BeginWrite();
        Stamp.Grow(write, 200);
        file.Dispose();
        using PageFile other = PageFile.Open(Path);
        using (WriteTransaction next = other.BeginWrite())
        {
            Stamp.WriteAll(next, 5);
            write.Dispose();
            next.Commit();
        }

        AssertHoldsAndIsFree(5);
    }

    /// <summary>
    /// Whoever is at work in the journal keeps the journal lock until it is out of it: otherwise it
    /// would write into the journal of the next writer.
    /// </summary>
    [Fact]
    public void A_thread_that_stages_does_not_lose_its_lock_in_the_middle_of_a_write()
    {
        var hooks = new HookedHost();
        PageFile file = PageFile.Open(
            Path, new PageFileOptions { StagingBytes = 0, Host = hooks.Host });
        using PageFile other = PageFile.Open(Path);
        WriteTransaction write = file.BeginWrite();
        AssertNoUnlockDuring(
            hooks,
            file,
            other,
            request => request is { Kind: IoKind.Write, IsJournal: true },
            () => Stamp.Grow(write, 500));
        AssertHoldsAndIsFree(1);
    }

    /// <summary>The same for a recovery, which writes main.</summary>
    [Fact]
    public void A_thread_that_recovers_does_not_lose_its_locks_in_the_middle_of_a_write()
    {
        var hooks = new HookedHost();
        PageFile file = PageFile.Open(Path, new PageFileOptions { Host = hooks.Host });
        using PageFile other = PageFile.Open(Path);
        Dead.At(Path, ProtocolStep.C5);
        AssertNoUnlockDuring(
            hooks, file, other, request => request.IsMainWrite, () => file.BeginWrite().Dispose());
        AssertHoldsAndIsFree(2);
    }

    /// <summary>Waits of unlimited time: for the turn, for the journal, for main.</summary>
    [Fact]
    public void Those_who_wait_for_a_lock_are_told_that_the_file_is_disposed()
    {
        var hooks = new HookedHost();
        using PageFile other = PageFile.Open(Path);
        using WriteTransaction holder = other.BeginWrite();
        Stamp.WriteAll(holder, 2);
        PageFile file = PageFile.Open(Path, new PageFileOptions { Host = hooks.Host });
        using var refused = new CountdownEvent(1);
        hooks.After = (request, isGranted) =>
        {
            if (request.Kind == IoKind.Lock && !isGranted && !refused.IsSet)
            {
                refused.Signal();
            }
        };
        OtherThread[] waiting =
        [
            .. Enumerable.Range(0, 3).Select(_ => OtherThread.Start(
                () => Assert.Throws<ObjectDisposedException>(
                    () => file.BeginWrite(Timeout.InfiniteTimeSpan)))),
        ];
        Assert.True(refused.Wait(Eventually.Limit));
        file.Dispose();
        Assert.All(waiting, thread => thread.Join());
        holder.Commit();
        AssertHoldsAndIsFree(2);
    }

    [Fact]
    public void Writers_that_queue_behind_a_transaction_are_told_that_the_file_is_disposed()
    {
        PageFile file = PageFile.Open(Path);
        _ = file.BeginWrite();
        OtherThread[] waiting =
        [
            .. Enumerable.Range(0, 3).Select(_ => OtherThread.Start(
                () => Assert.Throws<ObjectDisposedException>(
                    () => file.BeginWrite(Timeout.InfiniteTimeSpan)))),
        ];
        Eventually.True(() => file.Engine.OpenWriter().Queue.Waiting == 3, "all wait");
        file.Dispose();
        Assert.All(waiting, thread => thread.Join());
        AssertHoldsAndIsFree(1);
    }

    [Fact]
    public void Disposing_at_any_moment_leaves_a_sound_file_and_no_lock()
    {
        for (int round = 0; round < 60; round++)
        {
            PageFile file = PageFile.Open(Path, new PageFileOptions { StagingBytes = 0 });
            using var working = new CountdownEvent(3);
            OtherThread[] threads =
            [
                OtherThread.Start(() => UntilDisposed(working, () => ReadOnce(file))),
                OtherThread.Start(() => UntilDisposed(working, () => ReadOnce(file))),
                OtherThread.Start(() => UntilDisposed(working, () => WriteOnce(file))),
            ];
            Assert.True(working.Wait(Eventually.Limit));
            Thread.SpinWait(round * 2000);
            file.Dispose();
            Assert.All(threads, thread => thread.Join());
            using PageFile next = PageFile.Open(Path);
            using WriteTransaction write = next.BeginWrite(TimeSpan.Zero);
            Stamp.WriteAll(write, Stamp.ReadAll(write) + 1);
            write.Commit();
        }

        using PageFile last = PageFile.Open(Path);
        using ReadTransaction read = last.BeginRead();
        Assert.Empty(read.Verify().Problems);
    }

    /// <summary>
    /// Stops a thread in the middle of a write, disposes the file, and sees to it that nobody else
    /// gets the journal lock before the write is over.
    /// </summary>
    private static void AssertNoUnlockDuring(
        HookedHost hooks, PageFile file, PageFile other, Func<IoEvent, bool> isTheWrite, Action work)
    {
        using var inWrite = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        hooks.Before = request =>
        {
            if (!inWrite.IsSet && isTheWrite(request))
            {
                inWrite.Set();
                Assert.True(goOn.Wait(Eventually.Limit));
            }
        };
        OtherThread working = OtherThread.Start(() => Record.Exception(work));
        Assert.True(inWrite.Wait(Eventually.Limit));
        OtherThread disposing = OtherThread.Start(file.Dispose);

        // Long enough for a dispose that does not wait to have let go; one that waits is not hurt.
        for (int i = 0; i < 50; i++)
        {
            BusyException busy = Assert.Throws<BusyException>(
                () => other.BeginWrite(TimeSpan.FromMilliseconds(1)));
            Assert.Equal("journal", busy.LockName);
        }

        goOn.Set();
        working.Join();
        disposing.Join();
    }

    private static void UntilDisposed(CountdownEvent working, Action action)
    {
        bool isFirst = true;
        try
        {
            while (true)
            {
                action();
                if (isFirst)
                {
                    isFirst = false;
                    working.Signal();
                }
            }
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private static void ReadOnce(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        _ = Stamp.ReadAll(read);
    }

    private static void WriteOnce(PageFile file)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, Stamp.ReadAll(write) + 1);
        if (write.PageCount < 150)
        {
            Stamp.Grow(write, 150);
            Stamp.WriteAll(write, 7);
        }

        write.Commit();
    }

    private void AssertHoldsAndIsFree(long number)
    {
        using PageFile file = PageFile.Open(Path);
        using WriteTransaction write = file.BeginWrite(TimeSpan.Zero);
        Assert.Equal(number, Stamp.ReadAll(write));
        Stamp.WriteAll(write, 30);
        write.Commit();
        using ReadTransaction read = file.BeginRead();
        Assert.Empty(read.Verify().Problems);
    }
}
