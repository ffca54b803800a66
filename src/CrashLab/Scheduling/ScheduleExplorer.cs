namespace Quire.CrashLab;

/// <summary>
/// Runs every schedule of several processes within a bound, each from the beginning, and prunes
/// those that reach a global state which was reached before.
/// </summary>
/// <remarks>
/// <para>
/// A global state is what every process that is left has done and seen, what was done to every file
/// since its last sync, and what was promised. Programs are deterministic, so equal states have
/// equal futures; two operations that do not touch each other lead to the same state in either
/// order, and only one of the two orders is followed. That is what partial-order reduction aims at,
/// without a relation of independence that could be wrong.
/// </para>
/// <para>
/// Why nothing is missed. The next operation of a process, and its answer, depend on its history
/// and on the state of files and locks alone. The locks of a process follow from its history; one
/// that ended or was killed has none, so of its past only the disk counts. What a power cut may
/// leave depends on the disk's own history, in which everything stands that any model asks for: the
/// order of changes of each file since its sync, of directory entries against the files that they
/// name, what was cut off, and the order of all changes where the model has a common one. A state
/// left alone was entered before and either has been explored or is being explored on the present
/// path; the latter cannot be, as histories only grow.
/// </para>
/// <para>
/// With a bound on preemptions a state is left alone when it was reached before with the same
/// process at its turn and at least as many preemptions to spare: whatever can still be scheduled
/// now could be then. Which process was at its turn does not matter when it cannot go on, for then
/// any switch is free. How many processes were killed follows from the state.
/// </para>
/// <para>
/// Assumed, not proved: processes share nothing in the memory of the test; different histories have
/// different hashes of 128 bits; a wait for a lock ends by the lock alone, so what a program does
/// after a timeout is not seen; a check that accepts a disk also accepts it with less acknowledged
/// or more begun, since notes are made together with the operation before them; a process that is
/// killed before its first operation is the same as one that is not there, and not explored. The
/// first is noticed where it makes a run go another way than before; all of it is held against
/// exploring every schedule by tests with random programs.
/// </para>
/// </remarks>
public sealed class ScheduleExplorer : IDisposable
{
    private static readonly UInt128 NobodysTurn = UInt128.Zero;

    private readonly ScheduleOptions _options;
    private readonly ScheduleRunner _runner;
    private readonly Dictionary<UInt128, int> _visited = [];
    private readonly List<Decision> _path = [];
    private ScheduleFailure? _failure;
    private long _runs;
    private int _longest;
    private bool _isExhaustive = true;

    private ScheduleExplorer(ConcurrentScenario scenario, ScheduleOptions options)
    {
        _options = options;
        _runner = new ScheduleRunner(scenario, options);
    }

