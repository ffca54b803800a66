using System.Diagnostics;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W8: durable commits of one record by many threads of one process, together. The floor lets each
/// thread overwrite and sync by itself, which a disk does for several at once. Each thread has
/// records of its own, so that at the end it is known which version each must have.
/// </summary>
internal sealed class ThreadWorkload : IWorkload
{
    private const int Most = 64;
    private const int WarmingThreads = 4;

    public string Name => "W8";

    public bool HasFloor => true;

    public bool Syncs => true;

    /// <summary>64 threads that wait for each other with sleeps take their time.</summary>
    public int RoundsOf(Scale scale) => Math.Min(scale.Rounds, scale.ProcessRounds);

    public IWorkloadRun Prepare(Setting setting) => new Run(setting);

    private static Measure MeasureOf(int threads) =>
        new("W8", "durable commits", "commits/s", IsHigherBetter: true)
        {
            HasCommits = true,
            Along = "threads",
            At = threads,
        };

    private sealed class Run(Setting setting) : IWorkloadRun
    {
        private readonly LoadedStore _loaded = new(setting);
        private long _version;

        /// <summary>Few threads: those who sleep between tries end long after the slice.</summary>
        public void BecomeWarm() => WarmUp.Run(slice => Together(WarmingThreads, slice));

        public IReadOnlyList<Measurement> MeasureRound() =>
        [
            .. setting.Scale.Threads.Select(threads => new Measurement(
                MeasureOf(threads), Together(threads, setting.Scale.Duration))),
        ];

        public void Verify() => _loaded.Verify();

        public void Dispose() => _loaded.Dispose();

        private double Together(int threads, TimeSpan duration)
        {
            using var start = new Barrier(threads + 1);
            long commits = 0;
            Task[] tasks = new Task[threads];
            for (int i = 0; i < threads; i++)
            {
                int seed = i;
                tasks[i] = Task.Factory.StartNew(
                    () => Interlocked.Add(ref commits, OneThread(seed, duration, start)),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default);
            }

            start.SignalAndWait();
            long started = Stopwatch.GetTimestamp();
            Task.WaitAll(tasks);
            return commits / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        private long OneThread(int seed, TimeSpan duration, Barrier start)
        {
            var random = new Random(seed);
            int[] record = new int[1];
            long count = 0;
            using IStore store = _loaded.Store.Share();
            start.SignalAndWait();
            long started = Stopwatch.GetTimestamp();
            do
            {
                record[0] = (random.Next(_loaded.Records / Most) * Most) + seed;
                long version = Interlocked.Increment(ref _version);
                store.Commit(record, version);
                _loaded.Committed(record, version);
                count++;
            }
            while (Stopwatch.GetElapsedTime(started) < duration);

            return count;
        }
    }
}
