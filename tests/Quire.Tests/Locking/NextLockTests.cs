using System.Runtime.Versioning;
using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Locking;

/// <summary>
/// Requests that sleep in the system: granted, given up, left behind and taken up again.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class NextLockTests : IDisposable
{
    private static readonly LockRange Next = LockBytes.RangeOf(LockName.Next);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private readonly TempFolder _folder = new();
    private readonly List<IDisposable> _opened = [];

    public NextLockTests() =>
        Skip.If(OperatingSystem.IsWindows(), "Windows has no request that sleeps here.");

    public void Dispose()
    {
        _opened.ForEach(opened => opened.Dispose());
        _folder.Dispose();
    }

    [SkippableFact]
    public void A_free_lock_is_taken_at_once_and_released()
    {
        (NextLock one, NextLock two) = (Open(), Open());
        Assert.True(one.TryEnter());
        Assert.False(one.TryEnter());
        Assert.False(two.TryEnter());
        one.Exit();
        Assert.True(two.TryEnter());
        Assert.Throws<InvalidOperationException>(one.Exit);
    }

    [SkippableFact]
    public void Whoever_waits_gets_it_when_the_holder_leaves()
    {
        (NextLock one, NextLock two) = (Open(), Open());
        Assert.True(one.TryEnter());
        OtherThread waiting = OtherThread.Start(() => Assert.True(two.Enter(Within(null))));
        AwaitSleepers(1);
        one.Exit();
        waiting.Join();
        Assert.False(one.TryEnter());
        two.Exit();
    }

    [SkippableFact]
    public void They_come_to_their_turn_in_the_order_in_which_they_asked()
    {
        NextLock[] locks = [.. Enumerable.Range(0, 5).Select(_ => Open())];
        var order = new List<int>();
        Assert.True(locks[0].TryEnter());
        var waiting = new List<OtherThread>();
        for (int i = 1; i < locks.Length; i++)
        {
            int number = i;
            waiting.Add(OtherThread.Start(() =>
            {
                Assert.True(locks[number].Enter(Within(null)));
                order.Add(number);
                locks[number].Exit();
            }));
            AwaitSleepers(i);
        }

        locks[0].Exit();
        waiting.ForEach(thread => thread.Join());
        Assert.Equal([1, 2, 3, 4], order);
    }

    [SkippableFact]
    public void What_is_left_behind_by_a_timeout_is_released_at_its_turn()
    {
        (NextLock one, NextLock two, NextLock three) = (Open(), Open(), Open());
        Assert.True(one.TryEnter());
        Assert.False(two.Enter(Within(Short)));
        OtherThread waiting = OtherThread.Start(() => Assert.True(three.Enter(Within(null))));
        AwaitSleepers(2);
        one.Exit();
        waiting.Join();
        three.Exit();
        Eventually.True(two.TryEnter, "nothing is left behind");
    }

    [SkippableFact]
    public void What_is_left_behind_keeps_its_place_for_whoever_comes_back()
    {
        (NextLock one, NextLock two, NextLock three) = (Open(), Open(), Open());
        Assert.True(one.TryEnter());
        Assert.False(two.Enter(Within(Short)));
        var order = new List<string>();
        OtherThread last = OtherThread.Start(() =>
        {
            Assert.True(three.Enter(Within(null)));
            order.Add("three");
            three.Exit();
        });
        AwaitSleepers(2);
        OtherThread first = OtherThread.Start(() =>
        {
            Assert.True(two.Enter(Within(null)));
            order.Add("two");
            two.Exit();
        });
        Eventually.True(() => two.IsWaitedFor, "it has come back, behind the other one");
        one.Exit();
        first.Join();
        last.Join();
        Assert.Equal(["two", "three"], order);
    }

    [SkippableFact]
    public void A_cancelled_wait_holds_nothing()
    {
        (NextLock one, NextLock two) = (Open(), Open());
        Assert.True(one.TryEnter());
        using var cancel = new CancellationTokenSource();
        OtherThread waiting = OtherThread.Start(() => Assert.ThrowsAny<OperationCanceledException>(
            () => two.Enter(Within(null, cancel.Token))));
        AwaitSleepers(1);
        cancel.Cancel();
        waiting.Join();
        one.Exit();
        Eventually.True(one.TryEnter, "nothing is left behind");
    }

    [SkippableFact]
    public async Task Waiting_without_a_thread_ends_in_the_same_ways()
    {
        (NextLock one, NextLock two) = (Open(), Open());
        Assert.True(one.TryEnter());
        Assert.False(await two.EnterAsync(Within(Short)));
        using var cancel = new CancellationTokenSource(Short);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await two.EnterAsync(Within(null, cancel.Token)));
        Task<bool> waiting = two.EnterAsync(Within(null)).AsTask();
        Assert.False(waiting.IsCompleted);
        one.Exit();
        Assert.True(await waiting.WaitAsync(Eventually.Limit));
        two.Exit();
    }

    [SkippableFact]
    public void Closing_the_file_ends_the_wait_and_later_the_request()
    {
        (NextLock one, NextLock two) = (Open(), Open());
        Assert.True(one.TryEnter());
        OtherThread waiting = OtherThread.Start(() =>
            Assert.Throws<ObjectDisposedException>(() => two.Enter(Within(null))));
        AwaitSleepers(1);
        two.Dispose();
        waiting.Join();
        Assert.Throws<ObjectDisposedException>(() => two.Enter(Within(null)));
        one.Exit();
        Eventually.True(one.TryEnter, "the request has gone with its file");
    }

    private static LockDeadline Within(
        TimeSpan? time, CancellationToken cancellation = default) =>
        LockDeadline.Start(TimeProvider.System, time ?? Eventually.Limit, cancellation);

    /// <summary>Waits until so many requests sleep in the system.</summary>
    private void AwaitSleepers(int count)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Who sleeps is listed in /proc on Linux.");
        string range = $" {Next.Offset} {Next.Offset}";
        string inode = $":{UnixStat.PeekAt(_folder.File("journal"))!.Value.Identity.FileNumber} ";
        Eventually.True(
            () => File.ReadLines("/proc/locks").Count(line =>
                line.Contains("->", StringComparison.Ordinal)
                && line.Contains(inode, StringComparison.Ordinal)
                && line.EndsWith(range, StringComparison.Ordinal)) == count,
            $"{count} requests sleep");
    }

    private NextLock Open()
    {
        OsFile file = OsFile.Open(_folder.File("journal"), FileOpenMode.OpenOrCreate);
        var locks = new OfdLocks(file);
        file.Locks = locks;
        var opened = new NextLock(file, locks);
        _opened.Add(opened);
        return opened;
    }
}
