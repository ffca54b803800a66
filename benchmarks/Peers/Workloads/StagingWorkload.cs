using Quire.Peers.Children;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W6: a process that reads, and then a writer that stages changes for 2 s and commits them. How
/// fast the reader was before and meanwhile, and how long it was blocked at most from the commit
/// on. One reader only: two would share the second processor with the writer.
/// </summary>
internal sealed class StagingWorkload : IWorkload
{
    private const string W6 = "W6";
    private const int Batches = 100;

    private static readonly Measure Before =
        new(W6, "lookups before the writer", "lookups/s", IsHigherBetter: true);

    private static readonly Measure During =
        new(W6, "lookups while it stages", "lookups/s", IsHigherBetter: true);

    private static readonly Measure Kept =
        new(W6, "reader throughput kept while it stages", "share", IsHigherBetter: true);

    private static readonly Measure Block =
        new(W6, "longest block of the reader from commit on", "ms", IsHigherBetter: false)
        {
            HasCommits = true,
        };

    private static readonly Measure Commit =
        new(W6, "the commit itself", "ms", IsHigherBetter: false) { HasCommits = true };

    private static readonly Measure Apply =
        new(W6, "of it with readers kept out", "ms", IsHigherBetter: false)
        {
            HasCommits = true,
        };

    private static readonly Measure Beyond =
        new(W6, "longest block beyond that", "ms", IsHigherBetter: false) { HasCommits = true };

    public string Name => W6;

    public bool HasFloor => false;

    /// <summary>It does, for longer than a probe before and after could vouch for.</summary>
    public bool Syncs => false;

    public int RoundsOf(Scale scale) => Math.Min(scale.Rounds, scale.ProcessRounds);

    public IWorkloadRun Prepare(Setting setting) => new Run(setting);

    private sealed class Run : IWorkloadRun
    {
        private readonly Setting _setting;
        private readonly int[] _changed;
        private long _version;

        public Run(Setting setting)
        {
            _setting = setting;
            _changed = [.. StagerRole.Choose(Records, Changes, Batches).SelectMany(one => one)];
            using var loaded = new LoadedStore(setting);
        }

        private int Records => _setting.Scale.Records;

        private int Changes => _setting.Scale.StagedRecords;

        public IReadOnlyList<Measurement> MeasureRound()
        {
            TimeSpan staging = _setting.Scale.Staging;
            using var reader = new ChildProcess(ChildProgram.Reader, _setting, Records);
            using var writer = new ChildProcess(
                ChildProgram.Stager,
                _setting,
                Records,
                Changes,
                Batches,
                (long)staging.TotalMilliseconds,
                ++_version);
            writer.ReadLine();
            reader.ReadLine();
            reader.WriteLine("go");

            // Before the writer: half as long as it stages, the first part of which is not counted.
            Thread.Sleep(staging / 2);
            writer.WriteLine("go");
            double[] times = writer.ReadNumbers();
            Thread.Sleep(staging / 10);
            reader.WriteLine("stop");
            double began = reader.ReadNumbers()[0];
            var seen = new Lookups(began, reader.ReadNumbers(), reader.ReadNumbers());
            return Measurements(seen, times[0], times[1], times[2], times[3]);
        }

        public void Verify()
        {
            using IStore store = _setting.Contender.Open(_setting.Folder);
            long[] expected = new long[Records];
            Array.ForEach(_changed, record => expected[record] = _version);
            Verification.Versions(store, expected);
        }

        public void Dispose()
        {
        }

        private static List<Measurement> Measurements(
            Lookups seen, double began, double committing, double done, double held)
        {
            double before = seen.PerSecond(seen.Began + ((began - seen.Began) / 4), began);
            double during = seen.PerSecond(began, committing);
            double block = seen.Longest(committing, double.MaxValue);
            List<Measurement> values =
            [
                new(Before, before),
                new(During, during),
                new(Kept, during / before),
                new(Block, block),
                new(Commit, done - committing),
            ];
            if (held > 0)
            {
                values.Add(new(Apply, held));
                values.Add(new(Beyond, Math.Max(0, block - held)));
            }

            return values;
        }
    }

    /// <summary>What the reader has seen, by the millisecond.</summary>
    private sealed record Lookups(double Began, double[] Counts, double[] Blocks)
    {
        public double PerSecond(double from, double to) =>
            Part(Counts, from, to).Average() * 1000;

        public double Longest(double from, double to) => Part(Blocks, from, to).Max();

        private double[] Part(double[] all, double from, double to)
        {
            int start = Math.Clamp((int)(from - Began), 0, all.Length - 1);
            int end = (int)Math.Clamp(to - Began, start + 1, all.Length);
            return all[start..end];
        }
    }
}
