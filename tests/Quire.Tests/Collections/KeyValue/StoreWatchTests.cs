using System.Collections.Concurrent;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>What those see who watch entries.</summary>
public sealed class StoreWatchTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly WatchedFiles _files = new();
    private readonly ManualTime _time = new();
    private readonly PageFile _file;
    private readonly KeyValueStore _store;

    public StoreWatchTests()
    {
        _file = PageFile.Open(Path, new PageFileOptions { Host = _files.HostWith() });
        _store = new KeyValueStore(_file, new KeyValueStoreOptions { Clock = _time });
    }

    private string Path => _folder.File("a.quire");

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task First_come_the_entries_that_are_there_and_then_each_change()
    {
        _store.Set(["a"], Value(1));
        await using Watcher watcher = Watch(["a"], ["b"]);
        Assert.Equal([1, null], await watcher.NextAsync());
        _store.Set(["b"], Value(2));
        Assert.Equal([1, 2], await watcher.NextAsync());
        _store.Atomic().Set(["a"], Value(3)).Delete(["b"]).Commit();
        Assert.Equal([3, null], await watcher.NextAsync());
        _store.Set(["a"], Value(3));
        Assert.Equal([3, null], await watcher.NextAsync());
    }

    [Fact]
    public async Task What_concerns_other_entries_is_not_reported()
    {
        _store.Set(["a"], Value(1));
        await using Watcher watcher = Watch(["a"]);
        Assert.Equal([1], await watcher.NextAsync());
        _store.Set(["other"], Value(1));
        _file.Update(write => write.Map("map").Put("key"u8, "value"u8));
        _store.Delete(["a", "below"]);
        _store.Atomic().Check(["a"], null).Set(["a"], Value(7)).Commit();
        _store.Set(["a"], Value(2));
        Assert.Equal([2], await watcher.NextAsync());
    }

    [Fact]
    public async Task Who_is_slow_gets_the_latest()
    {
        await using Watcher watcher = Watch(["a"]);
        Assert.Equal([null], await watcher.NextAsync());
        for (ulong i = 1; i <= 5; i++)
        {
            _store.Set(["a"], Value(i));
        }

        Assert.Equal([5], await watcher.NextAsync());
    }

    [Fact]
    public async Task An_entry_that_expires_is_reported_by_the_clock()
    {
        _store.Atomic()
            .Set(["a"], Value(1), TimeSpan.FromHours(2))
            .Set(["b"], Value(2), TimeSpan.FromMinutes(3))
            .Commit();
        await using Watcher watcher = Watch(["a"], ["b"], ["c"]);
        Assert.Equal([1, 2, null], await watcher.NextAsync());
        Task<ulong?[]> next = watcher.NextAsync();
        WaitAndAdvance(TimeSpan.FromMinutes(3));
        Assert.Equal([1, null, null], await next);
        next = watcher.NextAsync();
        WaitAndAdvance(TimeSpan.FromHours(2));
        Assert.Equal([null, null, null], await next);
    }

    [Fact]
    public async Task What_was_reported_gone_stays_gone_when_the_clock_is_set_back()
    {
        _store.Set(["a"], Value(1), TimeSpan.FromMinutes(1));
        await using Watcher watcher = Watch(["a"], ["b"]);
        Assert.Equal([1, null], await watcher.NextAsync());
        Task<ulong?[]> next = watcher.NextAsync();
        WaitAndAdvance(TimeSpan.FromMinutes(1));
        Assert.Equal([null, null], await next);
        _time.Shift(TimeSpan.FromHours(-5));
        Assert.NotNull(_store.Get(["a"]));
        _store.Set(["b"], Value(2));
        Assert.Equal([null, 2], await watcher.NextAsync());
        _store.Set(["a"], Value(3));
        Assert.Equal([3, 2], await watcher.NextAsync());
    }

    [Fact]
    public async Task Cancelling_ends_it_and_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        _store.Set(["a"], Value(1), TimeSpan.FromHours(1));
        await using var watcher = new Watcher(_store.Watch([["a"]], cancelled.Token));
        await watcher.NextAsync();
        Task<ulong?[]> next = watcher.NextAsync();
        Eventually.True(() => _time.Timers == 1, "it waits for the expiry");
        Assert.Equal(1, _files.Watches);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal((0, 0), (_files.Watches, _time.Timers));
    }

    [Fact]
    public async Task Leaving_the_loop_leaves_nothing()
    {
        await foreach (IReadOnlyList<StoreEntry?> entries in _store.Watch([["a"]]))
        {
            Assert.Equal([null], entries);
            Assert.Equal(1, _files.Watches);
            break;
        }

        Assert.Equal(0, _files.Watches);
    }

    [Fact]
    public async Task Disposing_the_file_is_told()
    {
        await using Watcher watcher = Watch(["a"]);
        await watcher.NextAsync();
        Task<ulong?[]> next = watcher.NextAsync();
        _file.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => next);
    }

    [Fact]
    public void Keys_that_cannot_be_watched_are_refused_at_once()
    {
        Assert.Contains("0", Assert.Throws<ArgumentException>(() => _store.Watch([])).Message);
        Assert.Throws<ArgumentNullException>(() => _store.Watch([null!]));
        Assert.Contains(
            "2048",
            Assert.Throws<ArgumentException>(() => _store.Watch([["a", new byte[3000]]])).Message);
        Assert.Throws<ArgumentException>(
            () => _store.Watch([["a", StoreKeyPart.CommitVersionstamp]]));
    }

    /// <summary>
    /// Two processes write, each by a clock that is set back and forth, and nobody tells the
    /// watcher but the operating system.
    /// </summary>
    [Fact]
    public async Task Stamps_never_go_down_whatever_the_clocks_of_the_writers_do()
    {
        using PageFile file = PageFile.Open(
            Path, new PageFileOptions { CommitRecheckInterval = Timeout.InfiniteTimeSpan });
        var store = new KeyValueStore(file);
        store.Set(["a"], Value(0));
        WorkerProcess[] writers =
        [
            .. Enumerable.Range(0, 2).Select(
                seed => WorkerProcess.Start("store-writer", Path, $"{seed}")),
        ];
        var seen = new ConcurrentQueue<Versionstamp?[]>();
        using var end = new CancellationTokenSource(Eventually.Limit);
        Task watching = Task.Run(async () =>
        {
            await foreach (IReadOnlyList<StoreEntry?> entries in
                store.Watch([["a"], ["b"], ["end"]], end.Token))
            {
                seen.Enqueue([.. entries.Select(entry => entry?.Versionstamp)]);
                if (entries[2] is not null)
                {
                    break;
                }
            }
        });
        Array.ForEach(writers, writer => Assert.Equal("ready", writer.ReadLine()));
        Eventually.True(() => seen.Count > 20, "the watcher sees changes");
        Array.ForEach(writers, writer => writer.EndInput());
        Array.ForEach(writers, writer => Assert.Equal("done", writer.ReadLine()));
        Array.ForEach(writers, writer => writer.Dispose());
        store.Set(["end"], Value(0));
        await watching;
        AssertNeverDown(seen);
    }

    private static void AssertNeverDown(IEnumerable<Versionstamp?[]> seen)
    {
        var highest = new Versionstamp[3];
        foreach (Versionstamp?[] stamps in seen)
        {
            for (int key = 0; key < stamps.Length; key++)
            {
                Assert.True(
                    stamps[key] is not { } stamp || stamp >= highest[key],
                    $"{stamps[key]} came after {highest[key]}");
                highest[key] = stamps[key] ?? highest[key];
            }
        }
    }

    private static StoreValue Value(ulong value) => StoreValue.FromUInt64(value);

    private Watcher Watch(params StoreKey[] keys) => new(_store.Watch(keys));

    private void WaitAndAdvance(TimeSpan by)
    {
        Eventually.True(() => _time.Timers == 1, "it waits for the expiry");
        _time.Advance(by);
    }

    private sealed class Watcher(IAsyncEnumerable<IReadOnlyList<StoreEntry?>> watch)
        : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<IReadOnlyList<StoreEntry?>> _lists =
            watch.GetAsyncEnumerator();

        /// <summary>The values of the next list.</summary>
        public async Task<ulong?[]> NextAsync()
        {
            Assert.True(await _lists.MoveNextAsync().AsTask().WaitAsync(Eventually.Limit));
            return [.. _lists.Current.Select(entry => entry?.Value.AsUInt64())];
        }

        public ValueTask DisposeAsync() => _lists.DisposeAsync();
    }
}
