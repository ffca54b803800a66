using System.Collections.Concurrent;
using System.Diagnostics;
using Quire.Storage;

namespace Quire.Benchmarks.Running;

/// <summary>
/// What one flush costs just now: the median of some overwrites of 4096 bytes, each synced.
/// </summary>
/// <remarks>
/// The cost of a flush can jump for minutes at a time, on virtual machines by a factor of fifty when
/// a halted processor wakes only at its next tick. So durable benchmarks probe it before and after
/// each iteration, and the table shows the least and the most that was seen beside each group of
/// rows that are compared (<see cref="FlushColumn"/>): where they lie far apart, measure again.
/// </remarks>
internal static class FlushProbe
{
    private const int Samples = 15;

    private static readonly ConcurrentDictionary<string, (double Least, double Most)> Seen = new();

    /// <summary>Probes in a directory, and notes the result for a group of benchmarks.</summary>
    public static void Note(string group, string directory)
    {
        double microseconds = Measure(directory);
        Seen.AddOrUpdate(
            group,
            (microseconds, microseconds),
            (_, seen) => (Math.Min(seen.Least, microseconds), Math.Max(seen.Most, microseconds)));
    }

    public static (double Least, double Most)? Find(string group) =>
        Seen.TryGetValue(group, out (double, double) seen) ? seen : null;

    private static double Measure(string directory)
    {
        byte[] block = new byte[4096];
        using OsFile file = OsFile.Open(
            Path.Combine(directory, "flush-probe"), FileOpenMode.OpenOrCreate);
        file.Write(0, block);
        file.Sync();
        double[] times = new double[Samples];
        for (int i = 0; i < Samples; i++)
        {
            long started = Stopwatch.GetTimestamp();
            file.Write(0, block);
            file.Sync();
            times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        Array.Sort(times);
        return times[Samples / 2];
    }
}
