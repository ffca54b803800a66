using System.Runtime.CompilerServices;
using Quire.Collections;

namespace Quire;

/// <summary>
/// An ordered key-value store with versionstamps and atomic operations, in a page file that many
/// processes use. Its rules are those of Deno KV; docs/key-value.md says where they differ.
/// </summary>
/// <remarks>
/// <para>
/// Each call is a transaction of its own: a read sees one moment, a change is durable when the call
/// returns. For several at once, <see cref="In(WriteTransaction)"/> and
/// <see cref="In(ReadTransaction)"/>.
/// </para>
/// <para>
/// Threads may share one. It keeps nothing in memory, so any number may be made for one file, and
/// it need not be disposed. All calls may throw <see cref="BusyException"/> when locks are not to
/// be had in time, <see cref="CorruptFileException"/>, and what the file's transactions throw.
/// </para>
/// </remarks>
/// <example><code>
/// var store = new KeyValueStore(file);
/// store.Set(["users", "anna"], StoreValue.FromJsonText("""{"born":1986}"""));
/// StoreEntry? anna = store.Get(["users", "anna"]);
/// </code></example>
public sealed partial class KeyValueStore
{
    private const int SweepsPerTransaction = 1000;
    private const int StretchEntries = 100;

    private readonly PageFile _file;
    private readonly KeyValueStoreOptions _options;

    /// <summary>A store of a file; made in it by the first change.</summary>
    /// <exception cref="ArgumentException">No maps can have its name.</exception>
    public KeyValueStore(PageFile file, KeyValueStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        _options = options ?? new KeyValueStoreOptions();
        _options.Validate();

        TypedMap.ThrowIfTooLong(file, StoreMaps.All(_options.Map));
    }

    /// <summary>The file.</summary>
    public PageFile File => _file;

    /// <summary>How the store works.</summary>
    public KeyValueStoreOptions Options => _options;

    /// <summary>The store as a read transaction sees it.</summary>
    /// <exception cref="ArgumentException">It is a transaction of another file.</exception>
    public KeyValueReader In(ReadTransaction read)
    {
        CollectionFile.ThrowIfOther(_file.Engine, read.Engine, nameof(read));
        return new KeyValueReader(read, _options);
    }

    /// <summary>The store in a write transaction.</summary>
    /// <exception cref="ArgumentException">It is a transaction of another file.</exception>
    public KeyValueWriter In(WriteTransaction write)
    {
        CollectionFile.ThrowIfOther(_file.Engine, write.Engine, nameof(write));
        return new KeyValueWriter(write, _options);
    }

    /// <summary>The entry of a key; null when there is none.</summary>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    public StoreEntry? Get(StoreKey key, CancellationToken cancellation = default)
    {
        using ReadTransaction read = _file.BeginRead(_options.Timeout, cancellation);
        return In(read).Get(key);
    }

    /// <summary>As <see cref="Get"/>, without a thread that waits for locks.</summary>
    /// <inheritdoc cref="Get"/>
    public async ValueTask<StoreEntry?> GetAsync(
        StoreKey key, CancellationToken cancellation = default)
    {
        using ReadTransaction read = await _file.BeginReadAsync(_options.Timeout, cancellation)
            .ConfigureAwait(false);
        return In(read).Get(key);
    }

    /// <summary>The entries of several keys at one moment, in the order of the keys.</summary>
    /// <exception cref="ArgumentException">A key is too long.</exception>
    public IReadOnlyList<StoreEntry?> GetMany(
        IEnumerable<StoreKey> keys, CancellationToken cancellation = default)
    {
        using ReadTransaction read = _file.BeginRead(_options.Timeout, cancellation);
        return In(read).GetMany(keys);
    }

    /// <summary>As <see cref="GetMany"/>, without a thread that waits for locks.</summary>
    /// <inheritdoc cref="GetMany"/>
    public async ValueTask<IReadOnlyList<StoreEntry?>> GetManyAsync(
        IEnumerable<StoreKey> keys, CancellationToken cancellation = default)
    {
        using ReadTransaction read = await _file.BeginReadAsync(_options.Timeout, cancellation)
            .ConfigureAwait(false);
        return In(read).GetMany(keys);
    }