    /// <summary>Explores a scenario until a failure is found or everything was seen.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ScheduleReport Explore(
        ConcurrentScenario scenario, ScheduleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        using var explorer = new ScheduleExplorer(scenario, options ?? new ScheduleOptions());
        explorer.Run();
        return explorer.Report();
    }

    /// <summary>
    /// Runs a number of random schedules: for scenarios whose schedules are too many to see them
    /// all.
    /// </summary>
    /// <param name="scenario">The processes.</param>
    /// <param name="options">The bounds; the budget is the number of runs.</param>
    /// <param name="seed">The first seed; run n has seed + n.</param>
    /// <param name="length">About how many operations a run has.</param>
    public static ScheduleReport Sample(
        ConcurrentScenario scenario, ScheduleOptions options, int seed, int length = 200)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var explorer = new ScheduleExplorer(scenario, options);
        explorer._isExhaustive = false;
        for (int i = 0; i < options.Budget && explorer._failure is null; i++)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            var strategy = new PriorityStrategy(
                seed + i, options.Preemptions ?? 3, options.Kills, length);
            explorer.RunOnce(options.PowerLosses > 0
                ? new CuttingStrategy(explorer, strategy)
                : strategy);
        }

        return explorer.Report();
    }

    /// <summary>
    /// Repeats a schedule, byte for byte, with the power cuts behind it; a token without any is
    /// tried with all that the options ask for.
    /// </summary>
    /// <returns>The failure; null when the schedule does not fail.</returns>
    /// <exception cref="FormatException">The token is not one, or does not fit.</exception>
    public static ScheduleFailure? Replay(
        ConcurrentScenario scenario, string token, ScheduleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(token);
        using var runner = new ScheduleRunner(scenario, options ?? new ScheduleOptions());
        (IReadOnlyList<ScheduleEvent> events, IReadOnlyList<Crash> crashes) =
            ScheduleToken.Read(token);
        return runner.Replay(events, crashes).Failure;
    }

    /// <summary>
    /// Lets all other processes go first, always, while one waits: shows whether it can be starved.
    /// </summary>
    /// <param name="scenario">
    /// The processes; those that starve the victim must not end by themselves.
    /// </param>
    /// <param name="victim">The number of the process, from 1.</param>
    /// <param name="limit">How many operations of others count as starvation.</param>
    /// <param name="options">The locks and limits; null for the defaults.</param>
    /// <returns>True when the victim was passed over more often than the limit.</returns>
    /// <exception cref="InvalidOperationException">A process failed, or all wait.</exception>
    public static bool Starves(
        ConcurrentScenario scenario, int victim, int limit, ScheduleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentOutOfRangeException.ThrowIfLessThan(victim, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(victim, scenario.Processes.Count);
        using var runner = new ScheduleRunner(scenario, options ?? new ScheduleOptions());
        var strategy = new StarvingStrategy(victim, limit);
        using ScheduledRun run = runner.Run(strategy);
        if (run.Error is { } error)
        {
            throw new InvalidOperationException($"A process failed: {error.Message}", error);
        }

        if (run.End == RunEnd.Deadlock)
        {
            throw new InvalidOperationException(
                "Every process waits for a lock that another one holds.");
        }

        return strategy.IsStarved;
    }

    /// <inheritdoc/>
    public void Dispose() => _runner.Dispose();

    /// <summary>Repeats a failure and notes everything that is done.</summary>
    /// <exception cref="InvalidOperationException">It does not fail.</exception>
    internal static FailureTrace TraceOf(
        ConcurrentScenario scenario, string token, ScheduleOptions options)
    {
        using var runner = new ScheduleRunner(scenario, options);
        return runner.TraceOf(token);
    }

    private ScheduleReport Report() => new()
    {
        Runs = _runs,
        States = _visited.Count,
        CrashStates = _runner.ImagesChecked,
        LongestSchedule = _longest,
        Sites = _runner.Sites,
        IsExhaustive = _isExhaustive && _runner.IsExhaustive,
        Failure = _failure is not null && _options.Shrinks
            ? _runner.Shorten(_failure)
            : _failure,
    };

    private void Run()
    {
        do
        {
            _options.Cancellation.ThrowIfCancellationRequested();
            if (_runs >= _options.Budget)
            {
                _isExhaustive = false;
                return;
            }

            RunOnce(new Strategy(this));
        }
        while (_failure is null && Backtrack());
    }

    private void RunOnce(IScheduleStrategy strategy)
    {
        if (++_runs % 64 == 0)
        {
            _options.Progress?.Report(new ScheduleProgress(_runs, _visited.Count));
        }

        using ScheduledRun run = _runner.Run(strategy);
        _longest = Math.Max(_longest, run.Events.Count);
        _failure ??= _runner.FailureAtEnd(run);
    }

    /// <summary>Moves on to the next schedule in depth-first order.</summary>
    private bool Backtrack()
    {
        while (_path.Count > 0)
        {
            Decision last = _path[^1];
            while (++last.Chosen < last.Choices.Length)
            {
                if (!IsKnown(last.Expected, last.Preemptions))
                {
                    return true;
                }
            }

            _path.RemoveAt(_path.Count - 1);
        }

        return false;
    }

    /// <summary>One point of the path that the present run follows.</summary>
    private sealed class Decision(UInt128 key, int preemptions, Choice[] choices)
    {
        public UInt128 Key => key;

        /// <summary>How many preemptions there had been.</summary>
        public int Preemptions => preemptions;

        public Choice[] Choices => choices;

        public int Chosen { get; set; }

        public UInt128? Expected => choices[Chosen].Expected;
    }

    /// <summary>Something that may happen.</summary>
    /// <param name="Event">What.</param>
    /// <param name="Expected">
    /// The state that it leads to; null when that is not known before.
    /// </param>
    private readonly record struct Choice(ScheduleEvent Event, UInt128? Expected = null);

    private sealed class Strategy(ScheduleExplorer explorer) : IScheduleStrategy
    {
        private int _depth;

        public ScheduleEvent? Choose(ScheduledRun run)
        {
            if (_depth < explorer._path.Count)
            {
                return Follow(explorer._path[_depth++], run);
            }

            UInt128 key = explorer._runner.StateKey(run);
            if (!explorer.IsNew(run, key))
            {
                return null;
            }

            if (explorer._options.PowerLosses > 0)
            {
                explorer._failure = explorer._runner.FailureAfterPowerLoss(run);
                if (explorer._failure is not null)
                {
                    return null;
                }
            }

            var decision = new Decision(key, run.PreemptionCount, explorer.ChoicesAt(run));
            explorer._path.Add(decision);
            _depth++;
            return decision.Choices[0].Event;
        }

        /// <summary>Repeats what led here before, and sees that it did lead here.</summary>
        private ScheduleEvent Follow(Decision known, ScheduledRun run)
        {
            ScheduleEvent chosen = known.Choices[known.Chosen].Event;
            bool isLast = _depth == explorer._path.Count;
            if (!run.IsPossible(chosen)
                || (isLast && explorer._runner.StateKey(run) != known.Key))
            {
                throw new InvalidOperationException(
                    $"The programs do not do the same every time: after {run.Events.Count} " +
                    "operations in the same order the computer is not as it was before.");
            }

            return chosen;
        }
    }

    /// <summary>Another strategy, with the power cut at every state that it reaches.</summary>
    private sealed class CuttingStrategy(ScheduleExplorer explorer, IScheduleStrategy inner)
        : IScheduleStrategy
    {
        public ScheduleEvent? Choose(ScheduledRun run)
        {
            explorer._failure = explorer._runner.FailureAfterPowerLoss(run);
            return explorer._failure is null ? inner.Choose(run) : null;
        }
    }

    private bool IsNew(ScheduledRun run, UInt128 key)
    {
        if (!_options.Prunes)
        {
            _visited.TryAdd(key, 0);
            return true;
        }

        UInt128 turn = run.Current is { } current && run.IsRunnable(current)
            ? run.KeyOf(current)
            : NobodysTurn;
        UInt128 bounded = WithTurn(key, turn);
        if (IsKnown(bounded, run.PreemptionCount))
        {
            return false;
        }

        _visited[bounded] = run.PreemptionCount;
        return true;
    }

    private bool IsKnown(UInt128? key, int preemptions) => _options.Prunes
        && key is { } known
        && _visited.TryGetValue(known, out int before)
        && (_options.Preemptions is null || before <= preemptions);

    /// <summary>
    /// With a bound, who ran last matters for what is still allowed, if it can go on.
    /// </summary>
    private UInt128 WithTurn(UInt128 key, UInt128 turn)
    {
        if (_options.Preemptions is null)
        {
            return key;
        }

        var bounded = new StateHash();
        bounded.Add(key);
        bounded.Add(turn);
        return bounded.Value;
    }

    /// <summary>
    /// What may happen next: the current process first, then the others, then kills.
    /// </summary>
    private Choice[] ChoicesAt(ScheduledRun run)
    {
        var choices = new List<Choice>();
        bool canGoOn = run.Current is { } current && run.IsRunnable(current);
        if (canGoOn)
        {
            choices.Add(new Choice(new ScheduleEvent(ScheduleEventKind.Run, run.Current!.Value)));
        }

        bool mayPreempt = _options.Preemptions is not { } bound || run.PreemptionCount < bound;
        for (int process = 1; process <= run.ProcessCount && (!canGoOn || mayPreempt); process++)
        {
            if (run.IsRunnable(process) && !(canGoOn && process == run.Current))
            {
                choices.Add(new Choice(new ScheduleEvent(ScheduleEventKind.Run, process)));
            }
        }

        for (int process = 1;
            process <= run.ProcessCount && run.KillCount < _options.Kills; process++)
        {
            if (run.IsAlive(process) && run.HasBegun(process))
            {
                choices.Add(new Choice(
                    new ScheduleEvent(ScheduleEventKind.Kill, process),
                    ExpectedAfterKill(run, process)));
            }
        }

        return [.. choices];
    }

    /// <summary>
    /// The state after a kill, which needs no run to be known: the process is gone and nothing else
    /// has changed. Most kills, those of readers above all, lead to one that has been seen.
    /// </summary>
    private UInt128? ExpectedAfterKill(ScheduledRun run, int killed)
    {
        UInt128 turn = NobodysTurn;
        if (run.Current is { } current && current != killed)
        {
            if (run.IsWaiting(current) && !run.IsRunnable(current))
            {
                // It may be waiting for a lock of the killed one.
                return null;
            }

            turn = run.IsRunnable(current) ? run.KeyOf(current) : NobodysTurn;
        }

        return WithTurn(_runner.StateKey(run, killed), turn);
    }
}
