using System.Buffers.Binary;
using System.IO.Hashing;

namespace Quire.Pager;

/// <summary>
/// What a page holds besides its payload: a checksum, the transaction that wrote it, its own number
/// and its kind. The number catches misdirected writes; the checksum, seeded with the file's id,
/// catches bit rot and pages of other files.
/// </summary>
internal static class PageFormat
{
    /// <summary>The header in front of the payload, in bytes.</summary>
    public const int HeaderBytes = 24;

    private const int ChecksumOffset = 0;
    private const int TransactionOffset = 8;
    private const int NumberOffset = 16;
    private const int KindOffset = 20;

    public static int PayloadBytes(int pageSize) => pageSize - HeaderBytes;

    /// <summary>The seed of all page checksums of one file.</summary>
    public static long SeedOf(Guid fileId)
    {
        Span<byte> bytes = stackalloc byte[16];
        fileId.TryWriteBytes(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public static PageKind KindOf(ReadOnlySpan<byte> page) =>
        (PageKind)BinaryPrimitives.ReadUInt16LittleEndian(page[KindOffset..]);

    public static TransactionNumber TransactionOf(ReadOnlySpan<byte> page) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(page[TransactionOffset..]));

    /// <summary>Makes an empty page: kind and number set, payload zero, checksum not yet.</summary>
    public static void Initialise(Span<byte> page, PageNumber number, PageKind kind)
    {
        page.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(page[NumberOffset..], number.Value);
        BinaryPrimitives.WriteUInt16LittleEndian(page[KindOffset..], (ushort)kind);
    }

    /// <summary>
    /// Puts transaction and checksum into a page that is about to be staged for good.
    /// </summary>
    public static void Finish(Span<byte> page, TransactionNumber transaction, long seed)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(page[TransactionOffset..], transaction.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(
            page[ChecksumOffset..], XxHash3.HashToUInt64(page[TransactionOffset..], seed));
    }

    /// <summary>Holds a page that was read against its checksum and its number.</summary>
    /// <returns>Null when it is sound, or what is wrong.</returns>
    public static string? Check(ReadOnlySpan<byte> page, PageNumber number, long seed)
    {
        ulong expected = BinaryPrimitives.ReadUInt64LittleEndian(page[ChecksumOffset..]);
        ulong actual = XxHash3.HashToUInt64(page[TransactionOffset..], seed);
        if (actual != expected)
        {
            return $"page {number} has checksum {actual:x16}, expected {expected:x16}";
        }

        uint found = BinaryPrimitives.ReadUInt32LittleEndian(page[NumberOffset..]);
        return found == number.Value ? null : $"page {number} says that it is page {found}";
    }
}

/// <summary>What a page is for.</summary>
internal enum PageKind : ushort
{
    /// <summary>No page has this kind.</summary>
    None = 0,

    /// <summary>Part of the allocation map.</summary>
    AllocationMap = 1,

    /// <summary>The user's own bytes.</summary>
    Data = 2,
}
