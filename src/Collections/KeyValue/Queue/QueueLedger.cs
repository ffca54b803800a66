namespace Quire.Collections;

/// <summary>
/// The queue in a write transaction: every change of a message's state. A message is one record,
/// which moves to another due time as its state changes.
/// </summary>
/// <remarks>
/// <code>
///   state     due time means         what happens                      becomes
///   (none)                           its operation is committed        waiting, due after its delay
///   waiting   deliver from then on   a listener takes it               leased, due in a lease
///   leased    the lease ends         its listener renews               leased, due in a lease
///                                    its handler is done               (none)
///                                    its handler fails                 waiting, due after a backoff;
///                                                                      (none) and the keys set when
///                                                                      no attempt is left
///                                    its listener stops before that    waiting, due now
///                                    the lease has ended               as if the handler had failed
/// </code>
/// A listener is known by its lease, the number of the commit that took the message. What it says
/// when the message is leased to another, or is gone, changes nothing.
/// </remarks>
internal sealed class QueueLedger(WriteTransaction write, string store)
{
    private readonly LazyMap _map = new(write, StoreMaps.Queue(store));

    public void Add(ExpiryKey key, QueueRecord message)
    {
        Span<byte> place = stackalloc byte[ExpiryKey.Bytes];
        key.Write(place);
        _map.Writer.Put(place, message.Write());
    }

    /// <summary>Takes the message that is due first, with a lease.</summary>
    /// <param name="options">The store's, for what becomes of messages that cannot be delivered.</param>
    /// <param name="now">The time in milliseconds since 1970.</param>
    /// <param name="until">When the lease ends.</param>
    /// <returns>Null when none is due.</returns>
    public QueueLease? TakeDue(KeyValueStoreOptions options, long now, long until)
    {
        while (_map.Exists && TryFindFirst(_map.Reader, out ExpiryKey key, out QueueRecord message)
            && key.Due <= now)
        {
            if (message.State == QueueState.Waiting)
            {
                write.Promote();
                ulong lease = write.CommitNumber!.Value.Value;
                QueueRecord leased = message with { State = QueueState.Leased, Lease = lease };
                return new QueueLease(Move(key, leased, until), leased);
            }

            // Whoever had it is dead, or as good as.
            Fail(options, key, message, now);
        }

        return null;
    }

    /// <summary>Prolongs a lease.</summary>
    /// <returns>Null when it is lost.</returns>
    public QueueLease? Renew(QueueLease lease, long until) =>
        Holds(lease) ? lease with { Key = Move(lease.Key, lease.Message, until) } : null;

    /// <summary>Takes a message out that was handled.</summary>
    public void Finish(QueueLease lease)
    {
        if (Holds(lease))
        {
            Remove(lease.Key);
        }
    }

    /// <summary>Notes that a handler has failed.</summary>
    public void Fail(KeyValueStoreOptions options, QueueLease lease, long now)
    {
        if (Holds(lease))
        {
            Fail(options, lease.Key, lease.Message, now);
        }
    }

    /// <summary>Gives a message back that was not handled, and had no failure either.</summary>
    public void GiveBack(QueueLease lease, long now)
    {
        if (Holds(lease))
        {
            Move(lease.Key, Waiting(lease.Message), now);
        }
    }

    /// <summary>When the first record of a queue is due; null when it is empty.</summary>
    public static long? FirstDue(MapReader map)
    {
        MapCursor cursor = map.OpenCursor();
        if (!cursor.MoveFirst())
        {
            return null;
        }

        return ExpiryKey.TryRead(cursor.Key, out ExpiryKey key) is { } problem
            ? throw LayeredReader.Corrupt(map, cursor.Key, problem)
            : key.Due;
    }

    private static bool TryFindFirst(MapReader map, out ExpiryKey key, out QueueRecord message)
    {
        key = default;
        message = null!;
        if (!map.TryGetFirst(out MapEntry first))
        {
            return false;
        }

        string? problem = ExpiryKey.TryRead(first.Key, out key)
            ?? QueueRecord.TryRead(first.Value, out message);
        return problem is null ? true : throw LayeredReader.Corrupt(map, first.Key, problem);
    }

    private void Fail(
        KeyValueStoreOptions options, ExpiryKey key, QueueRecord message, long now)
    {
        if (message.Failures < message.Backoff.Count)
        {
            long due = now + message.Backoff[message.Failures];
            Move(key, Waiting(message) with { Failures = message.Failures + 1 }, due);
            return;
        }

        Remove(key);
        if (message.KeysIfUndelivered.Count > 0)
        {
            var undelivered = new AtomicOperation();
            foreach (StoreKey target in message.KeysIfUndelivered)
            {
                undelivered.Set(target, message.Value);
            }

            new KeyValueWriter(write, options).ApplyWhole(undelivered);
        }
    }

    private static QueueRecord Waiting(QueueRecord message) =>
        message with { State = QueueState.Waiting, Lease = 0 };

    private bool Holds(QueueLease lease)
    {
        Span<byte> place = stackalloc byte[ExpiryKey.Bytes];
        lease.Key.Write(place);
        if (!_map.Exists || !_map.Reader.TryGet(place, out ReadOnlySpan<byte> bytes))
        {
            return false;
        }

        return QueueRecord.TryRead(bytes, out QueueRecord found) is { } problem
            ? throw LayeredReader.Corrupt(_map.Reader, place, problem)
            : found.State == QueueState.Leased && found.Lease == lease.Message.Lease;
    }

    private ExpiryKey Move(ExpiryKey place, QueueRecord message, long due)
    {
        Remove(place);
        ExpiryKey to = place with { Due = Math.Clamp(due, 0, ExpiryKey.LatestDue) };
        Add(to, message);
        return to;
    }

    private void Remove(ExpiryKey key)
    {
        Span<byte> place = stackalloc byte[ExpiryKey.Bytes];
        key.Write(place);
        _map.Writer.Delete(place);
    }
}

/// <summary>A message that a listener has, and where it lies now.</summary>
internal sealed record QueueLease(ExpiryKey Key, QueueRecord Message);
