using System.Diagnostics;
using Quire.Peers.Contenders;

namespace Quire.Peers.Children;

/// <summary>
/// W5: counts up so many times, once it is told to. Says how many ms all took and how many the
/// longest, and then every number that it got.
/// </summary>
internal static class IncrementRole
{
    public const int WarmUps = 4;

    public static void Run(IContender contender, string folder, int count)
    {
        using IStore store = contender.Open(folder);
        double[] numbers = new double[WarmUps + count];
        for (int i = 0; i < WarmUps; i++)
        {
            numbers[i] = store.Increment();
        }

        Console.WriteLine("ready");
        if (Console.In.ReadLine() is null)
        {
            return;
        }

        long started = Stopwatch.GetTimestamp();
        TimeSpan longest = TimeSpan.Zero;
        for (int i = 0; i < count; i++)
        {
            long one = Stopwatch.GetTimestamp();
            numbers[WarmUps + i] = store.Increment();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(one);
            longest = elapsed > longest ? elapsed : longest;
        }

        double all = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Lines.Write([all, longest.TotalMilliseconds]);
        Lines.Write(numbers);
    }
}
