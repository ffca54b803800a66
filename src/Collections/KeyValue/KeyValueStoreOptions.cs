namespace Quire;

/// <summary>How a <see cref="KeyValueStore"/> works. A value: change it with <c>with</c>.</summary>
public sealed record KeyValueStoreOptions
{
    /// <summary>
    /// The store's name in the file: that of its first map. Its further maps begin with it and a
    /// slash.
    /// </summary>
    public string Map { get; init; } = Collections.StoreMaps.DefaultName;

    /// <summary>
    /// What says when entries expire; the system's clock by default. Versionstamps do not depend on
    /// it.
    /// </summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// How many expired entries each committed operation takes out besides its own changes; 0 for
    /// none.
    /// </summary>
    public int SweepBatch { get; init; } = 16;

    /// <summary>How long each call waits for locks; null for the option of the file.</summary>
    public TimeSpan? Timeout { get; init; }

    internal long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    internal UpdateOptions Update => new() { Timeout = Timeout };

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Map);
        ArgumentNullException.ThrowIfNull(Clock);
        ArgumentOutOfRangeException.ThrowIfNegative(SweepBatch);
    }
}
