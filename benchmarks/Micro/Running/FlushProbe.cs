using System.Collections.Concurrent;
using System.Diagnostics;
using Quire.Storage;

namespace Quire.Benchmarks.Running;

/// <summary>
/// What one flush costs just now: the median of some overwrites of 4096 bytes, each synced.
/// </summary>
/// <remarks>
/// The cost of a flush can jump for minutes at a time, on virtual machines by a factor of fifty
/// when a halted processor wakes only at its next tick. So durable benchmarks wait for a quiet
/// moment before each iteration and probe again after it. The table shows the least and the most
/// that was found beside each group of rows that are compared (<see cref="FlushColumn"/>): where
/// the two lie far apart, measure again.
/// </remarks>
internal static class FlushProbe
{
    private const int Samples = 15;

    /// <summary>
    /// A moment is quiet when a flush costs at most this times the least ever seen.
    /// </summary>
    private const double Quiet = 1.5;

    /// <summary>
    /// After so many probes that found it busy, a benchmark goes on all the same.
    /// </summary>
    private const int Patience = 100;

    private static readonly ConcurrentDictionary<string, (double Least, double Most)> Seen = new();
    private static double _least = double.MaxValue;

    /// <summary>Probes until the disk is quiet, and notes the last result.</summary>
    public static void WaitForQuiet(string group, string directory)
    {
        double microseconds = Measure(directory);
        for (int i = 1; i < Patience && microseconds > Quiet * _least; i++)
        {
            microseconds = Measure(directory);
        }

        Note(group, microseconds);
    }

    /// <summary>Probes once, and notes the result.</summary>
    public static void Probe(string group, string directory) => Note(group, Measure(directory));

    public static (double Least, double Most)? Find(string group) =>
        Seen.TryGetValue(group, out (double, double) seen) ? seen : null;

    private static void Note(string group, double microseconds) => Seen.AddOrUpdate(
        group,
        (microseconds, microseconds),
        (_, seen) => (Math.Min(seen.Least, microseconds), Math.Max(seen.Most, microseconds)));

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
        double median = times[Samples / 2];
        _least = Math.Min(_least, median);
        return median;
    }
}
