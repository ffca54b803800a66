namespace Quire.CrashLab;

/// <summary>
/// Runs a check, and what is to be tried after it, on the disks that crashes leave.
/// </summary>
/// <remarks>Holds nothing that changes but a count: several threads may use one.</remarks>
internal sealed class CheckRunner(CrashScenario scenario, CrashOptions options)
{
    private int _faultsFired;

    /// <summary>A check with nothing to be tried after it.</summary>
    public CheckRunner(Action<SimulatedProcess, Promises> check, CrashOptions options)
        : this(new CrashScenario { Workload = static _ => { }, Check = check }, options)
    {
    }

    /// <summary>How often an operation of a check failed because of the plan.</summary>
    public int FaultsFired => Volatile.Read(ref _faultsFired);

    /// <summary>Runs the check on a disk.</summary>
    /// <param name="image">The disk. Stays as it is.</param>
    /// <param name="promises">What was promised when power was cut.</param>
    /// <param name="faults">What goes wrong during the check; null for nothing.</param>
    /// <param name="meter">Told of progress; null when nobody asks.</param>
    /// <param name="keepsMutations">Whether the check is going to be crashed in its turn.</param>
    /// <param name="trace">Told what the check does; not what is tried after it.</param>
    /// <returns>What the check did; its error is also that of what was tried after it.</returns>
    public Recording Check(
        DiskImage image,
        Promises promises,
        IFaults? faults = null,
        ProgressMeter? meter = null,
        bool keepsMutations = true,
        Trace? trace = null)
    {
        var after = new AfterRecovery(
            scenario, image => Boot(image, faults, meter, keepsMutations: true));
        if (after.LookBefore(image, promises) is { } changed)
        {
            return Recording.Made(Boot(image, faults, meter, keepsMutations)).FailedWith(changed);
        }

        if (options.Fault is { Phase: FaultPhase.Recovery } plan)
        {
            return CheckWithFault(image, promises, plan, meter);
        }

        SimulatedComputer computer = Boot(image, faults, meter, keepsMutations, trace);
        Recording recovery = Recording.Of(computer, process => scenario.Check(process, promises));
        return recovery.Error is null && after.Run(computer.Disk, promises) is { } error
            ? recovery.FailedWith(error)
            : recovery;
    }

    /// <summary>
    /// A recovery that meets a fault may give up, but must neither return wrong data nor spoil the
    /// next one.
    /// </summary>
    private Recording CheckWithFault(
        DiskImage image, Promises promises, FaultPlan plan, ProgressMeter? meter)
    {
        var planned = new PlannedFaults(plan);
        SimulatedComputer computer = Boot(image, planned, meter, keepsMutations: true);
        Recording recovery = Recording.Of(computer, process => scenario.Check(process, promises));
        Interlocked.Add(ref _faultsFired, planned.Fired);
        bool isExcused = planned.Fired > 0 && recovery.Error is { } met && plan.Excuses(met);
        if (recovery.Error is not null && !isExcused)
        {
            return recovery;
        }

        Recording made = Recording.Made(computer);
        Exception? error = Recording.Of(
            Boot(computer.Disk.CachedImage(), faults: null, meter, keepsMutations: true),
            process => scenario.Check(process, promises)).Error;
        return error is null
            ? made
            : made.FailedWith(new InvalidOperationException(
                $"Wrong when recovered again after {plan}: {error.Message}", error));
    }

    private SimulatedComputer Boot(
        DiskImage image,
        IFaults? faults,
        ProgressMeter? meter,
        bool keepsMutations,
        Trace? trace = null) =>
        new(DiskState.FromImage(
            image, trace is null ? DiskTracking.Nothing : DiskTracking.Durability))
        {
            Trace = trace,
            Faults = faults,
            Meter = meter,
            KeepsMutations = keepsMutations,
            LockRules = options.LockRules,
            OperationLimit = options.OperationLimit,
        };
}
