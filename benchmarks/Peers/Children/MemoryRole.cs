using System.Diagnostics;
using Quire.Peers.Contenders;
using Quire.Peers.Running;
using Quire.Peers.Workloads;

namespace Quire.Peers.Children;

/// <summary>
/// Looks records up, changes some and scans all, with a cache that is much smaller than the file.
/// Says how many lookups it made per second, how many MiB the process had at most, and how many the
/// managed heap has left with the store still open.
/// </summary>
internal static class MemoryRole
{
    private const int Batch = 100;
    private const int Commits = 20;
    private const double Mebibyte = 1 << 20;

    /// <param name="contender">Whose store.</param>
    /// <param name="folder">Where it is.</param>
    /// <param name="numbers">How many records, bytes of cache, ms of lookups.</param>
    public static void Run(IContender contender, string folder, long[] numbers)
    {
        int records = (int)numbers[0];
        using IStore store = contender.Open(folder, (int)numbers[1]);
        var random = new Random(5);
        int[] batch = new int[Batch];
        WarmUp.Run(LookUps);
        double lookups = LookUps(TimeSpan.FromMilliseconds(numbers[2]));
        for (int i = 0; i < Commits; i++)
        {
            Choose();
            store.Commit(batch, i + 1);
        }

        if (contender.Kind != ContenderKind.Floor)
        {
            int scanned = store.Scan();
            Verification.Same("records", records, scanned);
        }

        double managed = GC.GetTotalMemory(forceFullCollection: true);
        using var self = Process.GetCurrentProcess();
        Lines.Write([lookups, self.PeakWorkingSet64 / Mebibyte, managed / Mebibyte]);

        double LookUps(TimeSpan duration) => Pace.PerSecond(duration, () =>
        {
            Choose();
            return store.LookUpEach(batch);
        });

        void Choose()
        {
            for (int i = 0; i < batch.Length; i++)
            {
                batch[i] = random.Next(records);
            }
        }
    }
}
