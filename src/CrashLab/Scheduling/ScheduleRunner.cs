namespace Quire.CrashLab;

/// <summary>
/// Runs the processes of a scenario under one strategy after another, and judges the ends.
/// </summary>
internal sealed class ScheduleRunner : IDisposable
{
    private readonly ConcurrentScenario _scenario;
    private readonly ScheduleOptions _options;
    private readonly ProcessThread[] _threads;
    private readonly WatchedPool _pool;
    private readonly ProgressMeter _meter = new();
    private readonly HashSet<UInt128> _checkedImages = [];
    private readonly HashSet<UInt128> _cutDisks = [];

    /// <summary>What power cuts in recoveries leave: many disks lead to one and the same.</summary>
    private readonly HashSet<UInt128> _recoveredImages = [];
    private readonly SiteFaults _faults;
    private readonly CheckRunner _check;
    private readonly DiskImage _start;
    private readonly bool _needsOrder;

    public ScheduleRunner(ConcurrentScenario scenario, ScheduleOptions options)
    {
        _scenario = scenario;
        _options = options;
        _faults = new SiteFaults(options.Omit);
        _needsOrder = options.PowerLosses > 0
            && options.Model.Unit == PersistenceUnit.GlobalPrefix;
        _check = new CheckRunner(scenario.Check, CrashOptions(1));
        _pool = new WatchedPool(1, options.HangAfter);
        _start = _pool.Run(
            meter => CrashTest.ImageAfter(scenario.Setup, options.LockRules, meter));
        _threads = [.. scenario.Processes.Select(program => new ProcessThread(program.Name))];
    }

    /// <summary>How many different disks were checked.</summary>
    public long ImagesChecked => _checkedImages.Count;

    /// <summary>Whether no crash point had more states than were to be checked.</summary>
    public bool IsExhaustive { get; private set; } = true;

    public IReadOnlyDictionary<OperationSite, long> Sites => _faults.Sites;

    /// <summary>Tells the global states of a run apart.</summary>
    public UInt128 StateKey(ScheduledRun run, int killed = 0) =>
        run.StateKey(_needsOrder, killed);

    public ScheduledRun Run(IScheduleStrategy strategy, Trace? trace = null)
    {
        var computer = new SimulatedComputer(
            DiskState.FromImage(_start, DiskTracking.DurabilityAndHistory))
        {
            Faults = _faults,
            Trace = trace,
            Meter = _meter,
            TracksHistory = true,
            LockRules = _options.LockRules,
            OperationLimit = _options.OperationLimit,
        };
        ScheduledRun run = ScheduledRun.Execute(
            computer, _scenario.Processes, strategy, _threads, _options.HangAfter);
        for (int i = 0; run.End == RunEnd.Hung && i < _threads.Length; i++)
        {
            _threads[i] = new ProcessThread(_scenario.Processes[i].Name);
        }

        return run;
    }

    /// <summary>What is wrong with the end of a run; null when nothing is.</summary>
    public ScheduleFailure? FailureAtEnd(ScheduledRun run) => run.End switch
    {
        RunEnd.Failed => Failure(
            run.Error is ProgramHangsException ? FailureKind.Hangs : FailureKind.ProcessFailed,
            run, run.Error!, run.FailedProcess!.Name, []),
        RunEnd.Hung => Failure(
            FailureKind.Hangs, run, run.Error!, run.FailedProcess?.Name ?? "", []),
        RunEnd.Deadlock => Failure(
            FailureKind.Deadlock,
            run,
            new InvalidOperationException("Every process waits for a lock that another one holds."),
            "",
            []),
        RunEnd.Finished => _pool.Run(meter =>
            Check(run, run.Computer.Disk.CachedImage(), FailureKind.CheckFailed, [], meter)
                ?? (_options.PowerLosses > 0 ? FailureAfterPowerLoss(run, meter) : null)),
        _ => null,
    };

    /// <summary>
    /// What is wrong with any disk that a power cut would leave now; null when nothing is.
    /// </summary>
    public ScheduleFailure? FailureAfterPowerLoss(ScheduledRun run) =>
        FailureAfterPowerLoss(run, _meter);

