using System.Diagnostics;
using Quire.Peers.Children;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W7: a process that does nothing but commits of 10,000 records is killed, while it stages or
/// within the commit, at a moment left to chance; Quire also where the chance is small, when all
/// pages are applied and the marker still stands. Then the time from opening the store to the first
/// record read, with whatever recovery that takes. Every kill leaves all of a commit or nothing.
/// </summary>
internal sealed class KillWorkload : IWorkload
{
    private static readonly Measure InStaging = MeasureOf("killed while it stages");
    private static readonly Measure InCommit = MeasureOf("killed in the commit");
    private static readonly Measure InApply = MeasureOf("killed in the apply, marker set");

    public string Name => "W7";

    public bool HasFloor => false;

    /// <summary>It does, for longer than a probe before and after could vouch for.</summary>
    public bool Syncs => false;

    public int RoundsOf(Scale scale) => Math.Min(scale.Rounds, scale.ProcessRounds);

    public IWorkloadRun Prepare(Setting setting) => new Run(setting);

    private static Measure MeasureOf(string title) =>
        new("W7", $"{title}: open to first read", "ms", IsHigherBetter: false)
        {
            HasCommits = true,
        };

    private static Measure MarkersOf(int kills) => new(
        "W7", "kills in the commit that left the marker set", $"of {kills}", IsHigherBetter: false)
    {
        HasCommits = true,
    };

    private sealed class Run : IWorkloadRun
    {
        private readonly Setting _setting;
        private readonly QuireContender? _quire;
        private readonly Random _random = new(7);
        private readonly long[] _versions;
        private long _version;

        public Run(Setting setting)
        {
            _setting = setting;
            _quire = setting.Contender as QuireContender;
            _versions = new long[setting.Scale.KilledRecords];
            using (var loaded = new LoadedStore(setting))
            {
                loaded.Store.LookUpEach([0]);
            }

            Recover();
        }

        /// <summary>
        /// What a kill has left is recovered again and again, from copies. What is killed is not
        /// measured, and need not be warm.
        /// </summary>
        public void BecomeWarm()
        {
            Kill(isInCommit: true);
            RecoverCopies();
            Recover();
            if (_quire is not null)
            {
                KillInApply(_quire);
                RecoverCopies();
                Recover();
            }
        }

        public IReadOnlyList<Measurement> MeasureRound()
        {
            List<Measurement> values = [];
            int markers = 0;
            for (int i = 0; i < _setting.Scale.Kills; i++)
            {
                Kill(isInCommit: false);
                values.Add(new(InStaging, Recover()));
                Kill(isInCommit: true);
                markers += _quire?.IsMarkerSet(_setting.Folder) == true ? 1 : 0;
                values.Add(new(InCommit, Recover()));
                if (_quire is not null)
                {
                    KillInApply(_quire);
                    values.Add(new(InApply, Recover()));
                }
            }

            if (_quire is not null)
            {
                values.Add(new(MarkersOf(_setting.Scale.Kills), markers));
            }

            return values;
        }

        public void Dispose()
        {
        }

        private void Kill(bool isInCommit)
        {
            using ChildProcess child = Start(ChildProgram.Commits);
            child.ReadLine();
            double[] took = child.ReadNumbers();
            _version++;
            if (isInCommit)
            {
                child.ReadLine();
            }

            Wait(took[isInCommit ? 1 : 0] * _random.NextDouble());
            child.Kill();
        }

        /// <exception cref="InvalidOperationException">The marker was not set.</exception>
        private void KillInApply(QuireContender quire)
        {
            using ChildProcess child = Start(ChildProgram.StopsInApply);
            while (child.ReadLine() != CommitRole.Applying)
            {
            }

            child.Kill();
            _version++;
            Verification.Same("markers set", 1, quire.IsMarkerSet(_setting.Folder) ? 1 : 0);
        }

        private ChildProcess Start(string role) =>
            new(role, _setting, _setting.Scale.KilledRecords, _version + 1);

        private double Recover() => OpenAndRead(_setting.Folder, VerifyWhole);

        private void RecoverCopies()
        {
            string copy = $"{_setting.Folder}-copy";
            WarmUp.Run(slice =>
            {
                List<double> times = [];
                Pace.PerSecond(slice, () =>
                {
                    Directory.CreateDirectory(copy);
                    foreach (string file in Directory.GetFiles(_setting.Folder))
                    {
                        File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
                    }

                    times.Add(OpenAndRead(copy, _ => { }));
                    Directory.Delete(copy, recursive: true);
                    return 1;
                });
                return 1 / Statistics.Median(times);
            });
        }

        private double OpenAndRead(string folder, Action<IStore> then)
        {
            long started = Stopwatch.GetTimestamp();
            using IStore store = _setting.Contender.Open(folder);
            long touched = store.LookUpEach([0]);
            double took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            Verification.Same("records found", 1, touched);
            then(store);
            return took;
        }

        /// <summary>The last commit that was acknowledged, or the one that was killed.</summary>
        private void VerifyWhole(IStore store)
        {
            store.ReadVersions(0, _versions);
            if (_versions[0] < _version)
            {
                throw new InvalidOperationException(
                    $"commit {_version} was acknowledged, and {_versions[0]} is the last one");
            }

            _version = _versions[0];
            for (int i = 0; i < _versions.Length; i++)
            {
                Verification.Same($"version of record {i} after a kill", _version, _versions[i]);
            }
        }

        private static void Wait(double milliseconds)
        {
            long started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started).TotalMilliseconds < milliseconds)
            {
                Thread.Yield();
            }
        }
    }
}
