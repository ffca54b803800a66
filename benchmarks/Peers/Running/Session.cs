using Quire.Peers.Contenders;
using Quire.Peers.Workloads;

namespace Quire.Peers.Running;

/// <summary>
/// Runs a workload with all contenders, interleaved: each has its turn in every round, and another
/// one begins each time, so that none always follows the same neighbour.
/// </summary>
internal sealed class Session(string folder, Scale scale, Action<string> progress) : IDisposable
{
    /// <summary>How often a round is measured again because a flush was dear around it.</summary>
    private const int Patience = 1;

    private readonly FlushProbe _probe = new(Path.Combine(folder, "probe"));

    /// <summary>The least and the most that a flush cost during all workloads, in us.</summary>
    public (double Least, double Most) Flush => _probe.Seen;

    /// <summary>How many rounds were kept although the disk was never quiet.</summary>
    public int NoisyRounds { get; private set; }

    public IReadOnlyList<MeasureResult> Run(
        IWorkload workload, IReadOnlyList<IContender> contenders)
    {
        List<MeasureResult> results = [];
        List<(IContender Contender, IWorkloadRun Run)> runs = [];
        string place = Path.Combine(folder, workload.Name);
        Directory.CreateDirectory(place);
        try
        {
            foreach (IContender contender in contenders)
            {
                if (workload.HasFloor || contender.Kind != ContenderKind.Floor)
                {
                    progress($"{workload.Name}: {contender.Name} prepares");
                    string own = Path.Combine(place, contender.Name.Replace(' ', '-'));
                    Directory.CreateDirectory(own);
                    runs.Add((contender, workload.Prepare(new Setting(contender, own, scale))));
                }
            }

            for (int round = 0; round < workload.RoundsOf(scale); round++)
            {
                for (int turn = 0; turn < runs.Count; turn++)
                {
                    (IContender contender, IWorkloadRun run) = runs[(round + turn) % runs.Count];
                    progress($"{workload.Name}: round {round + 1}, {contender.Name}");
                    foreach (Measurement one in MeasureQuietly(workload, run))
                    {
                        ResultOf(results, one.Measure).Add(contender, one.Value);
                    }
                }
            }
        }
        finally
        {
            runs.ForEach(one => one.Run.Dispose());
            Directory.Delete(place, recursive: true);
        }

        InOrderOf(contenders, results);
        return results;
    }

    public void Dispose() => _probe.Dispose();

    private IReadOnlyList<Measurement> MeasureQuietly(IWorkload workload, IWorkloadRun run)
    {
        if (!workload.Syncs)
        {
            return run.MeasureRound();
        }

        for (int again = 0; ; again++)
        {
            bool isQuiet = _probe.IsQuiet();
            IReadOnlyList<Measurement> values = run.MeasureRound();
            isQuiet &= _probe.IsQuiet();
            if (isQuiet || again == Patience)
            {
                NoisyRounds += isQuiet ? 0 : 1;
                return values;
            }
        }
    }

    private static MeasureResult ResultOf(List<MeasureResult> results, Measure measure)
    {
        MeasureResult? result = results.Find(one => one.Measure == measure);
        if (result is null)
        {
            results.Add(result = new MeasureResult(measure));
        }

        return result;
    }

    /// <summary>The order of turns is no order for a table.</summary>
    private static void InOrderOf(
        IReadOnlyList<IContender> contenders, List<MeasureResult> results)
    {
        List<IContender> order = [.. contenders];
        foreach (MeasureResult result in results)
        {
            result.Series.Sort((a, b) =>
                order.IndexOf(a.Contender).CompareTo(order.IndexOf(b.Contender)));
        }
    }
}
