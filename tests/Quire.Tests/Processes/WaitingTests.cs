using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>
/// Who waits for whom, what a wait that fails says, and that it leaves nothing behind.
/// </summary>
public sealed class WaitingTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private readonly TempFolder _folder = new();
    private readonly WorkerProcess _other;

    public WaitingTests()
    {
        Stamp.Create(Path, 2, 1);
        _other = WorkerProcess.Start("page-client");
        Assert.Equal("ready", _other.ReadLine());
        Assert.Equal("opened", _other.Ask($"open {Path}"));
    }

    private string Path => _folder.File("a.quire");

    public void Dispose()
    {
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_second_writer_is_told_who_holds_the_journal_and_how_long_it_waited()
    {
        using PageFile file = PageFile.Open(Path);
        Assert.Equal("begun", _other.Ask("begin"));
        AssertBusy("journal", LockMode.Exclusive, () => file.BeginWrite(Short));
        Assert.Equal("rolled back", _other.Ask("rollback"));
        using WriteTransaction write = file.BeginWrite(TimeSpan.Zero);
    }

    [Fact]
    public void A_commit_is_told_which_reader_it_waited_for()
    {
        using PageFile file = PageFile.Open(Path);
        Assert.Equal("reading", _other.Ask("begin-read"));
        using WriteTransaction write = file.BeginWrite(Short);
        Stamp.WriteAll(write, 2);
        AssertBusy("main", LockMode.Shared, () => write.Commit());
        Assert.Equal("ended", _other.Ask("end-read"));
        write.Commit();
        Assert.Equal("2", _other.Ask("read"));
    }

    [Fact]
    public void A_reader_is_told_which_commit_it_waited_for()
    {
        using PageFile file = PageFile.Open(Path);
        Assert.Equal("armed", _other.Ask("arm C5"));
        Assert.Equal("at C5", _other.Ask("write 2"));
        AssertBusy("main", LockMode.Exclusive, () => file.BeginRead(Short));
        _other.Kill();
        using ReadTransaction read = file.BeginRead(TimeSpan.Zero);
        Assert.Equal(2, Stamp.ReadAll(read));
    }

    [Fact]
    public void A_waiting_commit_closes_the_gate_to_readers_that_come_later()
    {
        using PageFile file = PageFile.Open(Path);
        using PageFile later = PageFile.Open(Path);
        using (file.BeginRead())
        {
            _other.Send("write 2");
            AwaitClosedGate(later);
            AssertBusy("gate", LockMode.Exclusive, () => later.BeginRead(Short));

            // Also those that could join a lock which their process holds already.
            AssertBusy("gate", LockMode.Exclusive, () => file.BeginRead(Short));
        }

        Assert.Equal("committed 2", _other.ReadLine());
        using ReadTransaction read = later.BeginRead(TimeSpan.Zero);
        Assert.Equal(2, Stamp.ReadAll(read));
    }

    [Fact]
    public void A_writer_killed_with_the_gate_closed_leaves_it_open()
    {
        using PageFile file = PageFile.Open(Path);
        using (ReadTransaction read = file.BeginRead())
        {
            _other.Send("write 2");
            AwaitClosedGate(file);
            _other.Kill();
            using ReadTransaction next = file.BeginRead(TimeSpan.Zero);
            Assert.Equal(1, Stamp.ReadAll(next));
        }

        using WriteTransaction write = file.BeginWrite(TimeSpan.Zero);
        Assert.Equal(1, Stamp.ReadAll(write));
    }

    [Fact]
    public void A_busy_commit_whose_process_is_killed_never_was()
    {
        using PageFile file = PageFile.Open(Path);
        Assert.Equal("closed", _other.Ask("close"));
        Assert.Equal("opened", _other.Ask($"open {Path} 20"));
        using (file.BeginRead())
        {
            Assert.StartsWith("begun", _other.Ask("begin"));
            Assert.Equal("staged", _other.Ask("stage 2 3"));
            Assert.StartsWith("error BusyException", _other.Ask("commit"));
            _other.Kill();
        }

        KillFixture.CheckReader(Path, 1);
    }

    [Fact]
    public void A_cancelled_wait_for_the_journal_leaves_no_ghost()
    {
        CancelWhenRefused(
            LockName.Journal,
            () => Assert.Equal("begun", _other.Ask("begin")),
            (file, token) => file.BeginWrite(Timeout.InfiniteTimeSpan, token));
        Assert.Equal("rolled back", _other.Ask("rollback"));
        AssertEverythingIsFree();
    }

    [Fact]
    public void A_cancelled_wait_of_a_reader_leaves_no_ghost()
    {
        using var third = WorkerProcess.Start("page-client");
        Assert.Equal("ready", third.ReadLine());
        Assert.Equal("opened", third.Ask($"open {Path}"));
        CancelWhenRefused(
            LockName.Main,
            () =>
            {
                Assert.Equal("armed", third.Ask("arm C7"));
                Assert.Equal("at C7", third.Ask("write 5"));
            },
            (file, token) => file.BeginRead(Timeout.InfiniteTimeSpan, token));
        third.Kill();
        Assert.Equal("5", _other.Ask("read"));
        AssertEverythingIsFree();
    }

    [Fact]
    public void A_cancelled_commit_leaves_no_ghost_and_can_be_repeated()
    {
        CancelWhenRefused(
            LockName.Main,
            () => Assert.Equal("reading", _other.Ask("begin-read")),
            (file, token) =>
            {
                using WriteTransaction write = file.BeginWrite(null, CancellationToken.None);
                Stamp.WriteAll(write, 7);
                OperationCanceledException cancelled =
                    Assert.ThrowsAny<OperationCanceledException>(() => write.Commit(token));

                // The gate is open again: readers come in although the transaction is not over.
                using (ReadTransaction read = file.BeginRead(TimeSpan.Zero, CancellationToken.None))
                {
                    Assert.Equal(1, Stamp.ReadAll(read));
                }

                Assert.Equal("ended", _other.Ask("end-read"));
                write.Commit(CancellationToken.None);
                throw cancelled;
            });
        Assert.Equal("7", _other.Ask("read"));
        AssertEverythingIsFree();
    }

    [Fact]
    public void Two_openings_in_one_process_exclude_each_other()
    {
        using PageFile one = PageFile.Open(Path);
        using PageFile two = PageFile.Open(Path);
        using (WriteTransaction write = one.BeginWrite(TimeSpan.Zero))
        {
            BusyException busy = Assert.Throws<BusyException>(() => two.BeginWrite(Short));
            Assert.Equal("journal", busy.LockName);
            Assert.Equal(
                OperatingSystem.IsLinux() ? [Environment.ProcessId] : [],
                busy.Holders.Select(holder => holder.ProcessId));
            Stamp.WriteAll(write, 2);
            using ReadTransaction read = two.BeginRead();
            busy = Assert.Throws<BusyException>(() => write.Commit());
            Assert.Equal("main", busy.LockName);
        }

        using WriteTransaction next = two.BeginWrite(TimeSpan.Zero);
    }

    [Fact]
    public void A_second_writer_of_the_same_open_file_waits_its_turn()
    {
        using PageFile file = PageFile.Open(Path);
        using (file.BeginWrite())
        {
            OtherThread.Start(() =>
            {
                BusyException busy = Assert.Throws<BusyException>(() => file.BeginWrite(Short));
                Assert.Equal("journal", busy.LockName);
                Assert.True(busy.Waited > TimeSpan.Zero);
            }).Join();
        }

        using WriteTransaction next = file.BeginWrite(TimeSpan.Zero);
    }

    [Fact]
    public void Readers_and_a_staging_writer_do_not_wait_for_each_other()
    {
        using PageFile file = PageFile.Open(Path);
        Assert.Equal("begun", _other.Ask("begin"));
        Assert.Equal("staged", _other.Ask("stage 2 300"));
        using (ReadTransaction read = file.BeginRead(TimeSpan.Zero, CancellationToken.None))
        {
            Assert.Equal(1, Stamp.ReadAll(read));
            Assert.Equal("rolled back", _other.Ask("rollback"));

            // And the other way round: reading while somebody begins to write.
            Assert.Equal("begun", _other.Ask("begin"));
            Assert.Equal("staged", _other.Ask("stage 3"));
        }

        Assert.Equal("committed", _other.Ask("commit"));
    }

    private static void AwaitClosedGate(PageFile file) => Eventually.True(
        () =>
        {
            try
            {
                file.BeginRead(TimeSpan.Zero).Dispose();
                return false;
            }
            catch (BusyException busy)
            {
                return busy.LockName == "gate";
            }
        },
        "the writer closes the gate");

    private void AssertBusy(string lockName, LockMode held, Action action)
    {
        BusyException busy = Assert.Throws<BusyException>(action);
        Assert.Equal(lockName, busy.LockName);
        Assert.True(busy.IsTransient);
        Assert.True(busy.Waited >= Short, $"waited {busy.Waited}");
        if (OperatingSystem.IsLinux())
        {
            LockHolder holder = Assert.Single(
                busy.Holders, holder => holder.ProcessId == _other.ProcessId);
            Assert.Equal(held, holder.Mode);
            Assert.NotEmpty(holder.ProcessName);
            Assert.Contains($"process {_other.ProcessId} ({holder.ProcessName})", busy.Message);
        }

        Assert.Contains(lockName, busy.Message);
    }

    /// <summary>
    /// Lets somebody else hold a lock, runs an action on another thread, and cancels it once it has
    /// been refused that lock.
    /// </summary>
    private void CancelWhenRefused(
        LockName name, Action hold, Action<PageFile, CancellationToken> action)
    {
        using var cancellation = new CancellationTokenSource();
        using var refused = new ManualResetEventSlim();
        var hooks = new HookedHost();
        using PageFile file = PageFile.Open(Path, new PageFileOptions { Host = hooks.Host }, default);
        hooks.After = (request, isGranted) =>
        {
            if (request.Kind == IoKind.Lock && !isGranted
                && request.Offset == LockBytes.RangeOf(name).Offset)
            {
                refused.Set();
            }
        };
        hold();
        OtherThread waiting = OtherThread.Start(() =>
            Assert.ThrowsAny<OperationCanceledException>(() => action(file, cancellation.Token)));
        Assert.True(refused.Wait(Eventually.Limit));
        cancellation.Cancel();
        waiting.Join();
    }

    /// <summary>
    /// At once, for another process: whatever was left behind would be in its way.
    /// </summary>
    private void AssertEverythingIsFree()
    {
        Assert.Equal("closed", _other.Ask("close"));
        Assert.Equal("opened", _other.Ask($"open {Path} 0"));
        Assert.Equal("committed 9", _other.Ask("write 9"));
        Assert.Equal("9", _other.Ask("read"));
    }
}
