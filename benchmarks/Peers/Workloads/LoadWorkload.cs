using System.Diagnostics;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W4: a new file, all records in order in one durable transaction, then a scan of all of them,
/// then the size of the file once it is closed.
/// </summary>
internal sealed class LoadWorkload : IWorkload
{
    private const int Scans = 3;

    private static readonly Measure Load =
        new("W4", "bulk load in order, one commit", "records/s", IsHigherBetter: true)
        {
            HasCommits = true,
        };

    private static readonly Measure Scan =
        new("W4", "scan of all records", "records/s", IsHigherBetter: true);

    private static readonly Measure Size =
        new("W4", "size of the main file, closed", "MiB", IsHigherBetter: false);

    public string Name => "W4";

    public bool HasFloor => false;

    public bool Syncs => true;

    public IWorkloadRun Prepare(Setting setting) => new Run(setting);

    private sealed class Run(Setting setting) : IWorkloadRun
    {
        /// <summary>With a tenth of the records that other workloads have: a slice is short.</summary>
        public void BecomeWarm() => WarmUp.Run(slice => Pace.PerSecond(slice, () =>
        {
            using IStore store = OpenEmpty();
            store.Load(setting.Scale.Records / 10);
            return store.Scan();
        }));

        public IReadOnlyList<Measurement> MeasureRound()
        {
            int count = setting.Scale.LoadRecords;
            double load;
            double scan;
            using (IStore store = OpenEmpty())
            {
                long started = Stopwatch.GetTimestamp();
                store.Load(count);
                load = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
                scan = Statistics.Median(
                    [.. Enumerable.Range(0, Scans).Select(_ => OneScan(store))]);
            }

            string file = Path.Combine(setting.Folder, setting.Contender.MainFile);
            double mebibytes = new FileInfo(file).Length / (1024.0 * 1024.0);
            return [new(Load, load), new(Scan, scan), new(Size, mebibytes)];
        }

        public void Dispose()
        {
        }

        private IStore OpenEmpty()
        {
            Directory.Delete(setting.Folder, recursive: true);
            Directory.CreateDirectory(setting.Folder);
            return setting.Contender.Open(setting.Folder);
        }

        private double OneScan(IStore store)
        {
            long started = Stopwatch.GetTimestamp();
            int count = store.Scan();
            double perSecond = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
            Verification.Same("records scanned", setting.Scale.LoadRecords, count);
            return perSecond;
        }
    }
}
