namespace Quire.CrashLab;

/// <summary>
/// Makes a failing schedule small: fewer kills, then fewer operations, then fewer switches between
/// processes, then lower process numbers, as long as it still fails in the same way.
/// </summary>
/// <remarks>
/// The minimising delta debugging of Zeller and Hildebrandt over the list of decisions, and between
/// its rounds a few larger moves that no leaving-out can make. A changed list is replayed
/// leniently: decisions that have become impossible are passed over.
/// </remarks>
internal sealed class ScheduleShrinker
{
    private const int MaximumRounds = 8;

    private readonly Func<IReadOnlyList<ScheduleEvent>, IReadOnlyList<ScheduleEvent>?> _fails;
    private readonly Func<int, int, bool> _areAlike;
    private IReadOnlyList<ScheduleEvent> _best;

    private ScheduleShrinker(
        IReadOnlyList<ScheduleEvent> events,
        Func<IReadOnlyList<ScheduleEvent>, IReadOnlyList<ScheduleEvent>?> fails,
        Func<int, int, bool> areAlike)
    {
        _best = events;
        _fails = fails;
        _areAlike = areAlike;
    }

    /// <param name="events">A failing schedule.</param>
    /// <param name="fails">
    /// Replays a schedule; returns the decisions that were really taken when it fails in the same
    /// way, null when it does not.
    /// </param>
    /// <param name="areAlike">Whether two processes run the same program.</param>
    public static IReadOnlyList<ScheduleEvent> Shrink(
        IReadOnlyList<ScheduleEvent> events,
        Func<IReadOnlyList<ScheduleEvent>, IReadOnlyList<ScheduleEvent>?> fails,
        Func<int, int, bool>? areAlike = null)
    {
        var shrinker = new ScheduleShrinker(events, fails, areAlike ?? ((_, _) => false));
        for (int round = 0; round < MaximumRounds && shrinker.Round(); round++)
        {
        }

        return shrinker._best;
    }

    /// <summary>Whether one schedule is simpler than another.</summary>
    internal static bool IsSimpler(
        IReadOnlyList<ScheduleEvent> left, IReadOnlyList<ScheduleEvent> right)
    {
        (int, int, int) ofLeft = (KillsIn(left), left.Count, SwitchesIn(left));
        (int, int, int) ofRight = (KillsIn(right), right.Count, SwitchesIn(right));
        int order = ofLeft.CompareTo(ofRight);
        for (int i = 0; order == 0 && i < left.Count; i++)
        {
            order = left[i].Process.CompareTo(right[i].Process);
        }

        return order < 0;
    }

    private static int KillsIn(IReadOnlyList<ScheduleEvent> events) =>
        events.Count(decision => decision.Kind == ScheduleEventKind.Kill);

    private static int SwitchesIn(IReadOnlyList<ScheduleEvent> events) =>
        events.Zip(events.Skip(1)).Count(pair => pair.First.Process != pair.Second.Process);

    private bool Round()
    {
        IReadOnlyList<ScheduleEvent> before = _best;
        DropProcesses();
        LeaveOut();
        MergeSwitches();
        SwapAlike();
        return !ReferenceEquals(before, _best);
    }

    private bool Try(IReadOnlyList<ScheduleEvent> events)
    {
        if (_fails(events) is { } taken && IsSimpler(taken, _best))
        {
            _best = taken;
            return true;
        }

        return false;
    }

    private void DropProcesses()
    {
        foreach (int process in _best.Select(decision => decision.Process).Distinct().ToArray())
        {
            Try([.. _best.Where(decision => decision.Process != process)]);
        }
    }

    private void LeaveOut()
    {
        int pieces = 2;
        while (_best.Count >= 2)
        {
            int size = (_best.Count + pieces - 1) / pieces;
            bool isShorter = false;
            for (int start = 0; start < _best.Count && !isShorter; start += size)
            {
                isShorter = Try([.. _best.Take(start), .. _best.Skip(start + size)]);
            }

            if (isShorter)
            {
                pieces = Math.Max(2, pieces - 1);
            }
            else if (size == 1)
            {
                break;
            }
            else
            {
                pieces = Math.Min(_best.Count, pieces * 2);
            }
        }
    }

    /// <summary>Moves each turn of a process to its turn before, or that one to it.</summary>
    private void MergeSwitches()
    {
        for (int start = 1; start < _best.Count; start++)
        {
            int process = _best[start].Process;
            if (_best[start - 1].Process == process)
            {
                continue;
            }

            int end = start;
            while (end < _best.Count && _best[end].Process == process)
            {
                end++;
            }

            int before = start - 1;
            while (before >= 0 && _best[before].Process != process)
            {
                before--;
            }

            if (before < 0)
            {
                continue;
            }

            int first = before;
            while (first > 0 && _best[first - 1].Process == process)
            {
                first--;
            }

            ScheduleEvent[] turn = [.. _best.Take(start..end)];
            ScheduleEvent[] others = [.. _best.Take((before + 1)..start)];
            if (!Try([.. _best.Take(before + 1), .. turn, .. others, .. _best.Skip(end)]))
            {
                ScheduleEvent[] earlier = [.. _best.Take(first..(before + 1))];
                Try([.. _best.Take(first), .. others, .. earlier, .. _best.Skip(start)]);
            }
        }
    }

    /// <summary>Lets processes that run the same program play each other's part.</summary>
    private void SwapAlike()
    {
        int[] processes = [.. _best.Select(decision => decision.Process).Distinct().Order()];
        int highest = processes.Length == 0 ? 0 : processes[^1];
        for (int left = 1; left <= highest; left++)
        {
            for (int right = left + 1; right <= highest; right++)
            {
                if (_areAlike(left, right))
                {
                    Try([.. _best.Select(decision => Swap(decision, left, right))]);
                }
            }
        }
    }

    private static ScheduleEvent Swap(ScheduleEvent decision, int left, int right) =>
        decision.Process == left ? decision with { Process = right }
        : decision.Process == right ? decision with { Process = left }
        : decision;
}
