using System.Globalization;
using System.Runtime.Versioning;
using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>
/// How the journal goes from one process to the next (W2N): who waits gets it in turn, and whoever
/// gives up, or dies, in any place of the line leaves the others in order.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class HandOverTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private readonly TempFolder _folder = new();
    private readonly List<WorkerProcess> _workers = [];

    public HandOverTests()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Who holds next is found through /proc.");
        Stamp.Create(Path, 1, 1);
    }

    private string Path => _folder.File("a.quire");

    public void Dispose()
    {
        _workers.ForEach(worker => worker.Dispose());
        _folder.Dispose();
    }

    /// <summary>
    /// Counted in turns, not in time: the numbers say whose turn each commit was. While all have
    /// something left to do nobody has three times as many as another.
    /// </summary>
    [SkippableFact]
    public void Processes_that_all_want_to_write_have_their_turns_within_a_factor_of_three()
    {
        const int processes = 4;
        const int times = 150;
        using PageFile file = PageFile.Open(Path);
        using (file.BeginWrite())
        {
            for (int i = 0; i < processes; i++)
            {
                Start("counter", Path, $"{times}");
            }
        }

        List<long>[] turns = [.. _workers.Select(Numbers)];
        Assert.All(turns, own => Assert.Equal(times, own.Count));
        long from = turns.Max(own => own[0]);
        long to = turns.Min(own => own[^1]);
        int[] together = [.. turns.Select(own => own.Count(n => n >= from && n <= to))];
        string counts = string.Join(", ", together);
        Assert.True(together.Sum() > times, $"they hardly met: {counts}");
        Assert.True(together.Max() <= 3 * together.Min(), $"unfair: {counts}");
    }

    [SkippableFact]
    public void A_writer_that_commits_without_a_pause_lets_another_process_in()
    {
        WorkerProcess other = StartClient();
        using PageFile file = PageFile.Open(Path);
        using var hasCommitted = new ManualResetEventSlim();
        OtherThread busy = OtherThread.Start(() =>
        {
            for (long i = 2; !hasCommitted.IsSet; i++)
            {
                Commit(file, i);
            }
        });
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("committed 1", other.Ask("write 1"));
        }

        hasCommitted.Set();
        busy.Join();
    }

    [SkippableFact]
    public void A_killed_holder_makes_way_for_those_that_wait()
    {
        WorkerProcess holder = StartClient();
        Assert.Equal("begun", holder.Ask("begin"));
        (WorkerProcess first, WorkerProcess second) = TwoInLine();
        holder.Kill();
        Assert.Equal("committed 2", first.ReadLine());
        Assert.Equal("committed 3", second.ReadLine());
        AssertHolds(3);
    }

    [SkippableFact]
    public void The_first_of_the_line_is_killed_and_the_second_moves_up()
    {
        using PageFile file = PageFile.Open(Path);
        using (file.BeginWrite())
        {
            (WorkerProcess first, WorkerProcess second) = TwoInLine();
            first.Kill();
            AwaitNext(second);
        }

        Assert.Equal("committed 3", _workers[1].ReadLine());
        AssertHolds(3);
    }

    [SkippableFact]
    public void The_second_of_the_line_is_killed_and_the_first_does_not_notice()
    {
        using PageFile file = PageFile.Open(Path);
        using (file.BeginWrite())
        {
            (_, WorkerProcess second) = TwoInLine();
            second.Kill();
        }

        Assert.Equal("committed 2", _workers[0].ReadLine());
        AssertHolds(2);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wait_in_the_line_that_runs_out_of_time_names_the_holder(bool isAsync)
    {
        WorkerProcess holder = StartClient();
        Assert.Equal("begun", holder.Ask("begin"));
        WorkerProcess first = StartClient();
        first.Send("write 2");
        AwaitNext(first);
        using PageFile file = PageFile.Open(Path);
        for (int i = 0; i < 2; i++)
        {
            BusyException busy = isAsync
                ? await Assert.ThrowsAsync<BusyException>(
                    async () => await file.BeginWriteAsync(Short))
                : Assert.Throws<BusyException>(() => file.BeginWrite(Short));
            Assert.Equal("journal", busy.LockName);
            Assert.True(busy.Waited >= Short, $"waited {busy.Waited}");
            Assert.Equal(
                holder.ProcessId, Assert.Single(busy.Holders).ProcessId);
        }

        Assert.Equal("rolled back", holder.Ask("rollback"));
        Assert.Equal("committed 2", first.ReadLine());
        AssertHolds(2);
        Commit(file, 3);
        AssertHolds(3);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wait_in_the_line_that_is_cancelled_leaves_nothing_behind(bool isAsync)
    {
        WorkerProcess holder = StartClient();
        Assert.Equal("begun", holder.Ask("begin"));
        WorkerProcess first = StartClient();
        first.Send("write 2");
        AwaitNext(first);
        using PageFile file = PageFile.Open(Path);
        using var cancel = new CancellationTokenSource();
        Task<WriteTransaction> waiting = isAsync
            ? file.BeginWriteAsync(Timeout.InfiniteTimeSpan, cancel.Token).AsTask()
            : Task.Run(() => file.BeginWrite(Timeout.InfiniteTimeSpan, cancel.Token));
        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => waiting.WaitAsync(Eventually.Limit));

        Assert.Equal("rolled back", holder.Ask("rollback"));
        Assert.Equal("committed 2", first.ReadLine());
        Eventually.True(() => HoldersOfNext().Count == 0, "next is free");
        Assert.Equal("closed", holder.Ask("close"));
        Assert.Equal("opened", holder.Ask($"open {Path} 0"));
        Assert.Equal("committed 9", holder.Ask("write 9"));
    }

    [SkippableFact]
    public async Task Those_that_wait_without_a_thread_come_to_their_turn_too()
    {
        using PageFile file = PageFile.Open(Path);
        using PageFile other = PageFile.Open(Path);
        ValueTask<WriteTransaction> first, second;
        using (file.BeginWrite())
        {
            WorkerProcess worker = StartClient();
            worker.Send("write 2");
            AwaitNext(worker);
            first = other.BeginWriteAsync();
            Assert.False(first.IsCompleted);
            second = file.BeginWriteAsync();
            Assert.False(second.IsCompleted);
        }

        // In any order: this process may stay.
        await Task.WhenAll(EndAsync(first), EndAsync(second)).WaitAsync(Eventually.Limit);
        Assert.Equal("committed 2", _workers[0].ReadLine());
    }

    private static async Task EndAsync(ValueTask<WriteTransaction> begun)
    {
        using WriteTransaction write = await begun;
    }

    [SkippableFact]
    public void Closing_the_file_ends_a_wait_in_the_line()
    {
        WorkerProcess holder = StartClient();
        Assert.Equal("begun", holder.Ask("begin"));
        WorkerProcess first = StartClient();
        first.Send("write 2");
        AwaitNext(first);
        using var waits = new ManualResetEventSlim();
        PageFile file = PageFile.Open(Path, new PageFileOptions { Observer = new AtW2N(waits) });
        OtherThread waiting = OtherThread.Start(() =>
            Assert.Throws<ObjectDisposedException>(() => file.BeginWrite()));
        Assert.True(waits.Wait(Eventually.Limit));
        file.Dispose();
        waiting.Join();
        Assert.Equal("rolled back", holder.Ask("rollback"));
        Assert.Equal("committed 2", first.ReadLine());
        AssertHolds(2);
    }

    private static void Commit(PageFile file, long number)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, number);
        write.Commit();
    }

    private static List<long> Numbers(WorkerProcess counter)
    {
        List<long> numbers = [];
        while (counter.TryReadLine() is { } line)
        {
            if (line.StartsWith("ack ", StringComparison.Ordinal))
            {
                numbers.Add(long.Parse(line[4..], CultureInfo.InvariantCulture));
            }
        }

        return numbers;
    }

    private WorkerProcess Start(params string[] role)
    {
        var worker = WorkerProcess.Start(role[0], role[1..]);
        _workers.Add(worker);
        Assert.Equal("ready", worker.ReadLine());
        return worker;
    }

    private WorkerProcess StartClient()
    {
        WorkerProcess worker = Start("page-client");
        Assert.Equal("opened", worker.Ask($"open {Path}"));
        return worker;
    }

    /// <summary>With the journal held: one that holds next, and one behind it.</summary>
    private (WorkerProcess First, WorkerProcess Second) TwoInLine()
    {
        WorkerProcess first = StartClient();
        WorkerProcess second = StartClient();
        first.Send("write 2");
        AwaitNext(first);
        second.Send("write 3");
        string inode = $":{UnixStat.PeekAt(Path + "-journal")!.Value.Identity.FileNumber} ";
        Eventually.True(
            () => File.ReadLines("/proc/locks").Any(line =>
                line.Contains("->", StringComparison.Ordinal)
                && line.Contains(inode, StringComparison.Ordinal)),
            "the second sleeps behind the first");
        return (first, second);
    }

    private void AwaitNext(WorkerProcess worker) => Eventually.True(
        () => HoldersOfNext().Any(holder => holder.ProcessId == worker.ProcessId),
        "the worker holds next");

    private IReadOnlyList<LockHolder> HoldersOfNext()
    {
        StorageHost host = OperatingSystemHost.Create();
        using IStorageFile journal = host.Files.Open(Path + "-journal", FileOpenMode.ReadOnly);
        return host.Locks.LocksOf(journal).FindHolders(LockBytes.RangeOf(LockName.Next));
    }

    private void AssertHolds(long number)
    {
        using PageFile file = PageFile.Open(Path);
        using ReadTransaction read = file.BeginRead();
        Assert.Equal(number, Stamp.ReadAll(read));
        Assert.Empty(read.Verify().Problems);
    }

    private sealed class AtW2N(ManualResetEventSlim reached) : ProtocolObserver
    {
        public override void OnStep(ProtocolStep step)
        {
            if (step == ProtocolStep.W2N)
            {
                reached.Set();
            }
        }
    }
}
