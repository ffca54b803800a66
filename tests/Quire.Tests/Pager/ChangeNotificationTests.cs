using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>
/// The operating system tells of commits: nothing else can have woken the waiters here, since the
/// re-check is switched off.
/// </summary>
public sealed class ChangeNotificationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.quire")]
    [InlineData(@"w*ir\d? [name].quire")]
    [InlineData("*")]
    public async Task A_commit_of_another_process_wakes_the_waiter(string name)
    {
        string path = _folder.File(name);
        Stamp.Create(path, 3, 1);
        using PageFile file = PageFile.Open(path, NoRecheck);
        using PageFile reader = PageFile.Open(
            path, NoRecheck with { Mode = PageFileMode.ReadOnly });
        string quoted = path.Contains(' ') ? Link(path) : path;
        using WorkerProcess writer = WorkerProcess.Start("page-client");
        Assert.Equal("ready", writer.ReadLine());
        Assert.Equal("opened", writer.Ask($"open {quoted}"));
        for (ulong number = 1; number < 6; number++)
        {
            Task<TransactionNumber>[] waits =
                [.. new[] { file, reader }.Select(waiter => WaitAsync(waiter, number))];
            Assert.Equal($"committed {number + 1}", writer.Ask($"write {number + 1}"));
            foreach (Task<TransactionNumber> wait in waits)
            {
                Assert.Equal(number + 1, (await wait.WaitAsync(Eventually.Limit)).Value);
            }
        }
    }

    /// <summary>The wake-up is never lost, however the two meet.</summary>
    [Fact]
    public async Task Two_that_answer_each_other_never_wait_for_ever()
    {
        string path = _folder.File("a.quire");
        Stamp.Create(path, 1, 1);
        using PageFile ping = PageFile.Open(path, NoRecheck);
        using PageFile pong = PageFile.Open(path, NoRecheck);
        Task[] players = [Task.Run(() => PlayAsync(ping, 0)), Task.Run(() => PlayAsync(pong, 1))];
        await Task.WhenAll(players).WaitAsync(Eventually.Limit);
        using ReadTransaction read = ping.BeginRead();
        Assert.Equal(101, Stamp.ReadAll(read));
    }

    /// <summary>
    /// Who waits reads nothing while others read, and a commit costs it a few reads of a sector.
    /// </summary>
    [Fact]
    public async Task Waiting_is_idle_until_somebody_commits()
    {
        string path = _folder.File("a.quire");
        Stamp.Create(path, 1, 1);
        var hooks = new HookedHost();
        using PageFile file = PageFile.Open(path, NoRecheck with { Host = hooks.Host });
        using PageFile other = PageFile.Open(path);
        int requests = 0;
        hooks.Before = _ => Interlocked.Increment(ref requests);
        Task<TransactionNumber> wait = WaitAsync(file, 1);
        Eventually.True(() => Volatile.Read(ref requests) == 1, "one look at the beginning");
        for (int i = 0; i < 100; i++)
        {
            other.BeginRead().Dispose();
        }

        Assert.Equal(1, Volatile.Read(ref requests));
        using (WriteTransaction write = other.BeginWrite())
        {
            Stamp.WriteAll(write, 2);
            Assert.Equal(1, Volatile.Read(ref requests));
            write.Commit();
        }

        Assert.Equal(2u, (await wait.WaitAsync(Eventually.Limit)).Value);
    }

    [SkippableFact]
    public void No_descriptor_of_the_system_is_kept_after_the_wait()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "looks into /proc");
        string path = _folder.File("a.quire");
        Stamp.Create(path, 1, 1);
        using WorkerProcess waiter = WorkerProcess.Start("commit-waiter", path);
        Assert.Equal("ready", waiter.ReadLine());
        Assert.Equal(0, Notifiers(waiter.ProcessId));
        Assert.Equal("waiting", waiter.Ask("wait 1"));
        Eventually.True(() => Notifiers(waiter.ProcessId) == 1, "one inotify instance");
        Assert.Equal("waiting", waiter.Ask("wait 1"));
        Assert.Equal("waiting", waiter.Ask("wait 1"));
        Assert.Equal(1, Notifiers(waiter.ProcessId));
        Assert.Equal("cancelled 3", waiter.Ask("cancel"));
        Eventually.True(() => Notifiers(waiter.ProcessId) == 0, "no inotify instance");
    }

    private static PageFileOptions NoRecheck { get; } =
        new() { CommitRecheckInterval = Timeout.InfiniteTimeSpan };

    private static Task<TransactionNumber> WaitAsync(PageFile file, ulong after) =>
        file.WaitForCommitAsync(new TransactionNumber(after)).AsTask();

    private static async Task PlayAsync(PageFile file, long turn)
    {
        while (true)
        {
            long stamp;
            TransactionNumber number;
            using (ReadTransaction read = await file.BeginReadAsync())
            {
                stamp = Stamp.ReadAll(read);
                number = read.Number;
            }

            if (stamp > 100)
            {
                return;
            }

            if (stamp % 2 != turn)
            {
                await file.WaitForCommitAsync(number);
                continue;
            }

            await file.UpdateAsync((write, _) =>
            {
                Stamp.WriteAll(write, stamp + 1);
                return ValueTask.CompletedTask;
            });
        }
    }

    private static int Notifiers(int process)
    {
        int count = 0;
        foreach (string descriptor in Directory.GetFiles($"/proc/{process}/fd"))
        {
            string? target = new FileInfo(descriptor).LinkTarget;
            count += target == "anon_inode:inotify" ? 1 : 0;
        }

        return count;
    }

    /// <summary>A path without spaces, for a child that reads words.</summary>
    private string Link(string path)
    {
        string link = _folder.File("link");
        File.CreateSymbolicLink(link, path);
        return link;
    }
}
