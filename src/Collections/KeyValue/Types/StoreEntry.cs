namespace Quire;

/// <summary>What the key-value store has under a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Versionstamp">The commit that set the value.</param>
public sealed record StoreEntry(StoreKey Key, StoreValue Value, Versionstamp Versionstamp)
{
    /// <summary>From when on the entry is no more; null when it stays.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
