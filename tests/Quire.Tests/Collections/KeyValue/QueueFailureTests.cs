using System.Collections.Concurrent;
using Quire.Collections;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Handlers that fail, listeners that die, leases that run out.</summary>
public sealed class QueueFailureTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly PageFile _file;
    private readonly KeyValueStore _store;

    public QueueFailureTests()
    {
        _file = PageFile.Open(_folder.File("a.quire"));
        _store = new KeyValueStore(_file, new KeyValueStoreOptions { Clock = _time });
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_handler_that_fails_gets_the_message_again_after_each_backoff_interval()
    {
        Versionstamp enqueued = _store.Enqueue(Value(5), keysIfUndelivered: [["x"], ["y", 1]]);
        var failures = new ConcurrentQueue<string>();
        await using var listener = new TestListener(_store, new QueueOptions
        {
            OnFailure = (message, error) =>
                failures.Enqueue($"{message.Attempt} {error.Message}"),
        });
        for (int attempt = 1; attempt <= 6; attempt++)
        {
            Delivery delivery = await listener.NextAsync();
            Assert.Equal(attempt, delivery.Message.Attempt);
            Assert.Equal(enqueued, delivery.Message.Versionstamp);
            Assert.Null(_store.Get(["x"]));
            delivery.Done.SetException(new InvalidDataException($"no {attempt}"));
            if (attempt < 6)
            {
                TimeSpan backoff = QueueLimits.DefaultBackoff[attempt - 1];
                Eventually.True(() => _time.NextTimer == backoff, $"it waits for {backoff}");
                _time.Advance(backoff);
            }
        }

        Eventually.True(() => _store.Get(["x"]) is not null, "the keys are set");
        StoreEntry?[] entries = [_store.Get(["x"]), _store.Get(["y", 1])];
        Assert.All(entries, entry => Assert.Equal(Value(5), entry!.Value));
        Assert.Equal(entries[0]!.Versionstamp, entries[1]!.Versionstamp);
        Assert.True(entries[0]!.Versionstamp > enqueued);
        Assert.Equal(0, Queued);
        Eventually.True(() => failures.Count == 6, "all failures are told");
        Assert.Equal(Enumerable.Range(1, 6).Select(i => $"{i} no {i}"), failures);
    }

    [Fact]
    public async Task Without_intervals_and_keys_a_failed_message_is_dropped()
    {
        _store.Enqueue(Value(1), backoffSchedule: []);
        _store.Enqueue(Value(2), backoffSchedule: [TimeSpan.Zero]);
        await using var listener = new TestListener(_store);
        foreach ((ulong number, int attempt) in ((ulong, int)[])[(1, 1), (2, 1), (2, 2)])
        {
            Delivery delivery = await listener.NextAsync();
            Assert.Equal((number, attempt), (delivery.Number, delivery.Message.Attempt));
            delivery.Done.SetException(new InvalidDataException());
        }

        Eventually.True(() => Queued == 0, "both are dropped");
    }

    [Fact]
    public async Task A_handler_that_throws_before_it_returns_a_task_has_failed_too()
    {
        _store.Enqueue(Value(1), backoffSchedule: [], keysIfUndelivered: [["x"]]);
        using var end = new CancellationTokenSource();
        Task running = _store.ListenQueueAsync(
            (_, _) => throw new InvalidDataException(), cancellation: end.Token);
        Eventually.True(() => _store.Get(["x"]) is not null, "the key is set");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_cancellation_of_its_own_is_a_failure_of_the_handler()
    {
        _store.Enqueue(Value(1));
        await using var listener = new TestListener(_store);
        (await listener.NextAsync()).Done.SetCanceled();
        Eventually.True(
            () => _time.NextTimer == QueueLimits.DefaultBackoff[0], "it waits for the backoff");
        _time.Advance(QueueLimits.DefaultBackoff[0]);
        Assert.Equal(2, (await listener.NextAsync()).Message.Attempt);
    }

    [Fact]
    public async Task The_lease_is_renewed_as_long_as_the_handler_runs()
    {
        _store.Enqueue(Value(1));
        await using var first = new TestListener(_store);
        Delivery delivery = await first.NextAsync();
        await using var second = new TestListener(_store);
        for (int third = 0; third < 12; third++)
        {
            // The renewal of the first and, beyond it, the end of the lease for the second.
            Eventually.True(
                () => _time is { Timers: 2, NextTimer.TotalSeconds: 10 }, "both wait");
            _time.Advance(Lease / 3);
        }

        _store.Enqueue(Value(2));
        Assert.Equal(2u, (await second.NextAsync()).Number);
        Assert.False(delivery.Cancellation.IsCancellationRequested);
        delivery.Done.SetResult();
        Eventually.True(() => Queued == 1, "the first message is done");
    }

    [Fact]
    public async Task A_message_whose_listener_died_comes_again_when_the_lease_has_run_out()
    {
        _store.Enqueue(Value(1));
        Assert.NotNull(TakeAndDie());
        await using var listener = new TestListener(_store);
        Eventually.True(() => _time.NextTimer == Lease, "it waits for the end of the lease");
        _time.Advance(Lease);
        Eventually.True(
            () => _time.NextTimer == QueueLimits.DefaultBackoff[0], "it waits for the backoff");
        _time.Advance(QueueLimits.DefaultBackoff[0]);
        Assert.Equal(2, (await listener.NextAsync()).Message.Attempt);
    }

    [Fact]
    public async Task A_message_that_kills_its_listeners_is_given_up()
    {
        _store.Enqueue(
            Value(1),
            keysIfUndelivered: [["poison"]],
            backoffSchedule: [TimeSpan.Zero, TimeSpan.Zero]);
        for (int death = 0; death < 3; death++)
        {
            Assert.Equal(death, TakeAndDie()!.Message.Failures);
            _time.Advance(Lease);
        }

        await using var listener = new TestListener(_store);
        Eventually.True(() => _store.Get(["poison"]) is not null, "the key is set");
        Assert.Equal(0, Queued);
        Assert.False(listener.HasNext);
    }

    [Fact]
    public async Task Who_has_lost_the_lease_is_told_and_changes_nothing_more()
    {
        _store.Enqueue(Value(1));
        await using var listener = new TestListener(_store);
        Delivery lost = await listener.NextAsync();

        // Another's clock is ahead: for it, the lease has run out.
        long later = _store.Options.Now + (long)TimeSpan.FromMinutes(2).TotalMilliseconds;
        QueueLease? other = null;
        _file.Update(write =>
        {
            var ledger = new QueueLedger(write, "kv");
            Assert.Null(ledger.TakeDue(_store.Options, later, later));
            other = ledger.TakeDue(_store.Options, later + 1000, later + 1000);
        });
        Assert.Equal(1, other!.Message.Failures);
        Eventually.True(() => _time.NextTimer == Lease / 3, "it waits for the renewal");
        _time.Advance(Lease / 3);
        Eventually.True(() => lost.Cancellation.IsCancellationRequested, "the handler is told");
        await listener.StopAsync();
        Assert.Equal(1, Queued);
        _file.Update(write => new QueueLedger(write, "kv").Finish(other));
        Assert.Equal(0, Queued);
    }

    [Fact]
    public void A_lease_of_an_earlier_attempt_is_none()
    {
        _store.Enqueue(Value(1), backoffSchedule: [TimeSpan.Zero]);
        QueueLease dead = TakeAndDie()!;
        _time.Advance(Lease);
        QueueLease live = TakeAndDie()!;
        Assert.NotEqual(dead.Message.Lease, live.Message.Lease);
        Assert.Equal(live.Key with { Due = dead.Key.Due }, dead.Key);
        _time.Shift(-Lease);
        _file.Update(write =>
        {
            var ledger = new QueueLedger(write, "kv");
            QueueLease asIfAtOnePlace = dead with { Key = live.Key };
            ledger.Finish(asIfAtOnePlace);
            ledger.GiveBack(asIfAtOnePlace, 0);
            ledger.Fail(_store.Options, asIfAtOnePlace, 0);
            Assert.Null(ledger.Renew(asIfAtOnePlace, long.MaxValue));
            Assert.NotNull(ledger.Renew(live, long.MaxValue));
        });
    }

    /// <summary>Takes a message as a process does that dies with it in its hands.</summary>
    private QueueLease? TakeAndDie()
    {
        QueueLease? lease = null;
        _file.Update(write =>
        {
            long now = _store.Options.Now;
            lease = new QueueLedger(write, "kv")
                .TakeDue(_store.Options, now, now + (long)Lease.TotalMilliseconds);
        });
        return lease;
    }

    private long Queued
    {
        get
        {
            using ReadTransaction read = _file.BeginRead();
            return read.Map("kv/queue").Count;
        }
    }

    private static StoreValue Value(ulong value) => StoreValue.FromUInt64(value);
}
