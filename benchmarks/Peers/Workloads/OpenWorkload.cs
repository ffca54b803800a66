using Quire.Peers.Children;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W9: open, read one record, close, while another process has the store open (LMDB forbids to open
/// one twice in a process). Preparing statements is part of opening SQLite.
/// </summary>
internal sealed class OpenWorkload : IWorkload
{
    private static readonly Measure Opens = new(
        "W9", "open, read one, close; open elsewhere too", "per s", IsHigherBetter: true);

    public string Name => "W9";

    public bool HasFloor => true;

    public bool Syncs => false;

    public IWorkloadRun Prepare(Setting setting) => new Run(setting);

    private sealed class Run : IWorkloadRun
    {
        private readonly Setting _setting;
        private readonly ChildProcess _holder;

        public Run(Setting setting)
        {
            _setting = setting;
            using (var loaded = new LoadedStore(setting))
            {
                loaded.Store.LookUpEach([0]);
            }

            _holder = new ChildProcess(ChildProgram.Holder, setting);
            _holder.ReadLine();
        }

        public void BecomeWarm() => WarmUp.Run(slice => Pace.PerSecond(slice, OpenAndRead));

        public IReadOnlyList<Measurement> MeasureRound() =>
            [new(Opens, Pace.PerSecond(_setting.Scale.Duration, OpenAndRead))];

        public void Dispose() => _holder.Dispose();

        private long OpenAndRead()
        {
            using IStore store = _setting.Contender.Open(_setting.Folder);
            return store.LookUpEach([0]);
        }
    }
}
