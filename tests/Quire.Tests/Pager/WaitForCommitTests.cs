using Microsoft.Extensions.Logging;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>
/// What wakes those who wait for a commit, and what they leave behind. Changes are told by the test
/// or by nobody here; those of the operating system are in <see cref="ChangeNotificationTests"/>.
/// </summary>
public sealed class WaitForCommitTests : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly TempFolder _folder = new();
    private readonly WatchedFiles _files = new();
    private readonly ManualTime _time = new();

    public WaitForCommitTests() => Stamp.Create(Path, 1, 1);

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Who_is_behind_already_does_not_wait()
    {
        using PageFile file = Open();
        using PageFile other = PageFile.Open(Path);
        Commit(other, 2);

        // The other one's commit is not known here before the file is looked at.
        Assert.Equal(Number(2), await Limited(WaitAsync(file, 1)));
        Assert.Equal(Number(2), await Limited(WaitAsync(file, 0)));
        Assert.Equal(0, _files.Watches);
    }

    [Fact]
    public async Task A_commit_of_the_same_open_file_needs_no_notification()
    {
        using PageFile file = Open();
        Task<TransactionNumber> wait = WaitAsync(file, 1);
        Assert.False(wait.IsCompleted);
        Commit(file, 2);
        Assert.Equal(Number(2), await Limited(wait));
        wait = WaitAsync(file, 2);
        using (WriteTransaction write = await file.BeginWriteAsync())
        {
            Stamp.WriteAll(write, 3);
            await write.CommitAsync();
        }

        Assert.Equal(Number(3), await Limited(wait));
    }

    [Fact]
    public async Task A_rollback_and_an_empty_commit_wake_nobody()
    {
        using PageFile file = Open();
        Task<TransactionNumber> wait = WaitAsync(file, 1);
        file.BeginWrite().Dispose();
        using (WriteTransaction write = file.BeginWrite())
        {
            write.Commit();
        }

        _files.Tell();
        Commit(file, 2);
        Assert.Equal(Number(2), await Limited(wait));
    }

    [Fact]
    public async Task A_change_that_is_told_is_looked_at_and_each_waits_for_a_number_of_its_own()
    {
        using PageFile file = Open();
        using PageFile other = PageFile.Open(Path);
        Task<TransactionNumber> first = WaitAsync(file, 1);
        Task<TransactionNumber> second = WaitAsync(file, 2);
        Commit(other, 2);
        _files.Tell();
        Assert.Equal(Number(2), await Limited(first));
        Assert.False(second.IsCompleted);
        Commit(other, 3);
        _files.Tell();
        Assert.Equal(Number(3), await Limited(second));
        Assert.Equal(1, _files.Started);
        Assert.Equal(0, _files.Watches);
    }

    [Fact]
    public async Task Without_notifications_the_re_check_finds_the_commit()
    {
        _files.Refusal = new IOException("no more watches");
        var log = new Lines();
        using PageFile file = Open(Options with { Logger = log });
        using PageFile other = PageFile.Open(Path);
        for (ulong number = 1; number < 4; number++)
        {
            Task<TransactionNumber> wait = WaitAsync(file, number);
            Commit(other, 1);
            Assert.Equal(Hour, _time.NextTimer);
            _time.Advance(Hour);
            Assert.Equal(Number(number + 1), await Limited(wait));
        }

        // Not once for each wait.
        Assert.Contains("no more watches", Assert.Single(log.All));
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task Notifications_that_may_be_missing_are_made_up_for()
    {
        var log = new Lines();
        using PageFile file = Open(Options with { Logger = log });
        using PageFile other = PageFile.Open(Path);
        Task<TransactionNumber> wait = WaitAsync(file, 1);
        Commit(other, 2);
        _files.Tell(new InternalBufferOverflowException("too many changes"));
        Assert.Equal(Number(2), await Limited(wait));
        Assert.Contains("too many changes", Assert.Single(log.All));
    }

    [Fact]
    public async Task A_commit_whose_writer_died_is_completed_by_the_re_check()
    {
        using PageFile file = Open();
        Task<TransactionNumber> wait = WaitAsync(file, 1);
        Dead.At(Path, ProtocolStep.C5);
        _files.Tell();
        _time.Advance(Hour);
        Assert.Equal(Number(2), await Limited(wait));
        using ReadTransaction read = file.BeginRead();
        Assert.Equal(2, Stamp.ReadAll(read));
    }

    /// <summary>At C8 the number is in the file, and a power cut can still take it away.</summary>
    [Fact]
    public async Task A_number_that_is_not_synced_yet_wakes_nobody()
    {
        // In a sealed file it was synced at C1, before it was there.
        File.Delete(Path);
        File.Delete(Path + "-journal");
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        var hooks = new HookedHost(_files.HostWith());
        using PageFile file = Open(Options with { Host = hooks.Host });
        using WorkerProcess writer = WorkerProcess.Start("page-client");
        Assert.Equal("ready", writer.ReadLine());
        Assert.Equal("opened", writer.Ask($"open {Path}"));
        Assert.Equal("armed", writer.Ask("arm C8"));
        Assert.Equal("at C8", writer.Ask("write 2"));
        int refusals = 0;
        hooks.After = (request, isGranted) =>
        {
            if (request.Kind == IoKind.Lock && !isGranted)
            {
                Interlocked.Increment(ref refusals);
            }
        };
        Task<TransactionNumber> wait = WaitAsync(file, 1);
        Eventually.True(() => Volatile.Read(ref refusals) > 1, "asked for main, and refused");
        Assert.False(wait.IsCompleted);
        writer.Kill();
        Assert.Equal(Number(2), await Limited(wait));
    }

    [Fact]
    public async Task Cancelling_ends_one_wait_and_the_last_one_takes_the_watch_along()
    {
        using PageFile file = Open();
        using var cancelled = new CancellationTokenSource();
        Task<TransactionNumber>[] waits =
        [
            .. Enumerable.Range(0, 10)
                .Select(_ => WaitAsync(file, 1, cancelled.Token)),
        ];
        Task<TransactionNumber> stays = WaitAsync(file, 1);
        Assert.Equal(1, _files.Watches);
        await cancelled.CancelAsync();
        foreach (Task<TransactionNumber> wait in waits)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Limited(wait));
        }

        Assert.Equal(1, _files.Watches);
        Assert.Equal(1, _time.Timers);
        Commit(file, 2);
        Assert.Equal(Number(2), await Limited(stays));
        Assert.Equal(0, _files.Watches);
        Assert.Equal(0, _time.Timers);
        Assert.Equal(1, _files.Started);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => WaitAsync(file, 0, cancelled.Token));
    }

    [Fact]
    public async Task Who_waits_again_and_again_keeps_one_watch()
    {
        using PageFile file = Open();
        using PageFile other = PageFile.Open(Path);
        using (file.KeepWatching())
        {
            for (ulong number = 1; number < 5; number++)
            {
                Task<TransactionNumber> wait = WaitAsync(file, number);
                Commit(other, 1);
                _files.Tell();
                await Limited(wait);
            }

            Assert.Equal(1, _files.Watches);
        }

        Assert.Equal((0, 1), (_files.Watches, _files.Started));
    }

    [Fact]
    public async Task Disposing_the_file_ends_all_waits()
    {
        PageFile file = Open();
        IDisposable keep = file.KeepWatching();
        Task<TransactionNumber>[] waits =
            [WaitAsync(file, 1), WaitAsync(file, 7)];
        file.Dispose();
        foreach (Task<TransactionNumber> wait in waits)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => Limited(wait));
        }

        Assert.Equal(0, _files.Watches);
        Assert.Equal(0, _time.Timers);
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => WaitAsync(file, 0));
        Assert.Throws<ObjectDisposedException>(file.KeepWatching);
        keep.Dispose();
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_any_more_is_an_error_of_the_wait()
    {
        using PageFile file = Open(Options with { Mode = PageFileMode.ReadOnly });
        Task<TransactionNumber> wait = WaitAsync(file, 1);
        Dead.At(Path, ProtocolStep.C5);
        _time.Advance(Hour);
        var error = await Assert.ThrowsAsync<QuireException>(() => Limited(wait));
        Assert.Equal(QuireErrorCode.RecoveryNeeded, error.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(3_000_000_000)]
    public void An_interval_that_is_none_is_refused(long milliseconds)
    {
        var options = new PageFileOptions
        {
            CommitRecheckInterval = TimeSpan.FromMilliseconds(milliseconds),
        };
        Assert.Contains(
            options.CommitRecheckInterval.ToString(),
            Assert.Throws<ArgumentException>(() => PageFile.Open(Path, options)).Message);
    }

    private PageFileOptions Options => new()
    {
        Host = _files.HostWith(_time),
        CommitRecheckInterval = Hour,
    };

    private PageFile Open(PageFileOptions? options = null) => PageFile.Open(Path, options ?? Options);

    private static TransactionNumber Number(ulong value) => new(value);

    private static void Commit(PageFile file, long stamp)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, stamp);
        write.Commit();
    }

    private static Task<TransactionNumber> WaitAsync(
        PageFile file, ulong after, CancellationToken cancellation = default) =>
        file.WaitForCommitAsync(Number(after), cancellation).AsTask();

    private static Task<TransactionNumber> Limited(Task<TransactionNumber> wait) =>
        wait.WaitAsync(Eventually.Limit);

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            All.Add($"{formatter(state, exception)}: {exception?.Message}");
    }
}
