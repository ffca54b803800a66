using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W1 and W2: durable commits, one after the other, each replacing so many random records of
/// 100,000. The floor makes one overwrite and one sync for each commit. At the end each record has
/// the version that was committed last.
/// </summary>
internal sealed class CommitWorkload(string name, params int[] recordsPerCommit) : IWorkload
{
    public string Name => name;

    public bool HasFloor => true;

    public bool Syncs => true;

    public IWorkloadRun Prepare(Setting setting) => new Run(this, setting);

    private Measure MeasureOf(int records) => new(
        name,
        records == 1 ? "durable commits of 1 record" : $"durable commits of {records} records",
        "records/s",
        IsHigherBetter: true)
    {
        HasCommits = true,
    };

    private int[] Batches => recordsPerCommit;

    private sealed class Run : IWorkloadRun
    {
        private readonly CommitWorkload _workload;
        private readonly LoadedStore _loaded;
        private readonly TimeSpan _duration;
        private long _version;

        public Run(CommitWorkload workload, Setting setting)
        {
            _workload = workload;
            _duration = setting.Scale.Duration;
            _loaded = new LoadedStore(setting);
        }

        public void BecomeWarm() => WarmUp.Run(slice => _workload.Batches.Sum(batch =>
            Commits(new int[batch], slice / _workload.Batches.Length)));

        public IReadOnlyList<Measurement> MeasureRound() =>
        [
            .. _workload.Batches.Select(batch => new Measurement(
                _workload.MeasureOf(batch), Commits(new int[batch], _duration))),
        ];

        public void Verify() => _loaded.Verify();

        public void Dispose() => _loaded.Dispose();

        private double Commits(int[] records, TimeSpan duration) => Pace.PerSecond(
            duration,
            () =>
            {
                _loaded.Store.Commit(_loaded.Choose(records), ++_version);
                _loaded.Committed(records, _version);
                return records.Length;
            });
    }
}
