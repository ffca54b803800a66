namespace Quire;

/// <summary>Which entries a list has: those that continue a key, or those between two
/// keys.</summary>
/// <remarks>Immutable. Made by its static members only.</remarks>
public sealed class StoreSelector
{
    private StoreSelector(byte[] lower, byte[]? upper)
    {
        Lower = lower;
        Upper = upper;
    }

    /// <summary>All entries.</summary>
    public static StoreSelector All { get; } = new([], null);

    /// <summary>The first key, or bytes that no key has before it.</summary>
    internal byte[] Lower { get; }

    /// <summary>Where it ends, itself left out; null for nowhere.</summary>
    internal byte[]? Upper { get; }

    /// <summary>The entries whose keys continue this one by a part or more, itself left
    /// out.</summary>
    /// <param name="prefix">What their keys begin with.</param>
    public static StoreSelector WithPrefix(StoreKey prefix)
    {
        ThrowIfUnfit(prefix, nameof(prefix));
        return new StoreSelector(prefix.FirstContinuation(), prefix.EndOfContinuations());
    }

    /// <summary>Those of <see cref="WithPrefix"/> from a key on, itself included.</summary>
    /// <param name="prefix">What their keys begin with.</param>
    /// <param name="start">The lowest of them, which must continue the prefix.</param>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static StoreSelector WithPrefixFrom(StoreKey prefix, StoreKey start)
    {
        ThrowIfUnfit(prefix, nameof(prefix));
        ThrowIfOutside(prefix, start, nameof(start));
        return new StoreSelector(start.Encoded.ToArray(), prefix.EndOfContinuations());
    }

    /// <summary>Those of <see cref="WithPrefix"/> below a key, itself left out.</summary>
    /// <param name="prefix">What their keys begin with.</param>
    /// <param name="end">The key behind them, which must continue the prefix.</param>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static StoreSelector WithPrefixBelow(StoreKey prefix, StoreKey end)
    {
        ThrowIfUnfit(prefix, nameof(prefix));
        ThrowIfOutside(prefix, end, nameof(end));
        return new StoreSelector(prefix.FirstContinuation(), end.Encoded.ToArray());
    }

    /// <summary>The entries from a key on, itself included, to another, itself left out.</summary>
    /// <exception cref="ArgumentException">The end is below the start.</exception>
    public static StoreSelector Between(StoreKey start, StoreKey end)
    {
        ThrowIfUnfit(start, nameof(start));
        ThrowIfUnfit(end, nameof(end));
        return start <= end
            ? new StoreSelector(start.Encoded.ToArray(), end.Encoded.ToArray())
            : throw new ArgumentException(
                $"The start {start} is above the end {end}.", nameof(start));
    }

    internal bool Holds(ReadOnlySpan<byte> key) =>
        key.SequenceCompareTo(Lower) >= 0
        && (Upper is null || key.SequenceCompareTo(Upper) < 0);

    private static void ThrowIfUnfit(StoreKey key, string parameter)
    {
        ArgumentNullException.ThrowIfNull(key, parameter);
        if (key.EndsWithCommitVersionstamp)
        {
            throw new ArgumentException(
                $"The key {key} has the place of a versionstamp, which only a key to set may have.",
                parameter);
        }
    }

    private static void ThrowIfOutside(StoreKey prefix, StoreKey key, string parameter)
    {
        ThrowIfUnfit(key, parameter);
        if (!prefix.IsContinuedBy(key))
        {
            throw new ArgumentException(
                $"The {parameter} {key} does not continue the prefix {prefix}.", parameter);
        }
    }
}

/// <summary>How much of a selection a list has, and in which order.</summary>
public sealed record StoreListOptions
{
    private readonly int? _limit;

    /// <summary>How many entries at most; null for all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">0 or less.</exception>
    public int? Limit
    {
        get => _limit;
        init
        {
            if (value is { } limit)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1, nameof(Limit));
            }

            _limit = value;
        }
    }

    /// <summary>Whether the highest key comes first.</summary>
    public bool IsReversed { get; init; }

    /// <summary>
    /// Where an earlier list with the same selector and direction has stopped
    /// (<see cref="StorePage.Cursor"/>); null to begin.
    /// </summary>
    public string? Cursor { get; init; }
}
