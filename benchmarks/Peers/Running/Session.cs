using Quire.Peers.Contenders;
using Quire.Peers.Workloads;

namespace Quire.Peers.Running;

/// <summary>
/// Runs a workload with all contenders, interleaved: each has its turn in every round, and another
/// one begins each time, so that none always follows the same neighbour. Who fails is out, for this
/// workload, and the others go on.
/// </summary>
internal sealed class Session(string folder, Scale scale, Action<string> progress) : IDisposable
{
    /// <summary>How often a round is measured again because a flush was dear around it.</summary>
    private const int Patience = 1;

    private readonly FlushProbe _probe = new(Path.Combine(folder, "probe"));

    /// <summary>The least and the most that a flush cost during all workloads, in us.</summary>
    public (double Least, double Most) Flush => _probe.Seen;

    /// <summary>How many turns there were.</summary>
    public int Turns { get; private set; }

    /// <summary>How many of them were kept although a flush was dear before or after.</summary>
    public int NoisyTurns { get; private set; }

    /// <param name="workload">What they do.</param>
    /// <param name="contenders">All, in the order of the tables.</param>
    /// <param name="missing">Those who cannot run here, and why.</param>
    public WorkloadResult Run(
        IWorkload workload,
        IReadOnlyList<IContender> contenders,
        IReadOnlyList<Failure>? missing = null)
    {
        var result = new WorkloadResult(workload.Name);
        List<Turn> turns = [];
        string place = Path.Combine(folder, workload.Name);
        Directory.CreateDirectory(place);
        try
        {
            foreach (IContender contender in contenders)
            {
                if (missing?.FirstOrDefault(one => one.Contender == contender) is { } failure)
                {
                    result.Fail(contender, failure.Reason);
                }
                else if (workload.HasFloor || contender.Kind != ContenderKind.Floor)
                {
                    progress($"{workload.Name}: {contender.Name} prepares");
                    string own = Path.Combine(place, contender.Name.Replace(' ', '-'));
                    Directory.CreateDirectory(own);
                    Try(contender, result, () => turns.Add(new Turn(
                        contender, workload.Prepare(new Setting(contender, own, scale)))));
                }
            }

            MeasureRounds(workload, turns, result);
            foreach (Turn turn in turns.Where(one => !result.HasFailed(one.Contender)))
            {
                progress($"{workload.Name}: {turn.Contender.Name} is verified");
                Try(turn.Contender, result, turn.Run.Verify);
            }
        }
        finally
        {
            turns.ForEach(turn => Try(turn.Contender, result, turn.Run.Dispose));
            Directory.Delete(place, recursive: true);
        }

        result.SortBy(contenders);
        return result;
    }

    public void Dispose() => _probe.Dispose();

    private void MeasureRounds(IWorkload workload, List<Turn> turns, WorkloadResult result)
    {
        for (int round = 0; round < workload.RoundsOf(scale); round++)
        {
            for (int i = 0; i < turns.Count; i++)
            {
                Turn turn = turns[(round + i) % turns.Count];
                if (result.HasFailed(turn.Contender))
                {
                    continue;
                }

                progress($"{workload.Name}: round {round + 1}, {turn.Contender.Name}");
                Try(turn.Contender, result, () =>
                {
                    if (round == 0)
                    {
                        turn.Run.BecomeWarm();
                    }

                    foreach (Measurement one in MeasureQuietly(workload, turn.Run))
                    {
                        result.Add(turn.Contender, one);
                    }
                });
            }
        }
    }

    private IReadOnlyList<Measurement> MeasureQuietly(IWorkload workload, IWorkloadRun run)
    {
        for (int again = 0; ; again++)
        {
            bool isQuiet = _probe.IsQuiet();
            IReadOnlyList<Measurement> values = run.MeasureRound();
            isQuiet &= _probe.IsQuiet();
            if (isQuiet || again == Patience || !workload.Syncs)
            {
                Turns++;
                NoisyTurns += isQuiet ? 0 : 1;
                return values;
            }
        }
    }

    /// <summary>
    /// Does something for a contender. Whatever that throws is the contender's own failure, and
    /// part of the result: for its turn this is the outermost method.
    /// </summary>
    private static void Try(IContender contender, WorkloadResult result, Action action)
    {
        try
        {
            action();
        }
        catch (Exception problem)
        {
            result.Fail(contender, ReasonOf(problem));
        }
    }

    /// <summary>A failure in one line.</summary>
    public static string ReasonOf(Exception problem)
    {
        Exception first = problem is AggregateException many
            ? many.Flatten().InnerExceptions[0]
            : problem;
        string name = first is InvalidOperationException ? "" : $"{first.GetType().Name}: ";
        return name + first.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
    }

    private sealed record Turn(IContender Contender, IWorkloadRun Run);
}
