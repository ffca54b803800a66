using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;

namespace Quire.Journal;

/// <summary>
/// The first sector of a journal: which main file it belongs to. Written when the journal is
/// created, and only after the directory entry is durable (rule R-G5): a header that can be read
/// proves that the journal cannot vanish. In classic never again; a log has two, of which a
/// checkpoint writes the older one anew (K2).
/// </summary>
/// <param name="FileId">The id of the main file.</param>
/// <param name="PageSize">The page size of the main file, in bytes.</param>
/// <param name="Salt">
/// Drawn at creation; every frame repeats it. In a log one more in each cycle.
/// </param>
/// <param name="BaseNumber">
/// The transaction up to which main is durable. Always 0 in classic.
/// </param>
internal readonly record struct JournalHeader(
    Guid FileId, int PageSize, ulong Salt, TransactionNumber BaseNumber)
{
    /// <summary>Whether the journal is the log of a sealed file.</summary>
    public bool IsLog { get; init; }

    /// <summary>
    /// Whether the last connection has left the log empty and nobody has appended since: only then
    /// can the marker be torn beside a log without records (K4).
    /// </summary>
    public bool IsClosed { get; init; }

    public const int SizeBytes = 512;
    public const ushort CurrentVersion = 1;

    private const int MagicOffset = 0;
    private const int VersionOffset = 8;
    private const int PageSizeShiftOffset = 10;
    private const int KindOffset = 11;
    private const int ClosedOffset = 12;
    private const int FileIdOffset = 16;
    private const int BaseNumberOffset = 32;
    private const int SaltOffset = 40;
    private const int ChecksumOffset = SizeBytes - 8;

    private const byte ClassicKind = 0;
    private const byte LogKind = 1;

    public static ReadOnlySpan<byte> Magic => "QUIREJNL"u8;

    public void WriteTo(Span<byte> sector)
    {
        sector = sector[..SizeBytes];
        sector.Clear();
        Magic.CopyTo(sector[MagicOffset..]);
        BinaryPrimitives.WriteUInt16LittleEndian(sector[VersionOffset..], CurrentVersion);
        sector[PageSizeShiftOffset] = (byte)BitOperations.Log2((uint)PageSize);
        sector[KindOffset] = IsLog ? LogKind : ClassicKind;
        sector[ClosedOffset] = IsClosed ? (byte)1 : (byte)0;
        FileId.TryWriteBytes(sector[FileIdOffset..]);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[BaseNumberOffset..], BaseNumber.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[SaltOffset..], Salt);
        BinaryPrimitives.WriteUInt64LittleEndian(
            sector[ChecksumOffset..], XxHash3.HashToUInt64(sector[..ChecksumOffset]));
    }

    /// <summary>Parses a sector that is not to be trusted.</summary>
    /// <returns>What the sector is; the header is meaningful only when it is valid.</returns>
    public static JournalHeaderCondition TryRead(ReadOnlySpan<byte> sector, out JournalHeader header)
    {
        header = default;
        if (!sector.ContainsAnyExcept((byte)0))
        {
            return JournalHeaderCondition.Blank;
        }

        if (sector.Length < SizeBytes)
        {
            return Magic.StartsWith(sector[..Math.Min(sector.Length, Magic.Length)])
                ? JournalHeaderCondition.Damaged
                : JournalHeaderCondition.NotAJournal;
        }

        if (!sector.StartsWith(Magic))
        {
            // Torn when it was written for the first time, over zeros: its beginning is not there
            // yet.
            return sector[..Magic.Length].ContainsAnyExcept((byte)0)
                ? JournalHeaderCondition.NotAJournal
                : JournalHeaderCondition.Damaged;
        }

        ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(sector[ChecksumOffset..]);
        if (XxHash3.HashToUInt64(sector[..ChecksumOffset]) != checksum)
        {
            return JournalHeaderCondition.Damaged;
        }

        // Before anything that another version may have put elsewhere: a damaged journal is made
        // anew, a later one is not ours to overwrite.
        if (BinaryPrimitives.ReadUInt16LittleEndian(sector[VersionOffset..]) != CurrentVersion)
        {
            return JournalHeaderCondition.UnsupportedVersion;
        }

        int shift = sector[PageSizeShiftOffset];
        byte kind = sector[KindOffset];
        if (shift is < 9 or > 16 || kind is not (ClassicKind or LogKind))
        {
            return JournalHeaderCondition.Damaged;
        }

        header = new JournalHeader(
            new Guid(sector.Slice(FileIdOffset, 16)),
            1 << shift,
            BinaryPrimitives.ReadUInt64LittleEndian(sector[SaltOffset..]),
            new TransactionNumber(
                BinaryPrimitives.ReadUInt64LittleEndian(sector[BaseNumberOffset..])))
        {
            IsLog = kind == LogKind,
            IsClosed = sector[ClosedOffset] == 1,
        };
        return JournalHeaderCondition.Valid;
    }
}

/// <summary>What the first sector of a journal file turned out to be.</summary>
internal enum JournalHeaderCondition
{
    /// <summary>Intact.</summary>
    Valid,

    /// <summary>Absent or all zeros: the journal was created and never set up.</summary>
    Blank,

    /// <summary>
    /// A Quire journal by its first bytes, or torn over zeros, but its checksum fails.
    /// </summary>
    Damaged,

    /// <summary>Some other file.</summary>
    NotAJournal,

    /// <summary>Intact, but of a later format.</summary>
    UnsupportedVersion,
}
