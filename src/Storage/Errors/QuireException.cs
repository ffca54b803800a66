namespace Quire;

/// <summary>Which rule an error belongs to; stable across versions.</summary>
public enum QuireErrorCode
{
    /// <summary>A lock could not be had in time (<see cref="BusyException"/>).</summary>
    Busy = 1,

    /// <summary>The file is not a Quire file.</summary>
    NotAQuireFile = 2,

    /// <summary>The file has a format version that this release does not read.</summary>
    UnsupportedVersion = 3,

    /// <summary>Bytes of the file are damaged (<see cref="CorruptFileException"/>).</summary>
    Corrupt = 4,

    /// <summary>The journal beside the main file belongs to another file.</summary>
    ForeignJournal = 5,

    /// <summary>
    /// A commit was cut short and this opener may not write, so it cannot recover.
    /// </summary>
    RecoveryNeeded = 6,

    /// <summary>Byte-range locks do not work, or cannot be trusted, on this file system.</summary>
    LockingUnsupported = 7,

    /// <summary>
    /// The path no longer names the file that is open: it was replaced or deleted.
    /// </summary>
    FileReplaced = 8,

    /// <summary>
    /// I/O failed after the point of no return (<see cref="CommitInDoubtException"/>).
    /// </summary>
    CommitInDoubt = 9,

    /// <summary>
    /// An earlier I/O failure stopped this open file (<see cref="FaultedException"/>).
    /// </summary>
    Faulted = 10,

    /// <summary>A transaction that had read as a reader came too late to write
    /// (<see cref="StaleReadException"/>).</summary>
    StaleRead = 11,

    /// <summary>A page that an optimistic transaction had read was changed since
    /// (<see cref="ConflictException"/>).</summary>
    Conflict = 12,
}

/// <summary>The base of all errors that Quire itself raises.</summary>
/// <remarks>
/// Misuse raises the base library's exceptions (<see cref="ArgumentException"/>,
/// <see cref="InvalidOperationException"/>, <see cref="ObjectDisposedException"/>), and the first
/// failed I/O operation raises its own <see cref="IOException"/>.
/// </remarks>
public class QuireException : Exception
{
    /// <summary>Makes an error with a code and a message.</summary>
    public QuireException(QuireErrorCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>Which rule the error belongs to.</summary>
    public QuireErrorCode Code { get; }

    /// <summary>Whether the same call can succeed later without anything being repaired.</summary>
    public virtual bool IsTransient => false;
}

/// <summary>
/// Bytes read from a file are not what the format allows, or not what was written.
/// </summary>
public sealed class CorruptFileException : QuireException
{
    /// <summary>
    /// Makes the error; <paramref name="problem"/> says what was expected and what was found.
    /// </summary>
    public CorruptFileException(
        string path, long offset, string problem, QuireErrorCode code = QuireErrorCode.Corrupt)
        : base(code, $"{path}: at byte {offset}: {problem}")
    {
        Path = path;
        Offset = offset;
    }

    /// <summary>The file that holds the bytes.</summary>
    public string Path { get; }

    /// <summary>Where in the file the bad bytes begin.</summary>
    public long Offset { get; }
}

/// <summary>
/// An earlier write or sync through this open file failed. What the system now keeps in memory need
/// not be what is on disk, so nothing more is done until the file is opened afresh and recovered.
/// </summary>
public sealed class FaultedException : QuireException
{
    /// <summary>Makes the error with the first failure as its cause.</summary>
    public FaultedException(string path, Exception firstCause)
        : base(
            QuireErrorCode.Faulted,
            $"{path}: stopped by an earlier I/O failure; dispose it and open it again: {firstCause.Message}",
            firstCause)
    {
    }
}

/// <summary>
/// A commit failed after its point of no return. The next process to open the file completes it if
/// the disk still holds it; whether it took effect is unknown until then.
/// </summary>
public sealed class CommitInDoubtException : QuireException
{
    /// <summary>Makes the error for one transaction.</summary>
    public CommitInDoubtException(string path, ulong transactionNumber, Exception cause)
        : base(
            QuireErrorCode.CommitInDoubt,
            $"{path}: transaction {transactionNumber} is in doubt: {cause.Message} " +
            "Open the file again to learn whether it took effect.",
            cause) => TransactionNumber = transactionNumber;

    /// <summary>The transaction whose outcome is unknown.</summary>
    public ulong TransactionNumber { get; }
}
