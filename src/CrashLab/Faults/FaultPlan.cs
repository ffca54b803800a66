namespace Quire.CrashLab;

/// <summary>What goes wrong, and when: the Nth operation of some kinds fails.</summary>
/// <param name="Kind">How it fails.</param>
/// <param name="Nth">Which operation that can fail so, from 1.</param>
/// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
public sealed record FaultPlan(FaultKind Kind, int Nth = 1)
{
    /// <summary>Which operation that can fail so, from 1.</summary>
    public int Nth { get; init; } = Nth > 0
        ? Nth
        : throw new ArgumentOutOfRangeException(nameof(Nth), Nth, "Operations count from 1.");

    /// <summary>Whether every later operation of the kind fails as well.</summary>
    public bool IsPersistent { get; init; }

    /// <summary>Whether the workload is hit or the recovery in the check.</summary>
    public FaultPhase Phase { get; init; }

    /// <summary>What a failing sync does to the changes that it did not write.</summary>
    public SyncFailure SyncFailure { get; init; }

    /// <summary>
    /// Which errors a check may throw once a fault has hit it: those with which a program reports
    /// what it met. By default <see cref="IOException"/>, <see cref="InvalidDataException"/> and
    /// what Quire raises itself. Anything else, above all a check that found wrong data, is a
    /// failure.
    /// </summary>
    public Func<Exception, bool> Excuses { get; init; } = static error =>
        error is IOException or InvalidDataException or QuireException;

    /// <summary>A sync that fails as it does on a file system.</summary>
    /// <param name="fileSystem">A key of <see cref="SyncFailures.ByFileSystem"/>.</param>
    /// <param name="nth">Which sync, from 1.</param>
    /// <exception cref="ArgumentException">There is no profile of that name.</exception>
    public static FaultPlan SyncFailsAsOn(string fileSystem, int nth = 1) =>
        new(FaultKind.SyncError, nth) { SyncFailure = SyncFailures.Named(fileSystem) };

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Kind} {Nth}{(IsPersistent ? " and all later ones" : "")}" +
        (Kind == FaultKind.SyncError ? $" ({SyncFailure})" : "") +
        (Phase == FaultPhase.Recovery ? " in recovery" : "");
}

/// <summary>Which part of a scenario a fault hits.</summary>
public enum FaultPhase
{
    /// <summary>The workload, whose every state is then crashed. It may throw.</summary>
    Workload,

    /// <summary>
    /// The check, on every crash state. It may fail with an error that the plan excuses, and must
    /// then have made nothing worse: it is run again on what it left, without the fault, and must
    /// pass.
    /// </summary>
    Recovery,
}

/// <summary>Ways in which an operation fails.</summary>
public enum FaultKind
{
    /// <summary>A read fails with an I/O error.</summary>
    ReadError,

    /// <summary>
    /// A sector cannot be read any more, until it is written again: the first one of the Nth read.
    /// </summary>
    LatentReadError,

    /// <summary>
    /// One stored bit is wrong, until it is written again: in the middle of the Nth read.
    /// </summary>
    BitRot,

    /// <summary>
    /// A read from a stream returns fewer bytes than asked for and than there are, which
    /// <see cref="Stream.Read(Span{byte})"/> may do at any time. Hits
    /// <see cref="SimulatedProcess.Files"/> only.
    /// </summary>
    ShortRead,

    /// <summary>
    /// A write, or a change of length, fails with an I/O error; nothing is written.
    /// </summary>
    WriteError,

    /// <summary>A write fails with an I/O error after its first half.</summary>
    PartialWriteError,

    /// <summary>
    /// A write reports success, and its bytes are in another place of the file: as far before their
    /// own as they are long, in whole sectors, or behind where there is no room.
    /// </summary>
    MisdirectedWrite,

    /// <summary>What makes a file longer finds no space.</summary>
    NoSpace,

    /// <summary>A sync fails.</summary>
    SyncError,

    /// <summary>A sync reports success and does nothing: a device that lies.</summary>
    LyingSync,

    /// <summary>A sync of a directory fails.</summary>
    DirectorySyncError,
}
