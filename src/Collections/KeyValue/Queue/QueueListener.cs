namespace Quire.Collections;

/// <summary>
/// A listener at work: one loop that looks at the queue, changes it in one transaction when there is
/// something to change, and waits for the first of all that can happen.
/// </summary>
/// <remarks>
/// A transaction ends what handlers have done, renews leases, and takes what is due, all at once: in
/// a stream of messages each costs one commit besides its handler's own. Waiting holds no lock and
/// reads nothing: due times and leases are waited for by the store's clock, new messages by
/// <see cref="PageFile.WaitForCommitAsync"/>, and not even that while there is no hand free.
/// </remarks>
internal sealed class QueueListener(
    KeyValueStore store,
    Func<QueueMessage, CancellationToken, Task> handler,
    QueueOptions options,
    CancellationToken cancellation)
{
    private readonly PageFile _file = store.File;
    private readonly TimeProvider _clock = store.Options.Clock;
    private readonly List<QueueHandling> _busy = [];
    private bool _isStopping;

    public async Task RunAsync()
    {
        using IDisposable notifications = _file.KeepWatching();
        try
        {
            while (!StopsNow())
            {
                try
                {
                    await TurnAsync().ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (
                    cancellation.IsCancellationRequested && !_isStopping)
                {
                    // Nothing was changed; what handlers have done is still to be noted.
                }
            }
        }
        finally
        {
            // After an error of the file: the leases run out. Handlers are told, and waited for.
            _busy.ForEach(handling => handling.Cancel());
            await Task.WhenAll(_busy.Select(handling => handling.Handler))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _busy.ForEach(handling => handling.Dispose());
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private async ValueTask TurnAsync()
    {
        (TransactionNumber number, long? due) = await LookAsync().ConfigureAwait(false);
        if (HasWork(due))
        {
            await ChangeAsync().ConfigureAwait(false);
        }
        else
        {
            await WaitAsync(number, due).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Once cancelled nothing more is taken; handlers are told, and what becomes of them is noted.
    /// </summary>
    private bool StopsNow()
    {
        if (cancellation.IsCancellationRequested && !_isStopping)
        {
            _isStopping = true;
            _busy.ForEach(handling => handling.Cancel());
        }

        return _isStopping && _busy.Count == 0;
    }

    private bool HasFreeHand => !_isStopping && _busy.Count < options.Concurrency;

    private CancellationToken Waits => _isStopping ? CancellationToken.None : cancellation;

    /// <summary>A file that is busy for long is waited for, but not by who was told to end.</summary>
    private TimeSpan? LockTimeout =>
        _isStopping ? store.Options.Timeout : Timeout.InfiniteTimeSpan;

    private long RenewAt => _busy.Count == 0
        ? long.MaxValue
        : _busy.Min(handling => handling.RenewAt);

    /// <summary>The number of the file, and when something is due in its queue.</summary>
    private async ValueTask<(TransactionNumber Number, long? Due)> LookAsync()
    {
        using ReadTransaction read = await _file
            .BeginReadAsync(LockTimeout, Waits)
            .ConfigureAwait(false);
        MapReader queue = StoreMaps.Queue(store.Options.Map).In(read);
        return (read.Number, QueueLedger.FirstDue(queue));
    }

    private bool HasWork(long? due) =>
        _busy.Any(handling => handling.Handler.IsCompleted)
        || RenewAt <= _clock.GetTimestamp()
        || (HasFreeHand && due <= store.Options.Now);

    /// <summary>One transaction of all that there is to change.</summary>
    private async ValueTask ChangeAsync()
    {
        QueueHandling[] ended = [.. _busy.Where(handling => handling.Handler.IsCompleted)];
        int hands = _isStopping ? 0 : options.Concurrency - _busy.Count + ended.Length;
        var renewals = new List<Action>();
        var taken = new List<QueueLease>();
        long renewAt = 0;
        await _file.UpdateAsync(
            (write, _) =>
            {
                renewals.Clear();
                taken.Clear();
                var ledger = new QueueLedger(write, store.Options.Map);
                long now = store.Options.Now;
                long until = now + (long)options.Lease.TotalMilliseconds;
                renewAt = _clock.GetTimestamp() + Elapsing(options.Lease / 3);
                Array.ForEach(ended, handling => handling.End(ledger, store.Options, now));
                renewals.AddRange(_busy
                    .Where(handling => !ended.Contains(handling) && IsDue(handling))
                    .Select(handling => handling.Renew(ledger, until, renewAt)));
                while (taken.Count < hands
                    && ledger.TakeDue(store.Options, now, until) is { } lease)
                {
                    taken.Add(lease);
                }

                return ValueTask.FromResult(taken.Count);
            },
            new UpdateOptions { Timeout = LockTimeout },
            Waits).ConfigureAwait(false);
        renewals.ForEach(commit => commit());
        foreach (QueueHandling handling in ended)
        {
            _busy.Remove(handling);
            handling.Report(options.OnFailure);
            handling.Dispose();
        }

        _busy.AddRange(taken.Select(lease => new QueueHandling(lease, handler, renewAt)));
    }

    /// <summary>Until anything can have changed.</summary>
    private async ValueTask WaitAsync(TransactionNumber number, long? due)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Waits);
        var waits = new List<Task>();
        if (RenewAt is var renewAt && renewAt < long.MaxValue)
        {
            TimeSpan left = _clock.GetElapsedTime(_clock.GetTimestamp(), renewAt);
            waits.Add(Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, _clock, end.Token));
        }

        if (HasFreeHand)
        {
            waits.Add(_file.WaitToReadAsync(number, end.Token).AsTask());
            waits.Add(StoreAlarm.WaitAsync(_clock, due, end.Token));
        }

        // There is a wait, which ends when cancelled: with no hand free there is a lease.
        Task first = await Task.WhenAny([.. waits, .. _busy.Select(handling => handling.Handler)])
            .ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(waits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (waits.Contains(first))
        {
            await first.ConfigureAwait(false);
        }
    }

    private bool IsDue(QueueHandling handling) => handling.RenewAt <= _clock.GetTimestamp();

    /// <summary>A time in the clock's own ticks.</summary>
    private long Elapsing(TimeSpan time) =>
        (long)(time.TotalSeconds * _clock.TimestampFrequency);
}
