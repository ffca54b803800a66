using Quire.Collections;

namespace Quire;

/// <summary>
/// Checks and changes that are one: when every check holds, every change is made, in order, under
/// one versionstamp; when one does not, or one change fails, nothing is.
/// </summary>
/// <remarks>
/// Put together by one caller at a time, and committed any number of times. Limits
/// (<see cref="StoreLimits"/>) are held as it is put together.
/// </remarks>
/// <example><code>
/// AtomicResult result = store.Atomic()
///     .Check(from.Key, from.Versionstamp)
///     .Set(from.Key, debited)
///     .Sum(["transfers"], 1)
///     .Commit();
/// </code></example>
public sealed partial class AtomicOperation
{
    private readonly KeyValueStore? _store;
    private readonly List<StoreCheck> _checks = [];
    private readonly List<StoreMutation> _mutations = [];
    private int _sizeBytes;

    /// <summary>An operation for <see cref="KeyValueWriter.Apply"/>.</summary>
    public AtomicOperation()
    {
    }

    internal AtomicOperation(KeyValueStore store) => _store = store;

    internal IReadOnlyList<StoreCheck> Checks => _checks;

    internal IReadOnlyList<StoreMutation> Mutations => _mutations;

    /// <summary>Demands that a key's entry has this stamp; null: that there is none.</summary>
    /// <exception cref="ArgumentException">A limit is passed.</exception>
    public AtomicOperation Check(StoreKey key, Versionstamp? versionstamp)
    {
        ThrowIfUnfit(key);
        ThrowIfFull("checks", _checks.Count, StoreLimits.Checks);
        Grow(key.EncodedLength);
        _checks.Add(new StoreCheck(key, versionstamp));
        return this;
    }

    /// <summary>Demands that an entry is what it was when it was read.</summary>
    /// <inheritdoc cref="Check(StoreKey, Versionstamp?)"/>
    public AtomicOperation Check(StoreEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Check(entry.Key, entry.Versionstamp);
    }

    /// <summary>Sets the entry of a key.</summary>
    /// <param name="key">
    /// Its last part may be <see cref="StoreKeyPart.CommitVersionstamp"/>.
    /// </param>
    /// <param name="value">The value.</param>
    /// <param name="expireIn">
    /// How long the entry is there, from the commit on, in whole milliseconds rounded up; null for
    /// ever, also when the key's entry has expired so far.
    /// </param>
    /// <exception cref="ArgumentException">A limit is passed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is zero or negative.</exception>
    public AtomicOperation Set(StoreKey key, StoreValue value, TimeSpan? expireIn = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        StoreLimits.Check(key);
        StoreLimits.Check(value);
        if (expireIn is { } time)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(
                time, TimeSpan.Zero, nameof(expireIn));
        }

        return Add(new SetMutation(key, value, expireIn));
    }

    /// <summary>Takes the entry of a key out, if there is one.</summary>
    /// <exception cref="ArgumentException">A limit is passed.</exception>
    public AtomicOperation Delete(StoreKey key)
    {
        ThrowIfUnfit(key);
        return Add(new DeleteMutation(key));
    }

    /// <summary>
    /// Adds to an unsigned integer of 64 bits, beyond the largest on from 0. The entry expires no
    /// more.
    /// </summary>
    /// <param name="key">The key. Without an entry the operand becomes its value.</param>
    /// <param name="operand">What to add.</param>
    /// <remarks>
    /// A commit where the entry is no such integer throws <see cref="StoreTypeException"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">A limit is passed.</exception>
    public AtomicOperation Sum(StoreKey key, ulong operand) =>
        Add(key, NumberOperation.Sum, operand);

    /// <summary>Lowers an unsigned integer of 64 bits to the operand, when it is above
    /// it.</summary>
    /// <inheritdoc cref="Sum"/>
    public AtomicOperation Min(StoreKey key, ulong operand) =>
        Add(key, NumberOperation.Min, operand);

    /// <summary>Raises an unsigned integer of 64 bits to the operand, when it is below
    /// it.</summary>
    /// <inheritdoc cref="Sum"/>
    public AtomicOperation Max(StoreKey key, ulong operand) =>
        Add(key, NumberOperation.Max, operand);

    /// <summary>Performs the operation in a durable transaction of its own.</summary>
    /// <param name="cancellation">Ends waits for locks; nothing was changed then.</param>
    /// <returns>Whether it was committed; a failed check is a result, not an exception.</returns>
    /// <exception cref="InvalidOperationException">
    /// It was not made by <see cref="KeyValueStore.Atomic"/>.
    /// </exception>
    /// <exception cref="StoreTypeException">
    /// A sum, minimum or maximum of something else than an unsigned integer. Nothing was changed.
    /// </exception>
    /// <exception cref="BusyException">Locks were not to be had in time.</exception>
    public AtomicResult Commit(CancellationToken cancellation = default) =>
        Store.Commit(this, cancellation);

    /// <summary>As <see cref="Commit"/>, without a thread that waits for locks.</summary>
    /// <inheritdoc cref="Commit"/>
    public ValueTask<AtomicResult> CommitAsync(CancellationToken cancellation = default) =>
        Store.CommitAsync(this, cancellation);

    private KeyValueStore Store => _store ?? throw new InvalidOperationException(
        "The operation belongs to no store; " +
        $"{nameof(KeyValueStore)}.{nameof(KeyValueStore.Atomic)} makes one that does.");

    internal AtomicOperation Add(StoreMutation mutation)
    {
        ThrowIfFull("mutations", _mutations.Count, StoreLimits.Mutations);
        Grow(mutation.SizeBytes);
        _mutations.Add(mutation);
        return this;
    }

    private AtomicOperation Add(StoreKey key, NumberOperation operation, ulong operand)
    {
        ThrowIfUnfit(key);
        return Add(new NumberMutation(key, operation, operand));
    }

    private static void ThrowIfUnfit(StoreKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        StoreLimits.Check(key);
        if (key.EndsWithCommitVersionstamp)
        {
            throw new ArgumentException(
                $"The key {key} has the place of a versionstamp, which only a key to set may have.",
                nameof(key));
        }
    }

    private static void ThrowIfFull(string what, int count, int limit)
    {
        if (count >= limit)
        {
            throw new ArgumentException(
                $"An atomic operation may have {limit} {what}; this would be number {count + 1}.");
        }
    }

    private void Grow(int bytes)
    {
        if (_sizeBytes + bytes > StoreLimits.OperationBytes)
        {
            throw new ArgumentException(
                "The keys and values of an atomic operation may have " +
                $"{StoreLimits.OperationBytes} bytes together; these would have " +
                $"{_sizeBytes + bytes}.");
        }

        _sizeBytes += bytes;
    }
}

/// <summary>What came of an <see cref="AtomicOperation"/>.</summary>
/// <param name="IsCommitted">Whether all checks held, so that everything was changed.</param>
/// <param name="FailedChecks">The indexes of all checks that did not hold.</param>
public sealed record AtomicResult(bool IsCommitted, IReadOnlyList<int> FailedChecks)
{
    /// <summary>The stamp of what was changed; zero unless committed.</summary>
    public Versionstamp Versionstamp { get; init; }

    /// <summary>
    /// For each change, in order: the new value of a sum, minimum or maximum; null for others.
    /// Empty unless committed.
    /// </summary>
    public IReadOnlyList<ulong?> Results { get; init; } = [];
}
