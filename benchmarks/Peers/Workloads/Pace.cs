using System.Diagnostics;

namespace Quire.Peers.Workloads;

/// <summary>How fast something goes when it is done again and again for a while.</summary>
internal static class Pace
{
    /// <param name="duration">How long.</param>
    /// <param name="step">Does it, and says how many.</param>
    /// <returns>How many per second.</returns>
    public static double PerSecond(TimeSpan duration, Func<long> step)
    {
        long count = 0;
        long started = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            count += step();
            elapsed = Stopwatch.GetElapsedTime(started);
        }
        while (elapsed < duration);

        return count / elapsed.TotalSeconds;
    }
}