    /// <summary>Repeats a schedule as far as it is possible.</summary>
    /// <param name="events">The schedule.</param>
    /// <param name="crashes">
    /// The power cuts behind it; empty for any, if the options ask for them.
    /// </param>
    /// <param name="trace">Told what happens.</param>
    /// <returns>The decisions that were taken, and how they fail.</returns>
    /// <exception cref="FormatException">The crashes do not fit the schedule.</exception>
    public (ScheduledRun Run, ScheduleFailure? Failure) Replay(
        IReadOnlyList<ScheduleEvent> events,
        IReadOnlyList<Crash> crashes,
        Trace? trace = null)
    {
        _checkedImages.Clear();
        _cutDisks.Clear();
        _recoveredImages.Clear();
        using ScheduledRun run = Run(new ReplayStrategy(events), trace);
        ScheduleFailure? failure = crashes.Count > 0 ? null : FailureAtEnd(run);
        if (failure is not null || run.End is RunEnd.Failed or RunEnd.Hung)
        {
            return (run, failure ?? FailureAtEnd(run));
        }

        failure = crashes.Count > 0
            ? _pool.Run(meter => Crash(run, crashes, meter))
            : _options.PowerLosses > 0
                ? _pool.Run(meter => FailureAfterPowerLoss(run, meter))
                : null;
        return (run, failure);
    }

    /// <summary>Repeats a failure and notes everything that is done.</summary>
    /// <exception cref="InvalidOperationException">It does not fail.</exception>
    public FailureTrace TraceOf(string token)
    {
        (IReadOnlyList<ScheduleEvent> events, IReadOnlyList<Crash> crashes) =
            ScheduleToken.Read(token);
        var program = new Trace();
        (ScheduledRun run, ScheduleFailure? found) = Replay(events, crashes, program);
        ScheduleFailure failure = found
            ?? throw new InvalidOperationException($"'{token}' does not fail.");
        var checks = new List<TracedCheck>();
        if (failure.Crashes.Count > 0)
        {
            crashes = [.. failure.Crashes.Select(cut => new Crash(cut.Mutations, cut.Choices))];
            _pool.Run(meter => Crash(
                run, crashes, meter, (cut, trace) => checks.Add(new TracedCheck(cut, trace))));
        }
        else if (failure.Kind == FailureKind.CheckFailed)
        {
            var trace = new Trace();
            checks.Add(new TracedCheck(null, trace));
            _pool.Run(meter => _check.Check(
                run.Computer.Disk.CachedImage(), run.Computer.Promises(), _faults, meter,
                trace: trace));
        }

        string who = failure.Process.Length == 0 ? "" : $" of {failure.Process}";
        return new FailureTrace(
            $"{failure.Kind}{who} after {failure.Steps} operations",
            [.. _scenario.Processes.Select(program => program.Name)],
            program,
            checks,
            run.Computer.Promises(),
            failure.Error,
            failure.Token);
    }

    /// <summary>
    /// The simplest schedule that can be made of a failing one, with the same kind of failure, and
    /// the simplest disk behind it.
    /// </summary>
    public ScheduleFailure Shorten(ScheduleFailure failure)
    {
        if (failure.Kind == FailureKind.Hangs)
        {
            return failure;
        }

        ScheduleFailure? Fails(IReadOnlyList<ScheduleEvent> events, out ScheduledRun run)
        {
            (run, ScheduleFailure? found) = Replay(events, []);
            return found?.Kind == failure.Kind
                && found.Error.GetType() == failure.Error.GetType() ? found : null;
        }

        IReadOnlyList<NamedProgram> programs = _scenario.Processes;
        IReadOnlyList<ScheduleEvent> shortest = ScheduleShrinker.Shrink(
            ScheduleToken.Read(failure.Token).Events,
            events => Fails(events, out ScheduledRun run) is null ? null : run.Events,
            (left, right) => programs[left - 1].Program == programs[right - 1].Program);
        ScheduleFailure best = Fails(shortest, out ScheduledRun last) ?? failure;
        return best.Crashes.Count == 0 ? best : WithFewerLosses(best, last);
    }

    public void Dispose()
    {
        foreach (ProcessThread thread in _threads)
        {
            thread.Dispose();
        }

        _pool.Dispose();
    }

    private static Stage StageOf(DiskImage start, ScheduledRun run)
    {
        Promises promises = run.Computer.Promises();
        return new Stage(start, Recording.Made(run.Computer), _ => promises);
    }

