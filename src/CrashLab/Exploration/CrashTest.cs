using System.Runtime.ExceptionServices;

namespace Quire.CrashLab;

/// <summary>
/// Runs a workload once, then every disk that a crash at any moment of it may leave: each one is
/// opened and checked, and the recovery that the check performs is crashed in turn.
/// </summary>
public sealed class CrashTest
{
    /// <summary>How many states are looked at for a failure with fewer crashes.</summary>
    private const long ShorterBudget = 50_000;

    private readonly CrashScenario _scenario;
    private readonly CrashOptions _options;
    private readonly WatchedPool _pool;
    private readonly SiteFaults _faults;
    private readonly CheckRunner _check;
    private int _faultsFired;

    private CrashTest(CrashScenario scenario, CrashOptions options, WatchedPool pool)
    {
        _scenario = scenario;
        _options = options;
        _pool = pool;
        _check = new CheckRunner(scenario, options);
        _faults = new SiteFaults(options.Omit);
    }

    /// <summary>Explores a scenario.</summary>
    /// <exception cref="InvalidOperationException">
    /// The workload does not do the same when it runs twice, or fails without any crash.
    /// </exception>
    /// <exception cref="ProgramHangsException">The setup or the workload does not end.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static CrashReport Explore(CrashScenario scenario, CrashOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        CrashOptions used = options ?? new CrashOptions();
        using var pool = new WatchedPool(used.DegreeOfParallelism, used.HangAfter);
        return new CrashTest(scenario, used, pool).Explore();
    }

    /// <summary>Repeats one crash state, byte for byte, and checks it.</summary>
    /// <param name="scenario">The same scenario.</param>
    /// <param name="token">What <see cref="CrashFailure.Token"/> said.</param>
    /// <param name="options">
    /// The same options, as far as model, fault, omission and locks go.
    /// </param>
    /// <returns>The failure; null when the state does not fail (any more).</returns>
    /// <exception cref="FormatException">
    /// The token is not one, or does not fit the program.
    /// </exception>
    public static CrashFailure? Replay(
        CrashScenario scenario, string token, CrashOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(token);
        CrashOptions used = options ?? new CrashOptions();
        IReadOnlyList<Crash> crashes = CrashToken.Read(token);
        using var pool = new WatchedPool(1, used.HangAfter);
        var test = new CrashTest(scenario, used, pool);
        Stage first = test.Record();
        return pool.Run(meter =>
            new CrashReplay(used, test._check, test._faults, meter).Run(first, crashes));
    }

    /// <summary>Repeats a failure and notes everything that is done.</summary>
    /// <exception cref="InvalidOperationException">It does not fail.</exception>
    internal static FailureTrace TraceOf(
        CrashScenario scenario, string token, CrashOptions options)
    {
        IReadOnlyList<Crash> crashes = CrashToken.Read(token);
        using var pool = new WatchedPool(1, options.HangAfter);
        var test = new CrashTest(scenario, options, pool);
        Stage first = test.Record();
        var program = new Trace();
        pool.Run(meter => test.Record(first.Start, meter, program));
        var checks = new List<TracedCheck>();
        CrashFailure failure = pool.Run(meter => new CrashReplay(
            options, test._check, test._faults, meter)
            {
                Observer = (point, trace) => checks.Add(new TracedCheck(point, trace)),
            }.Run(first, crashes))
            ?? throw new InvalidOperationException($"'{token}' does not fail.");
        return new FailureTrace(
            $"The check fails after {(crashes.Count == 1 ? "a power cut" : "power cuts")}",
            ["program"],
            program,
            checks,
            failure.Promises,
            failure.Error,
            failure.Token);
    }

    /// <summary>The disk that a program leaves when all it did is durable.</summary>
    internal static DiskImage ImageAfter(
        Action<SimulatedProcess>? setup, LockRules rules, ProgressMeter? meter)
    {
        var computer = new SimulatedComputer(new DiskState(DiskTracking.Durability))
        {
            LockRules = rules,
            Meter = meter,
        };
        setup?.Invoke(computer.StartProcess("setup"));
        return computer.Disk.CachedImage().ClearPastEnds();
    }

    private CrashReport Explore()
    {
        Stage first = Record();
        var exploration = new CrashExploration(_options, _check, _pool);
        exploration.Crash(first, _options.Crashes, []);
        return new CrashReport
        {
            Model = _options.Model,
            CrashPoints = exploration.CrashPoints,
            LegalStates = exploration.Legal,
            DrawnStates = exploration.Drawn,
            CheckedStates = exploration.Checked,
            IsExhaustive = exploration.IsExhaustive,
            FaultsFired = _faultsFired + _check.FaultsFired,
            Diagnosis = Diagnose(first),
            Sites = SiteFaults.SumOf([_faults, .. exploration.Faults]),
            Failures = [.. exploration.Failures.Select(failure => Shrink(first, failure))],
        };
    }

    /// <summary>
    /// Runs the workload twice, on equal disks, and holds the runs against each other.
    /// </summary>
    private Stage Record()
    {
        DiskImage start = _pool.Run(
            meter => ImageAfter(_scenario.Setup, _options.LockRules, meter));
        Recording recording = _pool.Run(meter => Record(start, meter));
        Recording again = _pool.Run(meter => Record(start, meter));
        if (recording.FirstDifference(again) is { } difference)
        {
            throw new InvalidOperationException(
                $"The workload does not do the same every time: {difference}");
        }

        if (recording.Error is ProgramHangsException hang)
        {
            ExceptionDispatchInfo.Throw(hang);
        }

        if (recording.Error is { } error && _faultsFired == 0)
        {
            throw new InvalidOperationException(
                $"The workload fails without any crash: {error.Message}", error);
        }

        return new Stage(start, recording, recording.PromisesAfter);
    }

    private CheckDiagnosis? Diagnose(Stage first) =>
        _options is { DiagnosesCheck: true, Omit: null, Fault: null }
            ? CheckDiagnosis.Of(_check, _pool, first)
            : null;

    private Recording Record(DiskImage start, ProgressMeter meter, Trace? trace = null)
    {
        PlannedFaults? planned = _options.Fault is { Phase: FaultPhase.Workload } plan
            ? new PlannedFaults(plan)
            : null;
        var computer = new SimulatedComputer(DiskState.FromImage(start))
        {
            Faults = planned ?? (IFaults)_faults,
            Meter = meter,
            Trace = trace,
            LockRules = _options.LockRules,
            OperationLimit = _options.OperationLimit,
        };
        Recording recording = Recording.Of(computer, _scenario.Workload);
        _faultsFired = planned?.Fired ?? 0;
        return recording;
    }

    private CrashFailure Shrink(Stage first, CrashFailure failure)
    {
        if (!_options.Shrinks || failure.Error is ProgramHangsException)
        {
            return failure;
        }

        for (int crashes = 1; crashes < failure.Crashes.Count; crashes++)
        {
            CrashOptions fewer = _options with { FindAll = false, Budget = ShorterBudget };
            var exploration = new CrashExploration(fewer, _check, _pool);
            exploration.Crash(first, crashes, []);
            if (exploration.Failures.Count > 0
                && exploration.Failures[0].Error.GetType() == failure.Error.GetType())
            {
                failure = exploration.Failures[0];
            }
        }

        return _pool.Run(meter => new CrashShrinker(
            new CrashReplay(_options, _check, new SiteFaults(_options.Omit), meter),
            first,
            _options.Model).Shrink(failure));
    }
}
