using System.Globalization;
using System.Numerics;

namespace Quire.CrashLab;

/// <summary>How far an exploration goes.</summary>
public sealed record CrashOptions
{
    /// <summary>What a power cut may leave.</summary>
    public PersistenceModel Model { get; init; } = PersistenceModel.Sector512;

    /// <summary>
    /// How many crashes in a row: 1 crashes the workload, 2 also crashes the recovery from each of
    /// its crashes, and so on.
    /// </summary>
    public int Crashes { get; init; } = 1;

    /// <summary>
    /// How many states are checked at one crash point at most; a point that has more is sampled,
    /// and the report says so.
    /// </summary>
    public int StatesPerPoint { get; init; } = 4096;

    /// <summary>How many states are checked in all at most.</summary>
    public long Budget { get; init; } = 1_000_000;

    /// <summary>
    /// Whether to find out first if the check can fail at all: see <see cref="CheckDiagnosis"/>.
    /// Not done while something is left out or made to fail.
    /// </summary>
    public bool DiagnosesCheck { get; init; } = true;

    /// <summary>Chooses the samples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A site that is left out of the program; null to run it as it is.</summary>
    public OperationSite? Omit { get; init; }

    /// <summary>What goes wrong while the workload runs, or recovery; null for nothing.</summary>
    public FaultPlan? Fault { get; init; }

    /// <summary>Whether to go on after the first failure.</summary>
    public bool FindAll { get; init; }

    /// <summary>Whether failures are made as small as they get before they are reported.</summary>
    public bool Shrinks { get; init; } = true;

    /// <summary>
    /// How many threads check states. The report is the same whatever the number; the check must
    /// not share anything between its calls.
    /// </summary>
    public int DegreeOfParallelism { get; init; } = 1;

    /// <summary>Whose byte-range locks the computer has.</summary>
    public LockRules LockRules { get; init; }

    /// <summary>After how many operations a program is taken to go on for ever.</summary>
    public int OperationLimit { get; init; } = 1_000_000;

    /// <summary>After how long without any operation a program is taken to stand still.</summary>
    public TimeSpan HangAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Ends the exploration.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Told the number of states checked so far, now and then.</summary>
    public IProgress<long>? Progress { get; init; }
}

/// <summary>What an exploration did and found.</summary>
public sealed record CrashReport
{
    /// <summary>The model explored.</summary>
    public required PersistenceModel Model { get; init; }

    /// <summary>The moments at which the workload was interrupted.</summary>
    public required int CrashPoints { get; init; }

    /// <summary>
    /// How many states the model allows at all of them together, doubles included.
    /// </summary>
    public required BigInteger LegalStates { get; init; }

    /// <summary>
    /// How many of the legal states were looked at, doubles included: all of them, or a sample, or
    /// those up to the first failure.
    /// </summary>
    public required long DrawnStates { get; init; }

    /// <summary>How many different states were built and checked.</summary>
    public required long CheckedStates { get; init; }

    /// <summary>Whether every legal state was checked.</summary>
    public required bool IsExhaustive { get; init; }

    /// <summary>How often an operation failed because of the plan.</summary>
    public required int FaultsFired { get; init; }

    /// <summary>The sites that were reached, and how often: what an audit can leave out.</summary>
    public required IReadOnlyDictionary<OperationSite, long> Sites { get; init; }

    /// <summary>What went wrong; empty when nothing did.</summary>
    public required IReadOnlyList<CrashFailure> Failures { get; init; }

    /// <summary>What is wrong with the check itself; null when that was not asked.</summary>
    public CheckDiagnosis? Diagnosis { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Model.Name}: {CheckedStates} crash states at {CrashPoints} points, {Coverage}: " +
        (Failures.Count == 0 ? "passed" : $"FAILED{Environment.NewLine}{Failures[0]}");

    /// <summary>Says how much of what the model allows was looked at.</summary>
    public string Coverage => (IsExhaustive, Failures.Count) switch
    {
        (true, 0) => $"all {LegalStates} legal ones",
        (_, > 0) => "up to a failure",
        _ => $"a sample of {DrawnStates} of the {Rounded(LegalStates)} legal ones",
    };

    private static string Rounded(BigInteger number) => number < 1_000_000_000
        ? number.ToString(CultureInfo.InvariantCulture)
        : number.ToString("0.0e0", CultureInfo.InvariantCulture);

    /// <summary>Throws the first failure, if there is one.</summary>
    /// <exception cref="InvalidOperationException">
    /// The check itself is no good: it would pass whatever happens, or fails when nothing has.
    /// </exception>
    /// <exception cref="CrashTestException">A legal state failed the check.</exception>
    public void ThrowIfFailed()
    {
        Diagnosis?.ThrowIfUnsound();
        if (Failures.Count > 0)
        {
            throw new CrashTestException(Failures[0]);
        }
    }
}

/// <summary>A legal crash state that failed the check.</summary>
public sealed record CrashFailure
{
    /// <summary>For each crash: after how many changes, and which choices the disk made.</summary>
    public required IReadOnlyList<CrashPoint> Crashes { get; init; }

    /// <summary>What had been promised.</summary>
    public required Promises Promises { get; init; }

    /// <summary>What the check threw.</summary>
    public required Exception Error { get; init; }

    /// <summary>Repeats the failure with <see cref="CrashTest.Replay"/>, byte for byte.</summary>
    public string Token => CrashToken.Write(Crashes);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(Environment.NewLine, Crashes.Select((crash, i) => $"crash {i + 1}: {crash}"))
        + $"{Environment.NewLine}{Promises}{Environment.NewLine}"
        + $"{Error.GetType().Name}: {Error.Message}{Environment.NewLine}token: {Token}";
}

/// <summary>One crash.</summary>
/// <param name="Mutations">How many changes had been made.</param>
/// <param name="Last">The last of them.</param>
/// <param name="Persisted">What reached the disk although no sync had made it certain.</param>
/// <param name="Lost">What did not.</param>
/// <param name="Choices">The outcome of each choice, to build the state again.</param>
public sealed record CrashPoint(
    int Mutations,
    string Last,
    IReadOnlyList<string> Persisted,
    IReadOnlyList<string> Lost,
    IReadOnlyList<int> Choices)
{
    /// <inheritdoc/>
    public override string ToString() => $"after change {Mutations} ({Last}); {Outcome}";

    /// <summary>What became of the changes that were not certain, the shorter way round.</summary>
    public string Outcome => Persisted.Count <= Lost.Count
        ? $"of what was not synced the disk has {Only(Persisted)}"
        : $"of what was not synced the disk lost {Only(Lost)}";

    private static string Only(IReadOnlyList<string> names) =>
        names.Count == 0 ? "nothing" : $"only {string.Join(", ", names)}";
}

/// <summary>A legal crash state failed the check.</summary>
public sealed class CrashTestException : Exception
{
    internal CrashTestException(CrashFailure failure)
        : base(failure.ToString(), failure.Error) => Failure = failure;

    /// <summary>The state and what was wrong.</summary>
    public CrashFailure Failure { get; }
}
