using Quire.Storage;

namespace Quire.Journal;

/// <summary>What the journal holds, judged without knowing the main file's marker.</summary>
internal enum JournalCondition
{
    /// <summary>There is no journal file.</summary>
    Missing,

    /// <summary>The file was created and never set up.</summary>
    Blank,

    /// <summary>The header is a journal's, but its checksum fails.</summary>
    Damaged,

    /// <summary>Another main file's journal, or no journal at all.</summary>
    Foreign,

    /// <summary>No transaction: the last one was cleared away (C9).</summary>
    Empty,

    /// <summary>Frames without a valid seal: staging that was cut short, or damage.</summary>
    Torn,

    /// <summary>One whole transaction.</summary>
    Sealed,
}

/// <summary>
/// The result of reading a journal. A value, not an exception: a torn tail is what a crash leaves.
/// </summary>
/// <param name="Condition">What the journal holds.</param>
/// <param name="Header">
/// Meaningful for <see cref="JournalCondition.Empty"/>, Torn and Sealed.
/// </param>
/// <param name="Number">The transaction, when sealed.</param>
/// <param name="SealChecksum">The chain value of the seal, when sealed.</param>
/// <param name="Frames">The images in the order in which they were staged; valid ones only.</param>
/// <param name="Detail">For people: what ended the scan.</param>
internal readonly record struct JournalScan(
    JournalCondition Condition,
    JournalHeader Header,
    TransactionNumber Number,
    ulong SealChecksum,
    IReadOnlyList<JournalFrame> Frames,
    string Detail)
{
    private static readonly JournalFrame[] NoFrames = [];

    /// <summary>The result for a journal that is not there.</summary>
    public static JournalScan Missing { get; } = Of(JournalCondition.Missing, "there is no journal");

    /// <summary>
    /// Reads a journal from its beginning to its seal or to the first thing that is wrong.
    /// </summary>
    /// <param name="journal">The journal; not written to.</param>
    /// <param name="fileId">
    /// The id of the main file; null when main's own header cannot be read.
    /// </param>
    /// <param name="pageSize">The page size of the main file; null when it is not known.</param>
    /// <exception cref="IOException">Reading failed.</exception>
    public static JournalScan Read(IStorageFile journal, Guid? fileId, int? pageSize)
    {
        Span<byte> sector = stackalloc byte[JournalHeader.SizeBytes];
        int length = journal.Read(0, sector);
        JournalHeaderCondition header =
            JournalHeader.TryRead(sector[..length], out JournalHeader parsed);
        return header switch
        {
            JournalHeaderCondition.Blank => Of(JournalCondition.Blank, "the header is blank"),
            JournalHeaderCondition.Damaged =>
                Of(JournalCondition.Damaged, "the header's checksum fails"),
            JournalHeaderCondition.NotAJournal =>
                Of(JournalCondition.Foreign, "the file is not a Quire journal"),
            JournalHeaderCondition.UnsupportedVersion =>
                Of(JournalCondition.Foreign, "the journal is of a later format version"),
            _ when fileId is { } id && id != parsed.FileId => Of(
                JournalCondition.Foreign,
                $"the journal belongs to file {parsed.FileId}, the main file is {id}"),
            _ when pageSize is { } size && size != parsed.PageSize => Of(
                JournalCondition.Foreign,
                $"the journal has pages of {parsed.PageSize} bytes, the main file of {size}"),
            _ when parsed.IsLog => Of(
                JournalCondition.Foreign, "the journal is the log of a sealed file"),
            _ => ReadFrames(journal, parsed),
        };
    }

    private static JournalScan ReadFrames(IStorageFile journal, JournalHeader header)
    {
        // The normal case first, without allocating: no transaction.
        Span<byte> first = stackalloc byte[JournalFrameHeader.SizeBytes];
        int firstLength = journal.Read(JournalFormat.FirstFrameOffset, first);
        if (!first[..firstLength].ContainsAnyExcept((byte)0))
        {
            return new JournalScan(
                JournalCondition.Empty, header, default, 0, NoFrames, "no transaction");
        }

        RecordRead read = FrameReader.ReadRecord(
            new JournalWindow(journal), header, JournalFormat.FirstFrameOffset, header.Salt);
        return read.Problem is null
            ? new JournalScan(
                JournalCondition.Sealed, header, read.Number, read.SealChecksum, read.Frames,
                $"transaction {read.Number}, {read.Frames.Count} frames")
            : new JournalScan(
                JournalCondition.Torn, header, default, 0, read.Frames, read.Problem);
    }

    private static JournalScan Of(JournalCondition condition, string detail) =>
        new(condition, default, default, 0, NoFrames, detail);
}
