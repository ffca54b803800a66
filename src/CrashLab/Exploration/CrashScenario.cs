namespace Quire.CrashLab;

/// <summary>A program under test and what must hold of the files it leaves behind.</summary>
/// <remarks>
/// The three parts run on simulated computers and must reach the outside through their process
/// alone: <see cref="SimulatedProcess.Files"/> for files and streams, or
/// <see cref="SimulatedProcess.Host"/> for positional files, locks, time and randomness. They must
/// do the same every time they run: no clock, no random numbers, no threads of their own. A process
/// must not be used after its part ends.
/// </remarks>
public sealed record CrashScenario
{
    /// <summary>Prepares the files; all it does is durable before the workload starts.</summary>
    public Action<SimulatedProcess>? Setup { get; init; }

    /// <summary>
    /// What is interrupted. Says with <see cref="SimulatedProcess.Begin"/> what it is about to do
    /// and with <see cref="SimulatedProcess.Acknowledge"/> what it has promised.
    /// </summary>
    public required Action<SimulatedProcess> Workload { get; init; }

    /// <summary>
    /// Opens what a crash left, recovers, and throws when something is wrong: when an acknowledged
    /// promise is missing, or something is there that was never begun.
    /// </summary>
    /// <remarks>
    /// Runs once for each crash state, on a computer that was switched on again. See
    /// <see cref="Checks"/> for ready-made ones. What it throws does not matter, as long as it
    /// throws.
    /// </remarks>
    public required Action<SimulatedProcess, Promises> Check { get; init; }

    /// <summary>
    /// Opens the files for reading only. Run on what the crash left, where it may throw (there is
    /// something to recover first), and after the check on what that left, where it may not. Any
    /// change that it makes is a failure.
    /// </summary>
    public Action<SimulatedProcess, Promises>? ReadOnlyCheck { get; init; }

    /// <summary>
    /// Whether the check is run a second time on what it left: recovery must not undo itself.
    /// </summary>
    public bool ChecksTwice { get; init; }

    /// <summary>
    /// Another workload, run on what the check left and followed by the check, whose promises are
    /// then those of both: a recovered program must be able to go on.
    /// </summary>
    public Action<SimulatedProcess>? Continue { get; init; }
}

/// <summary>What the interrupted workload had promised when it was interrupted.</summary>
public sealed class Promises
{
    private readonly List<string> _begun = [];
    private readonly List<string> _acknowledged = [];

    internal Promises(
        IEnumerable<string> begun, IEnumerable<string> acknowledged, int begunBeforeCrash = 0)
    {
        BegunBeforeCrash = begunBeforeCrash;
        _begun.AddRange(begun);
        _acknowledged.AddRange(acknowledged);
        var hash = new StateHash();
        hash.Add(_begun.Count);
        foreach (string name in _begun.Concat(_acknowledged))
        {
            hash.Add(name);
        }

        Hash = hash.Value;
    }

    /// <summary>
    /// How many of <see cref="Begun"/> were begun by a run that was interrupted before the one that
    /// followed: among these some may be lost and later ones found. 0 when nothing followed.
    /// </summary>
    internal int BegunBeforeCrash { get; }

    /// <summary>Tells promises apart, by name and order.</summary>
    internal UInt128 Hash { get; }

    /// <summary>All that was begun, in order; the acknowledged ones included.</summary>
    public IReadOnlyList<string> Begun => _begun;

    /// <summary>All that was acknowledged, in order.</summary>
    public IReadOnlyList<string> Acknowledged => _acknowledged;

    /// <summary>Whether a promise must be found, may be found, or must not be found.</summary>
    public PromiseState this[string promise] =>
        _acknowledged.Contains(promise) ? PromiseState.Acknowledged
        : _begun.Contains(promise) ? PromiseState.InDoubt
        : PromiseState.Never;

    /// <inheritdoc/>
    public override string ToString() =>
        $"acknowledged: [{List(_acknowledged)}], in doubt: [{List(_begun.Except(_acknowledged))}]";

    private static string List(IEnumerable<string> promises) => string.Join(", ", promises.Select(
        promise => promise.Length > 60 ? $"{promise[..40]}... ({promise.Length} characters)" : promise));
}

/// <summary>The three values of the oracle.</summary>
public enum PromiseState
{
    /// <summary>It was not begun: it must not be there.</summary>
    Never,

    /// <summary>It was begun and not acknowledged: it may be there.</summary>
    InDoubt,

    /// <summary>It was acknowledged: it must be there.</summary>
    Acknowledged,
}
