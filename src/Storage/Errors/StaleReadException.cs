namespace Quire;

/// <summary>
/// What a transaction had read is out of date: a deferred one wanted to write after somebody else had
/// committed, or a neighbour in this process, on whose commit it stood, could not commit. Nothing was
/// changed; it is rolled back. Begin again and read again.
/// </summary>
/// <remarks><c>PageFile.Update</c> does that by itself.</remarks>
public sealed class StaleReadException : QuireException
{
    /// <summary>Makes the error.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">The transaction number that was read.</param>
    /// <param name="current">The transaction number of the file by now.</param>
    public StaleReadException(string path, ulong read, ulong current)
        : base(
            QuireErrorCode.StaleRead,
            $"{path}: the transaction read at number {read}, the file is at {current} by now; " +
            "begin it again.")
    {
        ReadNumber = read;
        CurrentNumber = current;
    }

    private StaleReadException(ulong read, ulong current, string message)
        : base(QuireErrorCode.StaleRead, message)
    {
        ReadNumber = read;
        CurrentNumber = current;
    }

    /// <summary>The commit of a neighbour that it had read from failed.</summary>
    internal static StaleReadException NotCommitted(string path, ulong read, ulong current) => new(
        read,
        current,
        $"{path}: the transaction stood on transaction {read} of this process, which could not be " +
        $"committed; the file is at {current}. Begin it again.");

    /// <summary>The transaction number that was read.</summary>
    public ulong ReadNumber { get; }

    /// <summary>The transaction number of the file when it wanted to write.</summary>
    public ulong CurrentNumber { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