    private static ScheduleFailure Failure(
        FailureKind kind,
        ScheduledRun run,
        Exception error,
        string process,
        IReadOnlyList<CrashPoint> crashes) => new()
        {
            Kind = kind,
            Token = ScheduleToken.Write(run.Events, crashes),
            Steps = run.Events.Count,
            Error = error,
            Process = process,
            Crashes = crashes,
        };

    private CrashOptions CrashOptions(int crashes) => new()
    {
        Model = _options.Model,
        Crashes = crashes,
        StatesPerPoint = _options.StatesPerPoint,
        Seed = _options.Seed,
        Omit = _options.Omit,
        LockRules = _options.LockRules,
        OperationLimit = _options.OperationLimit,
        HangAfter = _options.HangAfter,
    };

    private CrashReplay Replayer(
        ProgressMeter meter, Action<CrashPoint, Trace>? observer = null) =>
        new(CrashOptions(1), _check, new SiteFaults(_options.Omit), meter) { Observer = observer };

    private ScheduleFailure? Crash(
        ScheduledRun run,
        IReadOnlyList<Crash> crashes,
        ProgressMeter meter,
        Action<CrashPoint, Trace>? observer = null)
    {
        CrashFailure? found = Replayer(meter, observer).Run(StageOf(_start, run), crashes);
        return found is null
            ? null
            : Failure(
                FailureKind.CheckFailedAfterPowerLoss, run, found.Error, "", found.Crashes);
    }

    private ScheduleFailure WithFewerLosses(ScheduleFailure failure, ScheduledRun run)
    {
        var found = new CrashFailure
        {
            Crashes = failure.Crashes,
            Promises = run.Computer.Promises(),
            Error = failure.Error,
        };
        CrashFailure smaller = _pool.Run(meter => new CrashShrinker(
            Replayer(meter), StageOf(_start, run), _options.Model).ShrinkLosses(found));
        return Failure(failure.Kind, run, smaller.Error, "", smaller.Crashes);
    }

    private ScheduleFailure? FailureAfterPowerLoss(ScheduledRun run, ProgressMeter meter)
    {
        // Equal disks, with equal promises, leave the same whatever the processes are at.
        UInt128 key = run.Computer.DiskKey(_needsOrder);
        if (!_cutDisks.Add(key) && _options.Prunes)
        {
            return null;
        }

        var states = new CrashStates(run.Computer.Disk, _options.Model);
        bool isAll = states.Count <= _options.StatesPerPoint;
        IsExhaustive &= isAll;
        int count = isAll ? (int)states.Count : _options.StatesPerPoint;
        var random = new SimulatedRandom(unchecked(_options.Seed ^ (int)(ulong)key));
        IReadOnlyList<Mutation> done = run.Computer.Mutations;
        for (int i = 0; i < count; i++)
        {
            int[] choices = isAll ? states.ChoicesOf(i) : states.RandomChoices(random);
            ScheduleFailure? failure = Check(
                run,
                states.ImageOf(choices),
                FailureKind.CheckFailedAfterPowerLoss,
                [states.Describe(choices, done.Count, done)],
                meter);
            if (failure is not null)
            {
                return failure;
            }
        }

        return null;
    }

    private ScheduleFailure? Check(
        ScheduledRun run,
        DiskImage image,
        FailureKind kind,
        IReadOnlyList<CrashPoint> crashes,
        ProgressMeter meter)
    {
        Promises promises = run.Computer.Promises();
        if (!_checkedImages.Add(image.ClearPastEnds().Key(promises, (int)kind)))
        {
            return null;
        }

        CrashOptions options = CrashOptions(_options.PowerLosses - 1);
        Recording recovery = _check.Check(image, promises, _faults, meter);
        if (recovery.Error is { } error)
        {
            return Failure(
                error is ProgramHangsException ? FailureKind.Hangs : kind, run, error, "", crashes);
        }

        bool isDeep = kind == FailureKind.CheckFailedAfterPowerLoss && options.Crashes > 0
            && recovery.IsChanged;
        if (!isDeep)
        {
            return null;
        }

        var exploration = new CrashExploration(
            options, _check, pool: null, meter, _options.Prunes ? _recoveredImages : null);
        exploration.Crash(
            new Stage(image, recovery, _ => promises), options.Crashes, crashes);
        IsExhaustive &= exploration.IsExhaustive || exploration.Failures.Count > 0;
        return exploration.Failures.Count == 0
            ? null
            : Failure(
                kind, run, exploration.Failures[0].Error, "", exploration.Failures[0].Crashes);
    }
}
