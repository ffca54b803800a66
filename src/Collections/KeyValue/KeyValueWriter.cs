using Quire.Collections;

namespace Quire;

/// <summary>
/// A key-value store in a write transaction: several operations, and changes of other collections,
/// are one commit. Reads see the transaction's changes.
/// </summary>
/// <remarks>
/// <para>
/// Each operation has a stamp of its own, with its order in the commit; stamps hold once the
/// transaction is committed, and were never given out if it is not. An operation that fails,
/// whether by a check or by an exception, leaves the transaction as it was before.
/// </para>
/// <para>
/// Belongs to one caller at a time, as its transaction does, and not to an optimistic one, which
/// does not know its number. Every method may throw <see cref="CorruptFileException"/>, and
/// <see cref="ObjectDisposedException"/> once the transaction has ended.
/// </para>
/// </remarks>
public sealed class KeyValueWriter
{
    private readonly WriteTransaction _write;
    private readonly KeyValueStoreOptions _options;

    internal KeyValueWriter(WriteTransaction write, KeyValueStoreOptions options)
    {
        _write = write;
        _options = options;
    }

    private StoreView View => StoreView.Of(_write, _options.Map, _options.Now);

    /// <inheritdoc cref="KeyValueReader.Get"/>
    public StoreEntry? Get(StoreKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return View.Get(key);
    }

    /// <inheritdoc cref="KeyValueReader.GetMany"/>
    public IReadOnlyList<StoreEntry?> GetMany(IEnumerable<StoreKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        StoreView view = View;
        return [.. keys.Select(view.Get)];
    }

    /// <inheritdoc cref="KeyValueReader.List"/>
    public StorePage List(StoreSelector selector, StoreListOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return View.List(selector, options ?? new StoreListOptions());
    }

    /// <summary>Sets the entry of a key.</summary>
    /// <returns>Its stamp, once the transaction is committed.</returns>
    /// <inheritdoc cref="AtomicOperation.Set"/>
    public Versionstamp Set(StoreKey key, StoreValue value, TimeSpan? expireIn = null) =>
        Apply(new AtomicOperation().Set(key, value, expireIn)).Versionstamp;

    /// <summary>Takes the entry of a key out.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Delete(StoreKey key)
    {
        AtomicOperation operation = new AtomicOperation().Delete(key);
        return View.StampOf(key) is not null && Apply(operation).IsCommitted;
    }

    /// <summary>Performs an operation; it is durable when the transaction is committed.</summary>
    /// <exception cref="InvalidOperationException">
    /// The transaction is optimistic, or has had 65,536 operations.
    /// </exception>
    /// <exception cref="StoreTypeException">
    /// A sum, minimum or maximum of something else than an unsigned integer. The transaction is as
    /// it was before, and may go on.
    /// </exception>
    /// <exception cref="StaleReadException">
    /// Deferred: somebody has committed since the first read; the transaction is rolled back.
    /// </exception>
    public AtomicResult Apply(AtomicOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        using Savepoint savepoint = _write.CreateSavepoint();
        AtomicResult result = ApplyWhole(operation);
        savepoint.Release();
        return result;
    }

    /// <summary>Takes expired entries out, which reads do not see any more.</summary>
    /// <param name="most">How many at most.</param>
    /// <returns>How many there were.</returns>
    public int SweepExpired(int most = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        var expiry = new LazyMap(_write, StoreMaps.Expiry(_options.Map));
        if (!expiry.Exists)
        {
            return 0;
        }

        using Savepoint savepoint = _write.CreateSavepoint();
        StoreMeta? meta = StoreMeta.TryRead(
            StoreMaps.Meta(_options.Map).In(_write).AsReader(), _write.Engine);
        var entries = new LayeredWriter(
            StoreMaps.Entries(_options.Map).In(_write),
            new LazyMap(_write, StoreMaps.Layers(_options.Map)),
            meta?.Cut ?? StoreMeta.CutOf(_write.Engine.PageSize));
        int swept = StoreSweep.Run(entries, expiry, _options.Now, most);
        savepoint.Release();
        return swept;
    }

    /// <summary>
    /// Performs an operation in a transaction that ends with it: what it leaves when it fails is
    /// rolled back with the transaction.
    /// </summary>
    internal AtomicResult ApplyWhole(AtomicOperation operation)
    {
        long now = _options.Now;
        int[] failed = FailedChecks(operation, now);
        if (failed.Length > 0)
        {
            return new AtomicResult(false, failed);
        }

        StoreSession session = StoreSession.Begin(_write, _options.Map, now);
        var results = new ulong?[operation.Mutations.Count];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = operation.Mutations[i].Apply(session);
        }

        session.Sweep(_options.SweepBatch);
        session.Complete();
        return new AtomicResult(true, [])
        {
            Versionstamp = session.Stamp,
            Results = results,
        };
    }

    /// <summary>All checks are looked at before anything is changed, and all that fail are
    /// told.</summary>
    private int[] FailedChecks(AtomicOperation operation, long now)
    {
        if (operation.Checks.Count == 0)
        {
            return [];
        }

        StoreView view = StoreView.Of(_write, _options.Map, now);
        return
        [
            .. Enumerable.Range(0, operation.Checks.Count).Where(
                i => view.StampOf(operation.Checks[i].Key) != operation.Checks[i].Versionstamp),
        ];
    }
}
