using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;

namespace Quire.Journal;

/// <summary>
/// The first sector of a journal: which main file it belongs to. Written once, when the journal is
/// created, and only after the directory entry is durable (rule R-G5): a header that can be read
/// proves that the journal cannot vanish.
/// </summary>
/// <param name="FileId">The id of the main file.</param>
/// <param name="PageSize">The page size of the main file, in bytes.</param>
/// <param name="Salt">Drawn at creation; every frame repeats it.</param>
/// <param name="BaseNumber">
/// The transaction below which main is durable. Always 0 in classic.
/// </param>
internal readonly record struct JournalHeader(
    Guid FileId, int PageSize, ulong Salt, TransactionNumber BaseNumber)
{
    public const int SizeBytes = 512;
    public const ushort CurrentVersion = 1;

    private const int MagicOffset = 0;
    private const int VersionOffset = 8;
    private const int PageSizeShiftOffset = 10;
    private const int FileIdOffset = 16;
    private const int BaseNumberOffset = 32;
    private const int SaltOffset = 40;
    private const int ChecksumOffset = SizeBytes - 8;

    public static ReadOnlySpan<byte> Magic => "QUIREJNL"u8;

    public void WriteTo(Span<byte> sector)
    {
        sector = sector[..SizeBytes];
        sector.Clear();
        Magic.CopyTo(sector[MagicOffset..]);
        BinaryPrimitives.WriteUInt16LittleEndian(sector[VersionOffset..], CurrentVersion);
        sector[PageSizeShiftOffset] = (byte)BitOperations.Log2((uint)PageSize);
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
        if (shift is < 9 or > 16)
        {
            return JournalHeaderCondition.Damaged;
        }

        header = new JournalHeader(
            new Guid(sector.Slice(FileIdOffset, 16)),
            1 << shift,
            BinaryPrimitives.ReadUInt64LittleEndian(sector[SaltOffset..]),
            new TransactionNumber(
                BinaryPrimitives.ReadUInt64LittleEndian(sector[BaseNumberOffset..])));
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
