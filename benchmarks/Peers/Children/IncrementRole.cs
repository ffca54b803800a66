using System.Diagnostics;
using System.Globalization;
using Quire.Peers.Contenders;
using Quire.Peers.Running;
using Quire.Peers.Workloads;

namespace Quire.Peers.Children;

/// <summary>
/// W5: each line that it is told is either <see cref="WarmUps"/>, and it says every number that it
/// got meanwhile; or how often to count up, once a second line says so. Then it says how many ms all
/// took and how many the longest, and every number. The store is open from the first line to the
/// answer, so that one process can take part in several cases.
/// </summary>
internal static class IncrementRole
{
    public const string WarmUps = "warm up";

    /// <summary>So that the cache has what was counted last.</summary>
    private const int First = 4;

    public static void Run(IContender contender, string folder)
    {
        while (Console.In.ReadLine() is { } told)
        {
            List<double> numbers = [];
            double[] times = [];
            using (IStore store = contender.Open(folder))
            {
                if (told == WarmUps)
                {
                    WarmUp.Run(slice => Pace.PerSecond(slice, () => Count(store, numbers, 1)));
                }
                else
                {
                    int count = int.Parse(told, CultureInfo.InvariantCulture);
                    numbers.EnsureCapacity(First + count);
                    Count(store, numbers, First);
                    Console.WriteLine("ready");
                    if (Console.In.ReadLine() is null)
                    {
                        return;
                    }

                    times = Time(store, numbers, count);
                }
            }

            if (times.Length > 0)
            {
                Lines.Write(times);
            }

            Lines.Write(numbers);
        }
    }

    private static int Count(IStore store, List<double> numbers, int count)
    {
        for (int i = 0; i < count; i++)
        {
            numbers.Add(store.Increment());
        }

        return count;
    }

    private static double[] Time(IStore store, List<double> numbers, int count)
    {
        long started = Stopwatch.GetTimestamp();
        TimeSpan longest = TimeSpan.Zero;
        for (int i = 0; i < count; i++)
        {
            long one = Stopwatch.GetTimestamp();
            numbers.Add(store.Increment());
            TimeSpan elapsed = Stopwatch.GetElapsedTime(one);
            longest = elapsed > longest ? elapsed : longest;
        }

        return [Stopwatch.GetElapsedTime(started).TotalMilliseconds, longest.TotalMilliseconds];
    }
}
