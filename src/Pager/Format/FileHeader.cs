using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;

namespace Quire.Pager;

/// <summary>
/// The header sector of a main file: what the file is, and how its pages are used. Changed only by
/// commits, through the journal like any page; the marker is not part of it.
/// </summary>
internal readonly record struct FileHeader
{
    public const ushort CurrentVersion = 1;

    private const int VersionOffset = 8;
    private const int PageSizeShiftOffset = 10;
    private const int ProtocolOffset = 11;
    private const int ApplicationIdOffset = 12;
    private const int UserVersionOffset = 16;
    private const int PageCountOffset = 20;
    private const int FreePagesOffset = 24;
    private const int FreeHintOffset = 28;
    private const int RootOffset = 32;
    private const int FileIdOffset = 40;
    private const int ChangedByOffset = 56;
    private const int ChecksumOffset = MainFormat.SectorBytes - 8;

    /// <summary>As PNG's: a transfer that changes line ends or strips bit 7 spoils it.</summary>
    public static ReadOnlySpan<byte> Magic => [0x51, 0x55, 0x49, 0x52, 0x45, 0x0D, 0x0A, 0x9A];

    public int PageSize { get; init; }

    public CommitProtocol Protocol { get; init; }

    public uint ApplicationId { get; init; }

    public uint UserVersion { get; init; }

    /// <summary>Pages of the file, the header's included; bytes past them mean nothing.</summary>
    public uint PageCount { get; init; }

    /// <summary>How many of them are free: clear bits of the allocation map.</summary>
    public uint FreePages { get; init; }

    /// <summary>No page below this one is free.</summary>
    public uint FreeHint { get; init; }

    /// <summary>Where the user's data begins; none in a new file.</summary>
    public PageNumber Root { get; init; }

    public Guid FileId { get; init; }

    /// <summary>The transaction that last changed this sector.</summary>
    public TransactionNumber ChangedBy { get; init; }

    /// <summary>Where the last page ends.</summary>
    public long LengthBytes => MainFormat.OffsetOf(new PageNumber(PageCount), PageSize);

    public void WriteTo(Span<byte> sector)
    {
        sector = sector[..MainFormat.SectorBytes];
        sector.Clear();
        Magic.CopyTo(sector);
        BinaryPrimitives.WriteUInt16LittleEndian(sector[VersionOffset..], CurrentVersion);
        sector[PageSizeShiftOffset] = (byte)BitOperations.Log2((uint)PageSize);
        sector[ProtocolOffset] = (byte)Protocol;
        BinaryPrimitives.WriteUInt32LittleEndian(sector[ApplicationIdOffset..], ApplicationId);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[UserVersionOffset..], UserVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[PageCountOffset..], PageCount);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[FreePagesOffset..], FreePages);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[FreeHintOffset..], FreeHint);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[RootOffset..], Root.Value);
        FileId.TryWriteBytes(sector[FileIdOffset..]);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[ChangedByOffset..], ChangedBy.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(
            sector[ChecksumOffset..], XxHash3.HashToUInt64(sector[..ChecksumOffset]));
    }

    /// <summary>Parses a sector that is not to be trusted.</summary>
    /// <returns>Null when it is valid, or what is wrong with it.</returns>
    public static HeaderProblem? TryRead(ReadOnlySpan<byte> sector, out FileHeader header)
    {
        header = default;
        if (sector.Length < MainFormat.SectorBytes)
        {
            return new HeaderProblem(
                QuireErrorCode.NotAQuireFile,
                sector.Length,
                $"the file ends after {sector.Length} bytes; a header takes {MainFormat.SectorBytes}");
        }

        sector = sector[..MainFormat.SectorBytes];
        if (!sector.StartsWith(Magic))
        {
            return new HeaderProblem(
                QuireErrorCode.NotAQuireFile,
                0,
                $"not a Quire file: it begins with {Convert.ToHexString(sector[..8])}, " +
                $"expected {Convert.ToHexString(Magic)}");
        }

        ulong expected = BinaryPrimitives.ReadUInt64LittleEndian(sector[ChecksumOffset..]);
        ulong actual = XxHash3.HashToUInt64(sector[..ChecksumOffset]);
        if (actual != expected)
        {
            return new HeaderProblem(
                QuireErrorCode.Corrupt,
                ChecksumOffset,
                $"the header has checksum {actual:x16}, expected {expected:x16}");
        }

        return Interpret(sector, out header);
    }

    private static HeaderProblem? Interpret(ReadOnlySpan<byte> sector, out FileHeader header)
    {
        header = default;
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(sector[VersionOffset..]);
        if (version != CurrentVersion)
        {
            return new HeaderProblem(
                QuireErrorCode.UnsupportedVersion,
                VersionOffset,
                $"the file has format version {version}; this release reads version {CurrentVersion}");
        }

        int shift = sector[PageSizeShiftOffset];
        if (shift is < 9 or > 16)
        {
            return new HeaderProblem(
                QuireErrorCode.Corrupt,
                PageSizeShiftOffset,
                $"the page size is 2^{shift} bytes; it must be 2^9 (512) to 2^16 (65536)");
        }

        byte protocol = sector[ProtocolOffset];
        if (protocol is not ((byte)CommitProtocol.Classic or (byte)CommitProtocol.Sealed))
        {
            return new HeaderProblem(
                QuireErrorCode.Corrupt,
                ProtocolOffset,
                $"the commit protocol is {protocol}; it must be 1 (classic) or 2 (sealed)");
        }

        header = new FileHeader
        {
            PageSize = 1 << shift,
            Protocol = (CommitProtocol)protocol,
            ApplicationId = BinaryPrimitives.ReadUInt32LittleEndian(sector[ApplicationIdOffset..]),
            UserVersion = BinaryPrimitives.ReadUInt32LittleEndian(sector[UserVersionOffset..]),
            PageCount = BinaryPrimitives.ReadUInt32LittleEndian(sector[PageCountOffset..]),
            FreePages = BinaryPrimitives.ReadUInt32LittleEndian(sector[FreePagesOffset..]),
            FreeHint = BinaryPrimitives.ReadUInt32LittleEndian(sector[FreeHintOffset..]),
            Root = new PageNumber(BinaryPrimitives.ReadUInt32LittleEndian(sector[RootOffset..])),
            FileId = new Guid(sector.Slice(FileIdOffset, 16)),
            ChangedBy = new TransactionNumber(
                BinaryPrimitives.ReadUInt64LittleEndian(sector[ChangedByOffset..])),
        };
        return header.CheckCounts();
    }

    /// <summary>Numbers that a sound checksum does not make true.</summary>
    /// <returns>Null when they can be true, or the first that cannot.</returns>
    public HeaderProblem? CheckCounts()
    {
        uint least = MainFormat.HeaderPages(PageSize) + 1;
        if (PageCount < least)
        {
            return new HeaderProblem(
                QuireErrorCode.Corrupt,
                PageCountOffset,
                $"the header counts {PageCount} pages; the smallest file has {least}");
        }

        if (FreePages > PageCount - least)
        {
            return new HeaderProblem(
                QuireErrorCode.Corrupt,
                FreePagesOffset,
                $"the header counts {FreePages} free pages of {PageCount}");
        }

        if (FreeHint < least || FreeHint > PageCount)
        {
            return new HeaderProblem(
                QuireErrorCode.Corrupt,
                FreeHintOffset,
                $"the free hint is page {FreeHint}; it must be from {least} to {PageCount}");
        }

        bool isRootUsable = Root.Value >= least
            && Root.Value < PageCount
            && !new AllocationMap(PageSize).IsMapPage(Root);
        if (!Root.IsNone && !isRootUsable)
        {
            return new HeaderProblem(
                QuireErrorCode.Corrupt,
                RootOffset,
                $"the root is page {Root}; it must be a data page from {least} to {PageCount - 1}");
        }

        return null;
    }
}

/// <summary>What is wrong with a header sector.</summary>
/// <param name="Code">The kind of problem.</param>
/// <param name="Offset">Where in the file, in bytes.</param>
/// <param name="Text">What was expected and what was found.</param>
internal readonly record struct HeaderProblem(QuireErrorCode Code, long Offset, string Text)
{
    public CorruptFileException ToException(string path) => new(path, Offset, Text, Code);
}
