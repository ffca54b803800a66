namespace Quire.CrashLab;

/// <summary>Decides at each point of a run what happens next.</summary>
internal interface IScheduleStrategy
{
    /// <summary>
    /// Chooses among the runnable processes and the ones that can be killed. Null stops the run.
    /// </summary>
    ScheduleEvent? Choose(ScheduledRun run);
}

/// <summary>
/// Follows a list of decisions as far as they are possible, leaving out those that are not, and
/// stops at its end.
/// </summary>
internal sealed class ReplayStrategy(IReadOnlyList<ScheduleEvent> events) : IScheduleStrategy
{
    private int _next;

    public ScheduleEvent? Choose(ScheduledRun run)
    {
        while (_next < events.Count)
        {
            ScheduleEvent wanted = events[_next++];
            if (run.IsPossible(wanted))
            {
                return wanted;
            }
        }

        return null;
    }
}

/// <summary>
/// Random schedules by priorities (PCT, Burckhardt and others, ASPLOS 2010): the process with the
/// highest priority runs until it waits; at a few random moments the running one falls behind all
/// others. Finds a bug that takes d - 1 such moments with a probability that can be computed, where
/// plain random choice finds almost none.
/// </summary>
internal sealed class PriorityStrategy : IScheduleStrategy
{
    private readonly SimulatedRandom _random;
    private readonly int _kills;
    private readonly HashSet<int> _changes = [];
    private readonly HashSet<int> _killMoments = [];
    private int[] _priorities = [];
    private int _lowest;
    private int _step;

    /// <param name="seed">Makes the run repeatable.</param>
    /// <param name="changes">How many changes of priority.</param>
    /// <param name="kills">How many processes are killed.</param>
    /// <param name="length">About how long a run is, in operations.</param>
    public PriorityStrategy(int seed, int changes, int kills, int length)
    {
        _random = new SimulatedRandom(seed);
        _kills = kills;
        for (int i = 0; i < changes; i++)
        {
            _changes.Add(_random.Next(1, length));
        }

        for (int i = 0; i < kills; i++)
        {
            _killMoments.Add(_random.Next(1, length));
        }
    }

    public ScheduleEvent? Choose(ScheduledRun run)
    {
        _step++;
        if (_priorities.Length == 0)
        {
            _priorities =
                [.. Enumerable.Range(0, run.ProcessCount).Select(_ => _random.Next(1, 1 << 20))];
        }

        int best = 0;
        for (int process = 1; process <= run.ProcessCount; process++)
        {
            bool isBetter = run.IsRunnable(process)
                && (best == 0 || _priorities[process - 1] > _priorities[best - 1]);
            best = isBetter ? process : best;
        }

        if (_changes.Contains(_step))
        {
            _priorities[best - 1] = --_lowest;
        }

        bool kills = _killMoments.Contains(_step) && run.KillCount < _kills && run.HasBegun(best);
        return new ScheduleEvent(kills ? ScheduleEventKind.Kill : ScheduleEventKind.Run, best);
    }
}

/// <summary>
/// The adversary of one process: everybody else goes first whenever anybody else can. A protocol in
/// which the victim still ends is free of starvation under this, the unfairest schedule there is.
/// </summary>
/// <remarks>
/// Two things it cannot withhold. A lock that stays free is granted in the end. And a wait is not
/// for ever: now and then it times out, always while the lock is somebody else's. A victim that
/// tries the same lock again has gained nothing; one that looks whether it needs the lock at all
/// may go another way.
/// </remarks>
internal sealed class StarvingStrategy(int victim, int limit) : IScheduleStrategy
{
    /// <summary>
    /// For how many operations of others the lock has to stay free, or the wait to be in vain.
    /// </summary>
    private const int Patience = 32;

    private int _last;
    private int _waited;
    private int _wasFree;

    /// <summary>How many operations others performed while the victim waited.</summary>
    public int PassedOver { get; private set; }

    /// <summary>Whether the victim was passed over more often than the limit.</summary>
    public bool IsStarved => PassedOver > limit;

    public ScheduleEvent? Choose(ScheduledRun run)
    {
        if (!run.IsAlive(victim) || IsStarved)
        {
            return null;
        }

        bool isFree = run.IsRunnable(victim);
        _wasFree = isFree ? _wasFree + 1 : 0;
        bool isDue = isFree ? _wasFree > Patience : _waited > Patience;
        if (isDue || !run.IsWaiting(victim))
        {
            _waited = 0;
            _wasFree = 0;
            return new ScheduleEvent(ScheduleEventKind.Run, victim);
        }

        // The others take turns, so that each of them overlaps with the next.
        for (int i = 1; i <= run.ProcessCount; i++)
        {
            int process = ((_last + i - 1) % run.ProcessCount) + 1;
            if (process != victim && run.IsRunnable(process))
            {
                PassedOver++;
                _waited++;
                _last = process;
                return new ScheduleEvent(ScheduleEventKind.Run, process);
            }
        }

        return new ScheduleEvent(ScheduleEventKind.Run, victim);
    }
}
