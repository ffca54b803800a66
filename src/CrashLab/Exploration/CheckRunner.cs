namespace Quire.CrashLab;

/// <summary>Runs a check, and what is to be tried after it, on the disks that crashes leave.</summary>
/// <remarks>Holds nothing that changes: several threads may use one.</remarks>
internal sealed class CheckRunner(CrashScenario scenario, CrashOptions options)
{
    /// <summary>A check with nothing to be tried after it.</summary>
    public CheckRunner(Action<SimulatedProcess, Promises> check, CrashOptions options)
        : this(new CrashScenario { Workload = static _ => { }, Check = check }, options)
    {
    }

    /// <summary>Runs the check on a disk.</summary>
    /// <param name="image">The disk. Stays as it is.</param>
    /// <param name="promises">What was promised when power was cut.</param>
    /// <param name="faults">What goes wrong during the check; null for nothing.</param>
    /// <param name="meter">Told of progress; null when nobody asks.</param>
    /// <param name="keepsMutations">Whether the check is going to be crashed in its turn.</param>
    /// <returns>What the check did; its error is also that of what was tried after it.</returns>
    public Recording Check(
        DiskImage image,
        Promises promises,
        IFaults? faults = null,
        ProgressMeter? meter = null,
        bool keepsMutations = true)
    {
        SimulatedComputer computer = Boot(image, faults, meter, keepsMutations);
        Recording recovery = Recording.Of(computer, process => scenario.Check(process, promises));
        return recovery.Error is null
            && new AfterRecovery(scenario, image => Boot(image, faults, meter, keepsMutations: true))
                .Run(computer.Disk, promises) is { } error
                ? recovery.FailedWith(error)
                : recovery;
    }

    private SimulatedComputer Boot(
        DiskImage image, IFaults? faults, ProgressMeter? meter, bool keepsMutations) =>
        new(DiskState.FromImage(image, DiskTracking.Nothing))
        {
            Faults = faults,
            Meter = meter,
            KeepsMutations = keepsMutations,
            LockRules = options.LockRules,
            OperationLimit = options.OperationLimit,
        };
}
