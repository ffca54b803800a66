namespace Quire.Collections;

/// <summary>One message in a listener's hands, from its taking until its end is committed.</summary>
internal sealed class QueueHandling : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly QueueMessage _message;
    private QueueLease? _lease;

    /// <summary>Starts the handler, on a thread of the pool.</summary>
    /// <param name="lease">The message.</param>
    /// <param name="handler">What handles it.</param>
    /// <param name="renewAt">When to renew the lease, in the clock's elapsed time.</param>
    public QueueHandling(
        QueueLease lease, Func<QueueMessage, CancellationToken, Task> handler, long renewAt)
    {
        _lease = lease;
        RenewAt = renewAt;
        _message = new QueueMessage(
            lease.Message.Value, lease.Key.Stamp, lease.Message.Failures + 1);
        CancellationToken cancellation = _cancel.Token;
        Handler = Task.Run(() => handler(_message, cancellation), CancellationToken.None);
    }

    public Task Handler { get; }

    /// <summary>When to renew the lease, as a timestamp of the clock.</summary>
    public long RenewAt { get; private set; }

    /// <summary>
    /// Tells the handler to stop: its listener ends, or its message is another's by now.
    /// </summary>
    public void Cancel() => _cancel.Cancel();

    /// <summary>Prolongs the lease in a transaction.</summary>
    /// <returns>What to do when it is committed.</returns>
    public Action Renew(QueueLedger ledger, long until, long renewAt)
    {
        QueueLease? renewed = _lease is null ? null : ledger.Renew(_lease, until);
        return () =>
        {
            _lease = renewed;
            RenewAt = renewAt;
            if (renewed is null)
            {
                Cancel();
            }
        };
    }

    /// <summary>Notes in a transaction what came of the handler.</summary>
    public void End(QueueLedger ledger, KeyValueStoreOptions options, long now)
    {
        if (_lease is not { } lease)
        {
            return;
        }

        if (Handler.IsCompletedSuccessfully)
        {
            ledger.Finish(lease);
        }
        else if (WasToldToStop)
        {
            ledger.GiveBack(lease, now);
        }
        else
        {
            ledger.Fail(options, lease, now);
        }
    }

    /// <summary>Tells of a failure of the handler.</summary>
    public void Report(Action<QueueMessage, Exception>? onFailure)
    {
        if (Handler.Exception is { } failure)
        {
            onFailure?.Invoke(_message, failure.InnerException ?? failure);
        }
        else if (Handler.IsCanceled && !WasToldToStop)
        {
            onFailure?.Invoke(_message, new TaskCanceledException(Handler));
        }
    }

    public void Dispose() => _cancel.Dispose();

    private bool WasToldToStop => Handler.IsCanceled && _cancel.IsCancellationRequested;
}
