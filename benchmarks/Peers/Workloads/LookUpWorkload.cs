using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W3a and W3b: random lookups among 100,000 records, all in the cache, with a read transaction for
/// each, or a thousand in one. Whatever another process commits meanwhile is seen by the first.
/// </summary>
internal sealed class LookUpWorkload(string name, bool isEachATransaction) : IWorkload
{
    private const int Batch = 1000;

    public string Name => name;

    public bool HasFloor => false;

    public bool Syncs => false;

    private Measure Measure { get; } = new(
        name,
        isEachATransaction ? "a read transaction for each lookup" : "lookups in one transaction",
        "lookups/s",
        IsHigherBetter: true);

    public IWorkloadRun Prepare(Setting setting) => new Run(this, isEachATransaction, setting);

    private sealed class Run : IWorkloadRun
    {
        private readonly LookUpWorkload _workload;
        private readonly LoadedStore _loaded;
        private readonly TimeSpan _duration;
        private readonly int[] _records = new int[Batch];
        private readonly bool _isEachATransaction;

        public Run(LookUpWorkload workload, bool isEachATransaction, Setting setting)
        {
            _workload = workload;
            _isEachATransaction = isEachATransaction;
            _duration = setting.Scale.Duration;
            _loaded = new LoadedStore(setting);
        }

        public void BecomeWarm() => WarmUp.Run(LookUps);

        public IReadOnlyList<Measurement> MeasureRound() =>
            [new(_workload.Measure, LookUps(_duration))];

        public void Dispose() => _loaded.Dispose();

        private double LookUps(TimeSpan duration) => Pace.PerSecond(
            duration,
            () =>
            {
                ReadOnlySpan<int> records = _loaded.Choose(_records);
                long touched = _isEachATransaction
                    ? _loaded.Store.LookUpEach(records)
                    : _loaded.Store.LookUpTogether(records);
                Verification.Same("records found", Batch, touched);
                return Batch;
            });
    }
}
