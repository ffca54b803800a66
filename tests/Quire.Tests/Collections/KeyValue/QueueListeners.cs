using System.Threading.Channels;
using Quire.Tests.Support;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>A listener whose handler waits, with each message, for what the test says.</summary>
internal sealed class TestListener : IAsyncDisposable
{
    private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>();
    private readonly CancellationTokenSource _end = new();

    public TestListener(KeyValueStore store, QueueOptions? options = null) =>
        Running = store.ListenQueueAsync(
            async (message, cancellation) =>
            {
                var delivery = new Delivery(
                    message, store.Options.Clock.GetUtcNow(), cancellation);
                _deliveries.Writer.TryWrite(delivery);
                using CancellationTokenRegistration told =
                    cancellation.Register(() => delivery.Done.TrySetCanceled(cancellation));
                await delivery.Done.Task;
            },
            options,
            _end.Token);

    public Task Running { get; }

    public async Task<Delivery> NextAsync() =>
        await _deliveries.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);

    public bool HasNext => _deliveries.Reader.TryPeek(out _);

    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await Running.WaitAsync(Eventually.Limit)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
    }
}

/// <summary>A message in a handler's hands.</summary>
internal sealed record Delivery(
    QueueMessage Message, DateTimeOffset At, CancellationToken Cancellation)
{
    public TaskCompletionSource Done { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ulong Number => Message.Value.AsUInt64();
}
