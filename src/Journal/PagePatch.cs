using System.Buffers.Binary;

namespace Quire.Journal;

/// <summary>
/// The bytes of a page that a transaction has changed, for a log that has the page as it was before:
/// its length and the number of ranges, then of each range its place, its length and its bytes.
/// </summary>
internal static class PagePatch
{
    /// <summary>What a patch without ranges would have.</summary>
    public const int HeaderBytes = 4;

    private const int RangeHeaderBytes = 4;
    private const int WordBytes = sizeof(ulong);

    /// <summary>
    /// The most that a patch may have: beyond half a page the page itself is as good, and those that
    /// follow need not reach back behind it.
    /// </summary>
    public static int LimitBytes(int pageSize) => pageSize / 2;

    /// <summary>Says how one page becomes another one.</summary>
    /// <param name="before">The page as it was.</param>
    /// <param name="after">The page as it is; as long.</param>
    /// <param name="patch">Where the patch goes; how long it is bounds the patch.</param>
    /// <returns>Its length in bytes; 0 when it does not fit.</returns>
    public static int Write(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, Span<byte> patch)
    {
        int length = HeaderBytes;
        int ranges = 0;
        int at = before.CommonPrefixLength(after);
        while (at < after.Length)
        {
            int end = EndOfRange(before, after, at);
            int needed = RangeHeaderBytes + end - at;
            if (needed > patch.Length - length)
            {
                return 0;
            }

            BinaryPrimitives.WriteUInt16LittleEndian(patch[length..], (ushort)at);
            BinaryPrimitives.WriteUInt16LittleEndian(patch[(length + 2)..], (ushort)(end - at));
            after[at..end].CopyTo(patch[(length + RangeHeaderBytes)..]);
            length += needed;
            ranges++;
            at = end + before[end..].CommonPrefixLength(after[end..]);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(patch, (ushort)length);
        BinaryPrimitives.WriteUInt16LittleEndian(patch[2..], (ushort)ranges);
        return length;
    }

    /// <summary>How long a patch says that it is; not to be trusted.</summary>
    /// <param name="bytes">Its beginning.</param>
    public static int LengthOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length < HeaderBytes ? -1 : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    /// <summary>Makes a page what it was after the transaction.</summary>
    /// <param name="patch">The patch, whole; its ranges are not to be trusted.</param>
    /// <param name="page">The page as it was before the transaction.</param>
    /// <returns>Null when it was done, or what is wrong with the patch.</returns>
    public static string? Apply(ReadOnlySpan<byte> patch, Span<byte> page)
    {
        int ranges = BinaryPrimitives.ReadUInt16LittleEndian(patch[2..]);
        ReadOnlySpan<byte> rest = patch[HeaderBytes..];
        for (int i = 0; i < ranges; i++)
        {
            if (rest.Length < RangeHeaderBytes)
            {
                return $"it ends in range {i} of {ranges}";
            }

            int at = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            rest = rest[RangeHeaderBytes..];
            if (length > rest.Length || at + length > page.Length)
            {
                return $"range {i} of {ranges} has {length} bytes for byte {at} of a page of " +
                    $"{page.Length}, with {rest.Length} left";
            }

            rest[..length].CopyTo(page[at..]);
            rest = rest[length..];
        }

        return rest.IsEmpty ? null : $"{rest.Length} bytes are left behind {ranges} ranges";
    }

    /// <summary>
    /// A range goes on until a word is the same: to begin a new one costs half a word.
    /// </summary>
    private static int EndOfRange(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, int at)
    {
        int end = at;
        while (end + WordBytes <= after.Length)
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(before[end..])
                == BinaryPrimitives.ReadUInt64LittleEndian(after[end..]))
            {
                return end;
            }

            end += WordBytes;
        }

        return after.Length;
    }
}
