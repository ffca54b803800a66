using Quire.Peers.Children;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>
/// W5: processes that count one counter up, each increment a durable commit that reads the number
/// before, and no number given twice. All have the same share of a fixed number of increments, so
/// unfairness shows: the first to finish is long before the last. The floor is an overwrite and a
/// sync under a kernel lock.
/// </summary>
internal sealed class CounterWorkload : IWorkload
{
    private static readonly (int Processes, Measure Rate, Measure Wait, Measure First)[] Cases =
    [
        .. new[] { 1, 2, 4, 8 }.Select(processes => (
            processes,
            MeasureOf("increments", processes, "per s", true),
            MeasureOf("worst wait", processes, "ms", false),
            MeasureOf("first to finish of the last", processes, "share", true))),
    ];

    public string Name => "W5";

    public bool HasFloor => true;

    /// <summary>It does, for longer than a probe before and after could vouch for.</summary>
    public bool Syncs => false;

    public int RoundsOf(Scale scale) => Math.Min(scale.Rounds, scale.ProcessRounds);

    public IWorkloadRun Prepare(Setting setting) => new Run(setting);

    private static Measure MeasureOf(
        string title, int processes, string unit, bool isHigherBetter) =>
        new("W5", title, unit, isHigherBetter)
        {
            HasCommits = true,
            Along = "processes",
            At = processes,
        };

    private sealed class Run : IWorkloadRun
    {
        private readonly Setting _setting;
        private readonly List<long> _numbers = [];

        public Run(Setting setting)
        {
            _setting = setting;

            // Made by one process, so that the others find it.
            using IStore store = setting.Contender.Open(setting.Folder);
            _numbers.Add(store.Increment());
        }

        public IReadOnlyList<Measurement> MeasureRound()
        {
            List<ChildProcess> children = [];
            try
            {
                for (int i = 0; i < Cases.Max(one => one.Processes); i++)
                {
                    children.Add(new ChildProcess(ChildProgram.Increments, _setting));
                }

                children.ForEach(child => child.WriteLine(IncrementRole.WarmUps));
                children.ForEach(ReadCounted);
                return MeasureCases(children);
            }
            finally
            {
                children.ForEach(child => child.Dispose());
            }
        }

        /// <summary>As many as were counted, and the counter goes on from there.</summary>
        public void Verify()
        {
            using (IStore store = _setting.Contender.Open(_setting.Folder))
            {
                _numbers.Add(store.Increment());
            }

            Verification.Counted(_numbers);
        }

        public void Dispose()
        {
        }

        private List<Measurement> MeasureCases(List<ChildProcess> children)
        {
            List<Measurement> values = [];
            foreach ((int processes, Measure rate, Measure wait, Measure first) in Cases)
            {
                int share = _setting.Scale.Increments / processes;
                (double All, double Longest)[] ends = Together(children[..processes], share);
                double last = ends.Max(one => one.All);
                values.Add(new(rate, processes * share / (last / 1000)));
                if (processes > 1)
                {
                    values.Add(new(wait, ends.Max(one => one.Longest)));
                    values.Add(new(first, ends.Min(one => one.All) / last));
                }
            }

            return values;
        }

        private (double All, double Longest)[] Together(List<ChildProcess> children, int share)
        {
            children.ForEach(child => child.WriteLine($"{share}"));
            children.ForEach(child => child.ReadLine());
            children.ForEach(child => child.WriteLine("go"));
            return
            [
                .. children.Select(child =>
                {
                    double[] times = child.ReadNumbers();
                    ReadCounted(child);
                    return (times[0], times[1]);
                }),
            ];
        }

        private void ReadCounted(ChildProcess child) =>
            _numbers.AddRange(child.ReadNumbers().Select(one => (long)one));
    }
}
