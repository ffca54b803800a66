using System.Diagnostics;
using System.Runtime;

namespace Quire.Peers.Running;

/// <summary>
/// What comes before the first measured turn, the same for all contenders. .NET compiles what it
/// runs in haste first, and for speed when it was called often and some time has passed; and caches
/// fill. So the work of the turn is done in slices, until one of them is hardly faster than the
/// best before it and next to nothing was compiled in the last three.
/// </summary>
internal static class WarmUp
{
    /// <summary>A slice that is faster by more than this is not the last one.</summary>
    private const double Growth = 1.05;

    /// <summary>Some few methods are always compiled, for what runs seldom.</summary>
    private const int Stragglers = 4;

    /// <summary>
    /// So many slices in which no more was compiled are well over the 100 ms in which the runtime
    /// wants nothing new to compile in haste before it begins to count calls.
    /// </summary>
    private const int QuietSlices = 3;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(60);

    /// <summary>No slice begins after this.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(1500);

    /// <param name="slice">Does the work for so long; returns how fast, in any unit.</param>
    public static void Run(Func<TimeSpan, double> slice)
    {
        long started = Stopwatch.GetTimestamp();
        double best = 0;
        int quiet = 0;
        bool isWarm = false;
        while (!isWarm && Stopwatch.GetElapsedTime(started) < Limit)
        {
            long before = JitInfo.GetCompiledMethodCount();
            double rate = slice(Slice);
            bool isQuiet = JitInfo.GetCompiledMethodCount() - before <= Stragglers;
            quiet = isQuiet ? quiet + 1 : 0;
            isWarm = rate <= best * Growth && quiet >= QuietSlices;
            best = Math.Max(best, rate);
        }
    }
}
