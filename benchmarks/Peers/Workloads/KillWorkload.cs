using System.Diagnostics;
using System.Globalization;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W7: a process that does nothing but commits of 10,000 records is killed somewhere in one of
/// them; then the time from opening the store to the first record read, with whatever recovery
/// that takes.
/// </summary>
internal sealed class KillWorkload : IWorkload
{
    private static readonly Measure Recovery =
        new("W7", "kill in a large commit, open to first read", "ms", IsHigherBetter: false)
        {
            HasCommits = true,
        };

    public string Name => "W7";

    public bool HasFloor => false;

    /// <summary>It does, for longer than a probe before and after could vouch for.</summary>
    public bool Syncs => false;

    public int RoundsOf(Scale scale) => Math.Min(scale.Rounds, scale.ProcessRounds);

    public IWorkloadRun Prepare(Setting setting) => new Run(setting);

    private sealed class Run : IWorkloadRun
    {
        private readonly Setting _setting;
        private readonly Random _random = new(7);

        public Run(Setting setting)
        {
            _setting = setting;
            using (var loaded = new LoadedStore(setting))
            {
                loaded.Store.LookUpEach([0]);
            }

            Recover();
        }

        /// <summary>The worst of its kills: the place of each is left to chance.</summary>
        public IReadOnlyList<Measurement> MeasureRound()
        {
            double worst = 0;
            for (int i = 0; i < _setting.Scale.Kills; i++)
            {
                KillInCommit();
                worst = Math.Max(worst, Recover());
            }

            return [new(Recovery, worst)];
        }

        public void Dispose()
        {
        }

        private void KillInCommit()
        {
            using var child = new ChildProcess(
                ChildProgram.Commits,
                _setting.Contender.Name,
                _setting.Folder,
                _setting.Scale.KilledRecords);
            child.ReadLine();
            double took = double.Parse(child.ReadLine(), CultureInfo.InvariantCulture);
            var delay = TimeSpan.FromMilliseconds(took * _random.NextDouble());
            long started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < delay)
            {
                Thread.Yield();
            }

            child.Kill();
        }

        private double Recover()
        {
            long started = Stopwatch.GetTimestamp();
            using IStore store = _setting.Contender.Open(_setting.Folder);
            long touched = store.LookUpEach([0]);
            double took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            return touched == 1
                ? took
                : throw new InvalidOperationException("The record was not found.");
        }
    }
}
