using System.Buffers.Binary;
using System.IO.Hashing;

namespace Quire.Journal;

/// <summary>What a frame of the journal carries.</summary>
internal enum FrameKind : uint
{
    /// <summary>Nothing: where the first frame would be, this means an empty journal.</summary>
    None = 0,

    /// <summary>The image of one page.</summary>
    Page = 0x45474150, // "PAGE"

    /// <summary>
    /// The bytes of one page that differ from what it was before the record: <see cref="PagePatch"/>.
    /// Only in a log.
    /// </summary>
    Patch = 0x48435450, // "PTCH"

    /// <summary>
    /// The header sector of the main file. The marker is never part of it (rule R-G6).
    /// </summary>
    Header = 0x52444845, // "EHDR"

    /// <summary>The seal: everything before it is one whole transaction.</summary>
    Seal = 0x4C414553, // "SEAL"
}

/// <summary>
/// The 40 bytes before each image in the journal. Frames form a chain: each one's checksum covers
/// its own header and the checksum of the one before, and each header carries the checksum of its
/// image, so the checksum of the seal covers every byte of the transaction.
/// </summary>
/// <param name="Kind">What follows the header.</param>
/// <param name="PageOrCount">The page number; in a seal, the number of frames before it.</param>
/// <param name="Number">
/// The transaction; of several that share a record the first, and in the seal the last.
/// </param>
/// <param name="Salt">The salt of the journal header.</param>
/// <param name="ImageChecksum">
/// XXH3 of the image; in a seal, the chain value that the record began with: in a log the seal
/// before it, in classic 0.
/// </param>
/// <param name="Chain">
/// XXH3 of the fields above, seeded with the chain value of the frame before.
/// </param>
internal readonly record struct JournalFrameHeader(
    FrameKind Kind,
    uint PageOrCount,
    TransactionNumber Number,
    ulong Salt,
    ulong ImageChecksum,
    ulong Chain)
{
    public const int SizeBytes = 40;

    private const int ChainedBytes = 32;

    public static JournalFrameHeader Read(ReadOnlySpan<byte> bytes) => new(
        (FrameKind)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        new TransactionNumber(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]));

    /// <summary>Writes the header with its place in the chain.</summary>
    /// <returns>The chain value, which the next frame continues.</returns>
    public static ulong Write(
        Span<byte> bytes,
        FrameKind kind,
        uint pageOrCount,
        TransactionNumber number,
        ulong salt,
        ulong imageChecksum,
        ulong previousChain)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)kind);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], pageOrCount);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], number.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], salt);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], imageChecksum);
        ulong chain = ChainOf(bytes, previousChain);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], chain);
        return chain;
    }

    /// <summary>
    /// The chain value that a frame header must carry after <paramref name="previousChain"/>.
    /// </summary>
    public static ulong ChainOf(ReadOnlySpan<byte> bytes, ulong previousChain) =>
        XxHash3.HashToUInt64(bytes[..ChainedBytes], unchecked((long)previousChain));

    /// <summary>
    /// The length of the image behind a frame of this kind, in bytes; -1 for no known kind, or a patch
    /// that is too long.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="pageSize">The page size of the main file, in bytes.</param>
    /// <param name="image">The image's beginning: a patch says how long it is.</param>
    public static int ImageLength(FrameKind kind, int pageSize, ReadOnlySpan<byte> image) =>
        kind switch
        {
            FrameKind.Page => pageSize,
            FrameKind.Patch => PatchLength(pageSize, image),
            FrameKind.Header => JournalFormat.HeaderImageBytes,
            FrameKind.Seal => 0,
            _ => -1,
        };

    private static int PatchLength(int pageSize, ReadOnlySpan<byte> image)
    {
        int length = PagePatch.LengthOf(image);
        return length >= PagePatch.HeaderBytes && length <= PagePatch.LimitBytes(pageSize) ? length : -1;
    }
}

/// <summary>Where the journal keeps one image.</summary>
/// <param name="Kind">A page, a patch of one, or the header sector.</param>
/// <param name="Page">The page; page 0 for the header sector.</param>
/// <param name="ImageOffset">Where the image begins in the journal, in bytes.</param>
/// <param name="Length">How long the image is, in bytes.</param>
/// <param name="ImageChecksum">What the image must hash to, verified on every read.</param>
internal readonly record struct JournalFrame(
    FrameKind Kind, PageNumber Page, long ImageOffset, int Length, ulong ImageChecksum);

/// <summary>Sizes and places in the journal file.</summary>
internal static class JournalFormat
{
    /// <summary>What is added to the main file's path to name its journal.</summary>
    public const string FileSuffix = "-journal";

    /// <summary>
    /// Where frames begin. The header has a block of 4096 bytes to itself, so that a device that
    /// rewrites whole 4096-byte sectors cannot damage it while frames are written.
    /// </summary>
    public const long FirstFrameOffset = 4096;

    /// <summary>
    /// Where the second log header of a sealed file lies, in a block of its own as well.
    /// </summary>
    public const long SecondHeaderOffset = 4096;

    /// <summary>Where the records of a log begin, behind both of its headers.</summary>
    public const long FirstRecordOffset = 8192;

    /// <summary>The header sector of the main file as an image.</summary>
    public const int HeaderImageBytes = 512;

    /// <summary>
    /// The journal grows by at least this much, in written zeros: overwriting allocated blocks
    /// makes a sync cost one device flush instead of an allocation as well.
    /// </summary>
    public const int GrowthBytes = 64 * 1024;
}
