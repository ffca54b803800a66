using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>What came of one scenario under one model.</summary>
/// <param name="Model">The model.</param>
internal sealed record CrashFinding(PersistenceModel Model)
{
    /// <summary>How many runs, or moments of a crash, there were.</summary>
    public long Runs { get; init; }

    /// <summary>How many global states were reached, or how many crash states are legal.</summary>
    public string States { get; init; } = "";

    /// <summary>How many different disks were checked.</summary>
    public long Checked { get; init; }

    public bool IsExhaustive { get; init; }

    public TimeSpan Time { get; init; }

    /// <summary>The failure, told step by step; null when there is none.</summary>
    public Counterexample? Failure { get; init; }

    /// <summary>How many operations the failure takes.</summary>
    public int Steps { get; init; }

    /// <summary>The verdict in a word or two.</summary>
    public string Verdict => Failure is not null ? "FAILED" : IsExhaustive ? "passed" : "passed, in part";
}
