namespace Quire.Locking;

/// <summary>For how long, and for how many entries, one look at the gate is good.</summary>
/// <remarks>
/// A look costs a system call, a quarter of those of a read transaction. The gate is there so that
/// readers which follow each other for ever do not starve a writer, and for that it need not be
/// looked at by each of them: it is enough that those who rely on an old look soon come to an end.
/// A writer that has closed the gate waits longer by at most <see cref="Lasts"/>. Time alone would
/// do where time passes; the number is for clocks that stand still, as a simulator's.
/// </remarks>
/// <param name="Clock">What measures; null when every entry looks.</param>
/// <param name="LastsTicks">How long a look lasts, in ticks of the clock.</param>
/// <param name="Serves">One more than the number of entries after the one that looked.</param>
internal readonly record struct GateLook(TimeProvider? Clock, long LastsTicks, int Serves)
{
    /// <summary>
    /// About what ten read transactions take, and a quarter of the cheapest commit.
    /// </summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromMicroseconds(20);

    private const int MostEntries = 16;

    /// <summary>Every entry looks.</summary>
    public static GateLook EachTime => default;

    /// <summary>The bounds, measured with a clock.</summary>
    public static GateLook MeasuredWith(TimeProvider clock) =>
        new(clock, (long)(Lasts.TotalSeconds * clock.TimestampFrequency), MostEntries);

    public long Now() => Clock is null ? 0 : Clock.GetTimestamp();
}
