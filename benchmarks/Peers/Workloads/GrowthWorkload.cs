using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// What a durable commit of one record and a lookup in a transaction of its own cost as the store
/// grows. One workload for each size, since all contenders' files are there at once.
/// </summary>
internal sealed class GrowthWorkload(int records) : IWorkload
{
    public const string Growth = "growth";

    private const int Batch = 100;

    private readonly Measure _commits =
        new(Growth, "durable commits of 1 record", "records/s", IsHigherBetter: true)
        {
            HasCommits = true,
            Along = "records",
            At = records,
        };

    private readonly Measure _lookUps =
        new(Growth, "a read transaction for each lookup", "lookups/s", IsHigherBetter: true)
        {
            Along = "records",
            At = records,
        };

    public string Name => Growth;

    public bool HasFloor => true;

    public bool Syncs => true;

    public bool IsIn(Scale scale) => records <= scale.GrowthRecords;

    public IWorkloadRun Prepare(Setting setting) => new Run(this, records, setting);

    private sealed class Run : IWorkloadRun
    {
        private readonly GrowthWorkload _workload;
        private readonly LoadedStore _loaded;
        private readonly TimeSpan _duration;
        private readonly bool _isFloor;
        private readonly int[] _record = new int[1];
        private readonly int[] _records = new int[Batch];
        private long _version;

        public Run(GrowthWorkload workload, int records, Setting setting)
        {
            _workload = workload;
            _duration = setting.Scale.Duration;
            _isFloor = setting.Contender.Kind == ContenderKind.Floor;
            _loaded = new LoadedStore(setting, records);
        }

        public void BecomeWarm() => WarmUp.Run(slice =>
            Commits(slice / 2) + (_isFloor ? 0 : LookUps(slice / 2)));

        /// <summary>The floor has no records to look up.</summary>
        public IReadOnlyList<Measurement> MeasureRound() => _isFloor
            ? [new(_workload._commits, Commits(_duration))]
            :
            [
                new(_workload._commits, Commits(_duration)),
                new(_workload._lookUps, LookUps(_duration)),
            ];

        public void Verify() => _loaded.Verify();

        public void Dispose() => _loaded.Dispose();

        private double Commits(TimeSpan duration) => Pace.PerSecond(duration, () =>
        {
            _loaded.Store.Commit(_loaded.Choose(_record), ++_version);
            _loaded.Committed(_record, _version);
            return 1;
        });

        private double LookUps(TimeSpan duration) => Pace.PerSecond(duration, () =>
            _loaded.Store.LookUpEach(_loaded.Choose(_records)));
    }
}
