using System.Diagnostics;
using Quire.Peers.Contenders;

namespace Quire.Peers.Running;

/// <summary>
/// What one flush costs just now. On virtual machines that jumps for minutes at a time, when a
/// halted processor wakes only at its next tick; what was measured in such a time is measured
/// again.
/// </summary>
internal sealed class FlushProbe : IDisposable
{
    private const int Samples = 9;

    /// <summary>
    /// A moment is quiet when a flush costs at most this times the least ever seen.
    /// </summary>
    private const double Quiet = 2.5;

    private readonly IStore _floor;
    private readonly double[] _times = new double[Samples];
    private double _least = double.MaxValue;

    public FlushProbe(string folder)
    {
        Directory.CreateDirectory(folder);
        _floor = new FloorContender().Open(folder);
    }

    /// <summary>The least and the most that a probe has found, in microseconds.</summary>
    public (double Least, double Most) Seen { get; private set; } = (double.MaxValue, 0);

    /// <summary>Probes once.</summary>
    public bool IsQuiet()
    {
        for (int i = 0; i < Samples; i++)
        {
            long started = Stopwatch.GetTimestamp();
            _floor.Commit([], i);
            _times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        double median = Statistics.Median(_times);
        _least = Math.Min(_least, median);
        Seen = (Math.Min(Seen.Least, median), Math.Max(Seen.Most, median));
        return median <= Quiet * _least;
    }

    public void Dispose() => _floor.Dispose();
}
