using System.Globalization;

namespace Quire;

/// <summary>What a message in a queue may ask for. The limits are those of Deno KV.</summary>
public static class QueueLimits
{
    /// <summary>How many keys may be set when a message could not be delivered.</summary>
    public const int KeysIfUndelivered = 10;

    /// <summary>How many times delivery may be tried again.</summary>
    public const int BackoffIntervals = 5;

    /// <summary>How long after its commit a message may be due at most.</summary>
    public static TimeSpan Delay { get; } = TimeSpan.FromDays(30);

    /// <summary>How long may be waited between two attempts at most.</summary>
    public static TimeSpan BackoffInterval { get; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The waits after the first, second, ... failure when a message does not say: 100 ms, 1 s, 5 s,
    /// 30 s, 60 s.
    /// </summary>
    public static IReadOnlyList<TimeSpan> DefaultBackoff { get; } =
    [
        TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60),
    ];

    /// <exception cref="ArgumentOutOfRangeException">Negative, or longer than the limit.</exception>
    internal static void Check(TimeSpan time, TimeSpan limit, string what, string parameter)
    {
        if (time < TimeSpan.Zero || time > limit)
        {
            throw new ArgumentOutOfRangeException(
                parameter,
                time,
                $"{what} may be from 0 to {Milliseconds(limit)} ms; this is {Milliseconds(time)} ms.");
        }
    }

    /// <exception cref="ArgumentException">More than the limit.</exception>
    internal static void Check(int count, int limit, string what, string parameter)
    {
        if (count > limit)
        {
            throw new ArgumentException(
                $"A message may have {limit} {what}; this one has {count}.", parameter);
        }
    }

    private static string Milliseconds(TimeSpan time) =>
        time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
}
