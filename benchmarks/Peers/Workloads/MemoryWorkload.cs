using Quire.Peers.Children;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// A file much larger than the cache: random lookups, commits and a scan in a process of their own,
/// and the memory that it took. The floor is the runtime with nothing in it. What LMDB maps of its
/// file counts as working set although the system may take it back.
/// </summary>
internal sealed class MemoryWorkload : IWorkload
{
    private const string Workload = "memory";

    private static readonly Measure LookUps =
        new(Workload, "lookups, file larger than the cache", "lookups/s", IsHigherBetter: true);

    private static readonly Measure Peak =
        new(Workload, "peak working set", "MiB", IsHigherBetter: false);

    private static readonly Measure Managed =
        new(Workload, "managed heap, store open", "MiB", IsHigherBetter: false);

    private static readonly Measure Size =
        new(Workload, "size of the main file", "MiB", IsHigherBetter: false);

    public string Name => Workload;

    public bool HasFloor => true;

    public bool Syncs => false;

    public int RoundsOf(Scale scale) => Math.Min(scale.Rounds, scale.ProcessRounds);

    public IWorkloadRun Prepare(Setting setting) => new Run(setting);

    private sealed class Run : IWorkloadRun
    {
        private readonly Setting _setting;

        public Run(Setting setting)
        {
            _setting = setting;
            using IStore store = setting.Contender.Open(setting.Folder);
            store.Load(setting.Scale.MemoryRecords);
        }

        public IReadOnlyList<Measurement> MeasureRound()
        {
            Scale scale = _setting.Scale;
            using var child = new ChildProcess(
                ChildProgram.Memory,
                _setting,
                scale.MemoryRecords,
                scale.SmallCacheBytes,
                (long)scale.Duration.TotalMilliseconds);
            double[] numbers = child.ReadNumbers();
            if (_setting.Contender.Kind == ContenderKind.Floor)
            {
                return [new(Peak, numbers[1]), new(Managed, numbers[2])];
            }

            string file = Path.Combine(_setting.Folder, _setting.Contender.MainFile);
            double mebibytes = new FileInfo(file).Length / (1024.0 * 1024.0);
            return
            [
                new(LookUps, numbers[0]),
                new(Peak, numbers[1]),
                new(Managed, numbers[2]),
                new(Size, mebibytes),
            ];
        }

        public void Dispose()
        {
        }
    }
}
