namespace Quire.CrashLab;

/// <summary>
/// Several programs as processes of one computer, and what must hold whatever happens.
/// </summary>
public sealed record ConcurrentScenario
{
    /// <summary>Prepares the files; all it does is durable before the processes start.</summary>
    public Action<SimulatedProcess>? Setup { get; init; }

    /// <summary>
    /// The processes, each with one thread. A program that throws has found a failure. A wait for a
    /// lock ends when the lock is free and never by its timeout; a program that tries a lock over
    /// and over without waiting is found not to end.
    /// </summary>
    public required IReadOnlyList<NamedProgram> Processes { get; init; }

    /// <summary>
    /// Run when all processes have ended, and after each power cut, on what is left; throws when
    /// something is wrong.
    /// </summary>
    public required Action<SimulatedProcess, Promises> Check { get; init; }
}

/// <summary>A program with the name of the process that runs it.</summary>
/// <param name="Name">The name in reports.</param>
/// <param name="Program">What it does.</param>
public sealed record NamedProgram(string Name, Action<SimulatedProcess> Program)
{
    /// <summary>
    /// Whether the process may be taken for any other one that runs the same delegate, which spares
    /// the exploration all orders that differ only in who is who. True only for a program to which
    /// the number and the name of its process and its random numbers make no difference.
    /// </summary>
    public bool IsInterchangeable { get; init; }
}

/// <summary>How far the exploration of schedules goes.</summary>
public sealed record ScheduleOptions
{
    /// <summary>
    /// How often a process that could go on is interrupted for another one, in one schedule. Null
    /// for any number: all schedules.
    /// </summary>
    public int? Preemptions { get; init; }

    /// <summary>How many processes are killed in one schedule at most.</summary>
    public int Kills { get; init; }

    /// <summary>
    /// How many power cuts in a row: 0 for none; 1 cuts the power at every state reached; more also
    /// cut it during the recovery.
    /// </summary>
    public int PowerLosses { get; init; }

    /// <summary>What a power cut may leave.</summary>
    public PersistenceModel Model { get; init; } = PersistenceModel.BarrierReorder;

    /// <summary>A site that is left out of the programs; null to run them as they are.</summary>
    public OperationSite? Omit { get; init; }

    /// <summary>How many crash states are checked at one point at most.</summary>
    public int StatesPerPoint { get; init; } = 4096;

    /// <summary>How many runs are made at most.</summary>
    public long Budget { get; init; } = 10_000_000;

    /// <summary>Chooses the crash states of points that have too many, and the samples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether a failure is made as short as it gets before it is reported.</summary>
    public bool Shrinks { get; init; } = true;

    /// <summary>Whose byte-range locks the computer has.</summary>
    public LockRules LockRules { get; init; }

    /// <summary>
    /// After how many operations of one run its programs are taken to go on for ever.
    /// </summary>
    public int OperationLimit { get; init; } = 100_000;

    /// <summary>After how long without any operation a program is taken to stand still.</summary>
    public TimeSpan HangAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Ends the exploration.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Told how far the exploration has come, now and then.</summary>
    public IProgress<ScheduleProgress>? Progress { get; init; }

    /// <summary>
    /// Whether states that were reached before are left alone. Without, every schedule is followed
    /// to its end: what the tests hold pruning against.
    /// </summary>
    internal bool Prunes { get; init; } = true;
}

/// <summary>How far an exploration has come.</summary>
/// <param name="Runs">How many runs were made.</param>
/// <param name="States">How many different global states were reached.</param>
public readonly record struct ScheduleProgress(long Runs, long States);

/// <summary>What an exploration of schedules did and found.</summary>
public sealed record ScheduleReport
{
    /// <summary>How many runs were made.</summary>
    public required long Runs { get; init; }

    /// <summary>How many different global states were reached.</summary>
    public required long States { get; init; }

    /// <summary>How many different disks were left by power cuts, and checked.</summary>
    public required long CrashStates { get; init; }

    /// <summary>The length of the longest schedule, in operations.</summary>
    public required int LongestSchedule { get; init; }

    /// <summary>The sites that were reached, and how often: what an audit can leave out.</summary>
    public required IReadOnlyDictionary<OperationSite, long> Sites { get; init; }

    /// <summary>Whether everything within the bounds was explored.</summary>
    public required bool IsExhaustive { get; init; }

    /// <summary>The failure; null when there is none.</summary>
    public required ScheduleFailure? Failure { get; init; }

    /// <summary>Throws the failure, if there is one.</summary>
    /// <exception cref="ScheduleTestException">A schedule failed.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            throw new ScheduleTestException(Failure);
        }
    }
}

/// <summary>A schedule that ends in a failure.</summary>
public sealed record ScheduleFailure
{
    /// <summary>What went wrong.</summary>
    public required FailureKind Kind { get; init; }

    /// <summary>The process that threw, by name; empty when none did.</summary>
    public string Process { get; init; } = "";

    /// <summary>The schedule and the power cuts behind it as a token that repeats them.</summary>
    public required string Token { get; init; }

    /// <summary>How many operations the schedule has.</summary>
    public required int Steps { get; init; }

    /// <summary>What was thrown.</summary>
    public required Exception Error { get; init; }

    /// <summary>The power cuts behind the schedule; empty without.</summary>
    public IReadOnlyList<CrashPoint> Crashes { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => string.Join(
        Environment.NewLine,
        [
            $"{Kind}{(Process.Length > 0 ? $" of {Process}" : "")} after {Steps} operations",
            .. Crashes.Select((crash, i) => $"power cut {i + 1}: {crash}"),
            $"{Error.GetType().Name}: {Error.Message}",
            $"token: {Token}",
        ]);
}

/// <summary>The ways in which a schedule can fail.</summary>
public enum FailureKind
{
    /// <summary>A process threw.</summary>
    ProcessFailed,

    /// <summary>Every process that is left waits for a lock that another one holds.</summary>
    Deadlock,

    /// <summary>A process does not end, or is not to be killed.</summary>
    Hangs,

    /// <summary>All processes ended, and the check threw.</summary>
    CheckFailed,

    /// <summary>Power was cut, and the check threw.</summary>
    CheckFailedAfterPowerLoss,
}

/// <summary>A schedule failed.</summary>
public sealed class ScheduleTestException : Exception
{
    internal ScheduleTestException(ScheduleFailure failure)
        : base(failure.ToString(), failure.Error) => Failure = failure;

    /// <summary>The schedule and what was wrong.</summary>
    public ScheduleFailure Failure { get; }
}
