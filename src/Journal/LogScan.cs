using Quire.Storage;

namespace Quire.Journal;

/// <summary>One record in a log: a transaction, or several that were committed together.</summary>
/// <param name="First">Its first transaction.</param>
/// <param name="Number">Its last transaction, mostly the same.</param>
/// <param name="Start">Where its first frame begins, in bytes.</param>
/// <param name="End">Where the next record begins.</param>
/// <param name="SealChecksum">The chain value of its seal, which the next record continues.</param>
/// <param name="Frames">Its images in the order in which they were staged.</param>
internal sealed record LogRecord(
    TransactionNumber First,
    TransactionNumber Number,
    long Start,
    long End,
    ulong SealChecksum,
    IReadOnlyList<JournalFrame> Frames);

/// <summary>
/// The two headers of a log, and which one counts. A checkpoint writes the other one (K2), so that
/// a torn header leaves the one before it, whose records can be applied once more.
/// </summary>
/// <param name="Condition">
/// Empty when there is a header that counts; else Missing, Blank, Damaged or Foreign.
/// </param>
/// <param name="Header">The header that counts.</param>
/// <param name="Slot">Which of the two it is: 0 or 1.</param>
/// <param name="Detail">For people: what is wrong, when none counts.</param>
internal readonly record struct LogHeaders(
    JournalCondition Condition, JournalHeader Header, int Slot, string Detail)
{
    /// <summary>
    /// What the other place holds: blank before the first checkpoint, damaged when torn at K2.
    /// </summary>
    public JournalHeaderCondition Other { get; private init; }

    /// <summary>Whether the other place holds something that is no header.</summary>
    public bool IsOtherDamaged => Other
        is not (JournalHeaderCondition.Valid or JournalHeaderCondition.Blank);

    /// <summary>Where the header of a slot lies, in bytes.</summary>
    public static long OffsetOf(int slot) =>
        slot == 0 ? 0 : JournalFormat.SecondHeaderOffset;

    /// <summary>Reads both headers.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="fileId">The id of the main file; null when it is not known.</param>
    /// <param name="pageSize">Its page size; null when it is not known.</param>
    public static LogHeaders Read(IStorageFile journal, Guid? fileId, int? pageSize)
    {
        Span<byte> sectors = stackalloc byte[2 * JournalHeader.SizeBytes];
        return Read(journal, fileId, pageSize, sectors);
    }

    /// <summary>Reads both headers.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="fileId">The id of the main file; null when it is not known.</param>
    /// <param name="pageSize">Its page size; null when it is not known.</param>
    /// <param name="sectors">
    /// Takes what was read, one behind the other; zeros where the file has ended.
    /// </param>
    public static LogHeaders Read(
        IStorageFile journal, Guid? fileId, int? pageSize, Span<byte> sectors)
    {
        sectors.Clear();
        Span<byte> sector = sectors[..JournalHeader.SizeBytes];
        int length = journal.Read(OffsetOf(0), sector);
        JournalHeaderCondition first =
            JournalHeader.TryRead(sector[..length], out JournalHeader zero);
        sector = sectors[JournalHeader.SizeBytes..];
        length = journal.Read(OffsetOf(1), sector);
        JournalHeaderCondition second =
            JournalHeader.TryRead(sector[..length], out JournalHeader one);

        bool firstCounts = first == JournalHeaderCondition.Valid;
        if (second == JournalHeaderCondition.Valid
            && one.IsLog
            && (!firstCounts || unchecked((long)(one.Salt - zero.Salt)) > 0))
        {
            return Judge(one, 1, fileId, pageSize) with { Other = first };
        }

        return first switch
        {
            JournalHeaderCondition.Valid =>
                Judge(zero, 0, fileId, pageSize) with { Other = second },
            JournalHeaderCondition.Blank => new(
                JournalCondition.Blank, default, 0, "the header is blank"),
            JournalHeaderCondition.NotAJournal => new(
                JournalCondition.Foreign, default, 0, "the file is not a Quire journal"),
            JournalHeaderCondition.UnsupportedVersion => new(
                JournalCondition.Foreign, default, 0, "the journal is of a later format version"),
            _ => new(
                JournalCondition.Damaged, default, 0, "both of the headers fail their checksums"),
        };
    }

    private static LogHeaders Judge(
        JournalHeader header, int slot, Guid? fileId, int? pageSize)
    {
        string? problem =
            !header.IsLog ? "the journal is of a classic file, and no log"
            : fileId is { } id && id != header.FileId
                ? $"the journal belongs to file {header.FileId}, the main file is {id}"
            : pageSize is { } size && size != header.PageSize
                ? $"the journal has pages of {header.PageSize} bytes, the main file of {size}"
            : null;
        return problem is null
            ? new(JournalCondition.Empty, header, slot, "")
            : new(JournalCondition.Foreign, header, slot, problem);
    }
}

/// <summary>
/// The records of a log from its base on, as far as each one is valid and its number the next one.
/// A value, not an exception: a torn tail is what a crash leaves.
/// </summary>
/// <param name="Headers">Which header counts; without one there are no records.</param>
/// <param name="Records">The records in order.</param>
/// <param name="Detail">For people: what ended the scan.</param>
internal sealed record LogScan(
    LogHeaders Headers, IReadOnlyList<LogRecord> Records, string Detail)
{
    public JournalHeader Header => Headers.Header;

    /// <summary>The last transaction in it, or its base.</summary>
    public TransactionNumber LastNumber =>
        Records.Count > 0 ? Records[^1].Number : Header.BaseNumber;

    /// <summary>Reads a log.</summary>
    /// <exception cref="IOException">Reading failed.</exception>
    public static LogScan Read(IStorageFile journal, Guid? fileId, int? pageSize)
    {
        LogHeaders headers = LogHeaders.Read(journal, fileId, pageSize);
        if (headers.Condition != JournalCondition.Empty)
        {
            return new LogScan(headers, [], headers.Detail);
        }

        var window = new JournalWindow(journal);
        var records = new List<LogRecord>();
        long offset = JournalFormat.FirstRecordOffset;
        ulong chain = headers.Header.Salt;
        TransactionNumber number = headers.Header.BaseNumber;
        while (true)
        {
            number = number.Next;
            RecordRead read = FrameReader.ReadRecord(
                window, headers.Header, offset, chain, number);
            if (read.Problem is not null)
            {
                return new LogScan(
                    headers, records, $"{records.Count} records; transaction {number}: {read.Problem}");
            }

            records.Add(new LogRecord(
                read.First, read.Number, offset, read.End, read.SealChecksum, read.Frames));
            number = read.Number;
            offset = read.End;
            chain = read.SealChecksum;
        }
    }
}
