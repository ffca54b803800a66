namespace Quire;

/// <summary>
/// Something that an optimistic transaction had read, or the page that it had chosen to allocate,
/// was changed by somebody else since. Nothing was committed; it is rolled back. Begin again and
/// read again.
/// </summary>
/// <remarks><c>PageFile.Update</c> does that by itself.</remarks>
public sealed class ConflictException : QuireException
{
    /// <summary>Makes the error.</summary>
    /// <param name="path">The file.</param>
    /// <param name="page">The page; 0 for the header (root, user version, application id).</param>
    /// <param name="read">The transaction number up to which the reads were good.</param>
    /// <param name="current">The transaction number of the file by now.</param>
    public ConflictException(string path, uint page, ulong read, ulong current)
        : base(
            QuireErrorCode.Conflict,
            $"{path}: {(page == 0 ? "the header" : $"page {page}")} was changed by another " +
            $"transaction between number {read} and {current}; begin this one again.")
    {
        Page = page;
        ReadNumber = read;
        CurrentNumber = current;
    }

    /// <summary>
    /// The page that was changed; 0 for the header (root, user version, application id).
    /// </summary>
    public uint Page { get; }

    /// <summary>The transaction number up to which the reads were good.</summary>
    public ulong ReadNumber { get; }

    /// <summary>The transaction number of the file when the conflict was found.</summary>
    public ulong CurrentNumber { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
