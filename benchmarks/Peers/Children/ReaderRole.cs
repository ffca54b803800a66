using System.Diagnostics;
using Quire.Peers.Contenders;
using Quire.Peers.Running;
using Quire.Peers.Workloads;

namespace Quire.Peers.Children;

/// <summary>
/// W6: looks records up, each in a read transaction of its own, from when it is told to until it is
/// told to stop. Says in which millisecond of the system's clock it began; then how many lookups ended in each
/// millisecond from then on, and the longest of them, in ms.
/// </summary>
internal static class ReaderRole
{
    private const int Most = 120_000;

    /// <summary>The clock of <see cref="Stopwatch"/>, the same in all processes of Linux.</summary>
    public static double NowMilliseconds =>
        Stopwatch.GetTimestamp() * (1000.0 / Stopwatch.Frequency);

    public static void Run(IContender contender, string folder, int records)
    {
        using IStore store = contender.Open(folder);
        double[] counts = new double[Most];
        double[] longest = new double[Most];
        var random = new Random(6);
        int[] record = new int[1];
        WarmUp.Run(slice => Pace.PerSecond(slice, () =>
        {
            LookUp();
            return 1;
        }));
        Console.WriteLine("ready");
        if (Console.In.ReadLine() is null)
        {
            return;
        }

        bool isOver = false;
        var watch = new Thread(() =>
        {
            Console.In.ReadLine();
            Volatile.Write(ref isOver, true);
        })
        {
            IsBackground = true,
        };
        watch.Start();
        double began = Math.Floor(NowMilliseconds);
        double now = NowMilliseconds;
        int at = 0;
        while (!Volatile.Read(ref isOver) && at < Most)
        {
            LookUp();
            double before = now;
            now = NowMilliseconds;
            at = (int)(now - began);
            if (at < Most)
            {
                counts[at]++;
                longest[at] = Math.Max(longest[at], now - before);
            }
        }

        Lines.Write([began]);
        Lines.Write(counts.Take(at + 1));
        Lines.Write(longest.Take(at + 1));

        void LookUp()
        {
            record[0] = random.Next(records);
            if (store.LookUpEach(record) != 1)
            {
                throw new InvalidOperationException($"record {record[0]} was not found");
            }
        }
    }
}
