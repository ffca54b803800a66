using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Messages from their operation to their handler.</summary>
public sealed class QueueTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly WatchedFiles _files = new();
    private readonly ManualTime _time = new();
    private readonly PageFile _file;
    private readonly KeyValueStore _store;

    public QueueTests()
    {
        _file = PageFile.Open(
            _folder.File("a.quire"), new PageFileOptions { Host = _files.HostWith() });
        _store = new KeyValueStore(_file, new KeyValueStoreOptions { Clock = _time });
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_message_is_delivered_with_the_stamp_of_its_operation_and_then_gone()
    {
        await using var listener = new TestListener(_store);
        Versionstamp stamp = _store.Atomic().Set(["a"], Value(1)).Enqueue(Value(7)).Commit()
            .Versionstamp;
        Delivery delivery = await listener.NextAsync();
        Assert.Equal(new QueueMessage(Value(7), stamp, 1), delivery.Message);
        Assert.Equal(stamp, _store.Get(["a"])!.Versionstamp);
        Assert.Equal(1, Queued);
        delivery.Done.SetResult();
        Eventually.True(() => Queued == 0, "the message is done");
        await listener.StopAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listener.Running);
        Assert.Equal((0, 0), (_files.Watches, _time.Timers));
    }

    [Fact]
    public async Task A_message_of_an_operation_that_fails_never_was()
    {
        Assert.False(_store.Atomic().Check(["a"], Stamp(7)).Enqueue(Value(1)).Commit().IsCommitted);
        _store.Set(["text"], StoreValue.FromJsonText("\"text\""));
        Assert.Throws<StoreTypeException>(
            () => _store.Atomic().Enqueue(Value(2)).Sum(["text"], 1).Commit());
        _file.Update(write =>
        {
            Assert.Throws<StoreTypeException>(() => _store.In(write).Apply(
                new AtomicOperation().Enqueue(Value(3)).Sum(["text"], 1)));
            _store.In(write).Apply(new AtomicOperation().Enqueue(Value(4)));
        });
        Assert.Equal(1, Queued);
        await using var listener = new TestListener(_store);
        Assert.Equal(4u, (await listener.NextAsync()).Number);
    }

    [Fact]
    public async Task Messages_come_in_the_order_of_due_times_and_not_before()
    {
        DateTimeOffset start = _time.GetUtcNow();
        int[] minutes = [90, 0, 30, 2, 30];
        for (int i = 0; i < minutes.Length; i++)
        {
            _store.Enqueue(Value((ulong)i), TimeSpan.FromMinutes(minutes[i]));
        }

        await using var listener = new TestListener(_store);
        foreach (int expected in (int[])[1, 3, 2, 4, 0])
        {
            TimeSpan due = TimeSpan.FromMinutes(minutes[expected]);
            if (_time.GetUtcNow() < start + due)
            {
                Eventually.True(() => _time.Timers == 1, "the listener waits");
                _time.Advance(start + due - _time.GetUtcNow());
            }

            Delivery delivery = await listener.NextAsync();
            Assert.Equal((ulong)expected, delivery.Number);
            Assert.Equal(start + due, delivery.At);
            delivery.Done.SetResult();
        }
    }

    [Fact]
    public async Task Several_of_one_operation_are_delivered_one_after_the_other()
    {
        AtomicOperation operation = _store.Atomic();
        for (ulong i = 0; i < 20; i++)
        {
            operation.Enqueue(Value(i));
        }

        operation.Commit();
        await using var listener = new TestListener(_store);
        for (ulong i = 0; i < 20; i++)
        {
            Delivery delivery = await listener.NextAsync();
            Assert.Equal(i, delivery.Number);
            Assert.False(listener.HasNext);
            delivery.Done.SetResult();
        }
    }

    [Fact]
    public async Task As_many_are_handled_at_once_as_there_are_hands()
    {
        for (ulong i = 0; i < 5; i++)
        {
            _store.Enqueue(Value(i));
        }

        await using var listener = new TestListener(_store, new QueueOptions { Concurrency = 3 });
        Delivery[] first =
            [await listener.NextAsync(), await listener.NextAsync(), await listener.NextAsync()];
        Assert.Equal([0u, 1, 2], first.Select(delivery => delivery.Number).Order().ToArray());
        Assert.False(listener.HasNext);
        first[1].Done.SetResult();
        Assert.Equal(3u, (await listener.NextAsync()).Number);
        Assert.False(listener.HasNext);
    }

    [Fact]
    public async Task A_handler_that_stops_because_it_is_told_to_gives_its_message_back()
    {
        _store.Enqueue(Value(1));
        await using (var first = new TestListener(_store))
        {
            Assert.Equal(1, (await first.NextAsync()).Message.Attempt);
        }

        await using var second = new TestListener(_store);
        Assert.Equal(1, (await second.NextAsync()).Message.Attempt);
    }

    [Fact]
    public async Task A_handler_that_ends_while_its_listener_does_is_done()
    {
        _store.Enqueue(Value(1));
        using var end = new CancellationTokenSource();
        Task running = _store.ListenQueueAsync(
            async (_, _) => await end.CancelAsync(), null, end.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => running.WaitAsync(Eventually.Limit));
        Assert.Equal(0, Queued);
    }

    [Fact]
    public async Task Disposing_the_file_ends_the_listener()
    {
        _store.Enqueue(Value(1));
        var listener = new TestListener(_store);
        Delivery delivery = await listener.NextAsync();
        _file.Dispose();
        delivery.Done.SetResult();
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => listener.Running.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public void Limits_are_named_with_what_was_asked_for()
    {
        AssertRefused(["2592000000", "2592000001"], operation => operation.Enqueue(
            Value(1), TimeSpan.FromDays(30) + TimeSpan.FromMilliseconds(1)));
        AssertRefused(["2592000000", "-1"], operation => operation.Enqueue(
            Value(1), TimeSpan.FromMilliseconds(-1)));
        AssertRefused(["10", "11"], operation => operation.Enqueue(
            Value(1), keysIfUndelivered: [.. Enumerable.Repeat(StoreKey.Of("a"), 11)]));
        AssertRefused(["5", "6"], operation => operation.Enqueue(
            Value(1), backoffSchedule: new TimeSpan[6]));
        AssertRefused(["3600000", "3600001"], operation => operation.Enqueue(
            Value(1), backoffSchedule: [TimeSpan.FromMilliseconds(3_600_001)]));
        AssertRefused(["65536", "65537"], operation => operation.Enqueue(
            StoreValue.FromBytes(new byte[65537])));
        AssertRefused(["2048", "2503"], operation => operation.Enqueue(
            Value(1), keysIfUndelivered: [["a".PadLeft(2501)]]));
        AssertRefused(["versionstamp"], operation => operation.Enqueue(
            Value(1), keysIfUndelivered: [["a", StoreKeyPart.CommitVersionstamp]]));

        // The values of messages count for the operation.
        AssertRefused(["819200", "851968"], operation =>
        {
            for (int i = 0; i < 13; i++)
            {
                operation.Enqueue(StoreValue.FromBytes(new byte[65536]));
            }
        });
        var most = new AtomicOperation();
        most.Enqueue(
            StoreValue.FromBytes(new byte[65536]),
            TimeSpan.FromDays(30),
            [.. Enumerable.Repeat(StoreKey.Of("a"), 10)],
            [.. Enumerable.Repeat(TimeSpan.FromHours(1), 5)]);
        _file.Update(write => _store.In(write).Apply(most));
        Assert.Equal(1, Queued);
    }

    [Theory]
    [InlineData(0, 1, "0 ms")]
    [InlineData(100_000_000, 1, "100000000 ms")]
    [InlineData(1000, 0, "not 0")]
    [InlineData(1000, 1001, "not 1001")]
    public void Options_that_are_none_are_refused(int lease, int concurrency, string actual)
    {
        var options = new QueueOptions
        {
            Lease = TimeSpan.FromMilliseconds(lease),
            Concurrency = concurrency,
        };
        Assert.Contains(actual, Assert.Throws<ArgumentException>(
            () => { _ = _store.ListenQueueAsync((_, _) => Task.CompletedTask, options); }).Message);
    }

    private static void AssertRefused(string[] words, Action<AtomicOperation> build)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => build(new AtomicOperation()));
        Assert.All(words, word => Assert.Contains(word, error.Message));
    }

    private long Queued
    {
        get
        {
            using ReadTransaction read = _file.BeginRead();
            return read.Map("kv/queue").Count;
        }
    }

    private static Versionstamp Stamp(ulong number) => new(number, 0);

    private static StoreValue Value(ulong value) => StoreValue.FromUInt64(value);
}