    /// <summary>The entries of a selection at one moment, all in memory.</summary>
    /// <exception cref="FormatException">The cursor is none.</exception>
    /// <exception cref="ArgumentException">The cursor is of another selection.</exception>
    public StorePage List(
        StoreSelector selector,
        StoreListOptions? options = null,
        CancellationToken cancellation = default)
    {
        using ReadTransaction read = _file.BeginRead(_options.Timeout, cancellation);
        return In(read).List(selector, options);
    }

    /// <summary>
    /// The entries of a selection, in stretches: each stretch is one moment, and commits come in
    /// between. No entry comes twice, and none is left out that is there all the time.
    /// </summary>
    /// <exception cref="FormatException">The cursor is none.</exception>
    /// <exception cref="ArgumentException">The cursor is of another selection.</exception>
    public async IAsyncEnumerable<StoreEntry> ListAsync(
        StoreSelector selector,
        StoreListOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        options ??= new StoreListOptions();
        int left = options.Limit ?? int.MaxValue;
        do
        {
            options = options with { Limit = Math.Min(left, StretchEntries) };
            StorePage page;
            using (ReadTransaction read = await _file.BeginReadAsync(
                _options.Timeout, cancellation).ConfigureAwait(false))
            {
                page = In(read).List(selector, options);
            }

            foreach (StoreEntry entry in page)
            {
                yield return entry;
            }

            left -= page.Count;
            options = options with { Cursor = page.Cursor };
        }
        while (left > 0 && options.Cursor is not null);
    }

    /// <summary>Sets the entry of a key.</summary>
    /// <returns>Its stamp.</returns>
    /// <inheritdoc cref="AtomicOperation.Set"/>
    public Versionstamp Set(
        StoreKey key,
        StoreValue value,
        TimeSpan? expireIn = null,
        CancellationToken cancellation = default) =>
        Commit(new AtomicOperation().Set(key, value, expireIn), cancellation).Versionstamp;

    /// <summary>As <see cref="Set"/>, without a thread that waits for locks.</summary>
    /// <inheritdoc cref="Set"/>
    public async ValueTask<Versionstamp> SetAsync(
        StoreKey key,
        StoreValue value,
        TimeSpan? expireIn = null,
        CancellationToken cancellation = default)
    {
        AtomicOperation operation = new AtomicOperation().Set(key, value, expireIn);
        return (await CommitAsync(operation, cancellation).ConfigureAwait(false)).Versionstamp;
    }

    /// <summary>Takes the entry of a key out.</summary>
    /// <returns>Whether there was one; when not, nothing is committed.</returns>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    public bool Delete(StoreKey key, CancellationToken cancellation = default) =>
        _file.Update(write => In(write).Delete(key), _options.Update, cancellation);

    /// <summary>As <see cref="Delete"/>, without a thread that waits for locks.</summary>
    /// <inheritdoc cref="Delete"/>
    public ValueTask<bool> DeleteAsync(StoreKey key, CancellationToken cancellation = default) =>
        _file.UpdateAsync(
            (write, _) => ValueTask.FromResult(In(write).Delete(key)),
            _options.Update,
            cancellation);

    /// <summary>An operation to put together and to commit.</summary>
    public AtomicOperation Atomic() => new(this);

    /// <summary>
    /// Takes all entries out that have expired, in transactions of 1000. Not needed: reads do not
    /// see them, and other operations take them out along the way (<see
    /// cref="KeyValueStoreOptions.SweepBatch"/>).
    /// </summary>
    /// <returns>How many.</returns>
    public long SweepExpired(CancellationToken cancellation = default)
    {
        long swept = 0;
        int last;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            last = _file.Update(
                write => In(write).SweepExpired(SweepsPerTransaction),
                _options.Update,
                cancellation);
            swept += last;
        }
        while (last == SweepsPerTransaction);
        return swept;
    }

    internal AtomicResult Commit(AtomicOperation operation, CancellationToken cancellation) =>
        _file.Update(
            write => In(write).ApplyWhole(operation), _options.Update, cancellation);

    internal ValueTask<AtomicResult> CommitAsync(
        AtomicOperation operation, CancellationToken cancellation) => _file.UpdateAsync(
            (write, _) => ValueTask.FromResult(In(write).ApplyWhole(operation)),
            _options.Update,
            cancellation);
}
