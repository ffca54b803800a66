using System.Buffers;
using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>A value that lies outside of its leaf: how long it is and where it begins.</summary>
internal readonly record struct OverflowReference(long LengthBytes, PageNumber First)
{
    public static OverflowReference Of(ReadOnlySpan<byte> tail) => new(
        BinaryPrimitives.ReadInt64LittleEndian(tail),
        new PageNumber(BinaryPrimitives.ReadUInt32LittleEndian(tail[8..])));

    public void WriteTo(Span<byte> tail)
    {
        BinaryPrimitives.WriteInt64LittleEndian(tail, LengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(tail[8..], First.Value);
    }
}

/// <summary>
/// The pages of a value that is too long for its leaf, each naming the next. Drawn in
/// docs/format.md, "Overflow page".
/// </summary>
/// <remarks>
/// Each page says which tree it belongs to and which of the chain it is, counted from 0. A page
/// cannot be two of them, so no chain, however damaged, leads in a circle. The length is believed
/// only as far as the file has pages for it.
/// </remarks>
internal static class OverflowChain
{
    public const int HeaderBytes = 20;

    public const int NextOffset = 12;
    public const int IndexOffset = 16;

    /// <summary>How many bytes of a value one page takes.</summary>
    public static int CapacityOf(int payloadBytes) => payloadBytes - HeaderBytes;

    /// <summary>
    /// Refuses a length for which the file has no room, before anything is made of it.
    /// </summary>
    public static void Check(
        in PageSource pages, PageNumber leaf, int offset, OverflowReference value)
    {
        if (value.LengthBytes < 0
            || value.LengthBytes > (long)pages.PageCount * ushort.MaxValue
            || value.LengthBytes > pages.PageCount * (long)pages.Read(leaf).Length)
        {
            throw pages.Corrupt(
                leaf,
                offset,
                $"a value of {value.LengthBytes} bytes in a file of {pages.PageCount} pages");
        }
    }

    /// <summary>One page of a chain, checked.</summary>
    /// <param name="pages">Where to read it.</param>
    /// <param name="tree">The root page of the tree that it must belong to.</param>
    /// <param name="page">The page.</param>
    /// <param name="index">Which of the chain it must be.</param>
    /// <param name="next">The page after it.</param>
    /// <returns>All bytes that it has room for; the last page of a chain uses only some.</returns>
    public static ReadOnlySpan<byte> Read(
        scoped in PageSource pages,
        PageNumber tree,
        PageNumber page,
        uint index,
        out PageNumber next)
    {
        ReadOnlySpan<byte> bytes = pages.Read(page);
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        byte kind = bytes[NodeFormat.KindOffset];
        uint itsTree = BinaryPrimitives.ReadUInt32LittleEndian(bytes[NodeFormat.TreeOffset..]);
        uint itsIndex = BinaryPrimitives.ReadUInt32LittleEndian(bytes[IndexOffset..]);
        if (magic != NodeFormat.Magic
            || kind != NodeFormat.OverflowKind
            || itsTree != tree.Value
            || itsIndex != index)
        {
            throw pages.Corrupt(
                page,
                0,
                $"is no overflow page: magic {magic:x8}, kind {kind}, page {itsIndex} of a chain " +
                $"of tree {itsTree}, expected {index} of tree {tree}");
        }

        next = new PageNumber(BinaryPrimitives.ReadUInt32LittleEndian(bytes[NextOffset..]));
        return bytes[HeaderBytes..];
    }

    /// <summary>Copies a whole value.</summary>
    public static void CopyTo(
        in PageSource pages, PageNumber tree, OverflowReference value, Span<byte> destination)
    {
        PageNumber page = value.First;
        for (uint index = 0; destination.Length > 0; index++)
        {
            ReadOnlySpan<byte> bytes = Read(pages, tree, page, index, out page);
            int length = Math.Min(bytes.Length, destination.Length);
            bytes[..length].CopyTo(destination);
            destination = destination[length..];
        }
    }

    /// <summary>Appends a whole value to a buffer.</summary>
    public static void CopyTo(
        in PageSource pages,
        PageNumber tree,
        OverflowReference value,
        IBufferWriter<byte> destination)
    {
        PageNumber page = value.First;
        long left = value.LengthBytes;
        for (uint index = 0; left > 0; index++)
        {
            ReadOnlySpan<byte> bytes = Read(pages, tree, page, index, out page);
            int length = (int)Math.Min(bytes.Length, left);
            destination.Write(bytes[..length]);
            left -= length;
        }
    }

    /// <summary>How many pages a value of this length has.</summary>
    public static long PagesOf(long lengthBytes, int payloadBytes)
    {
        int capacity = CapacityOf(payloadBytes);
        return (lengthBytes / capacity) + (lengthBytes % capacity == 0 ? 0 : 1);
    }

    /// <summary>Gives the pages of a chain back.</summary>
    public static void Free(
        WriteTransaction write, PageNumber tree, OverflowReference value, int payloadBytes)
    {
        var pages = new PageSource(write);
        PageNumber page = value.First;
        long count = PagesOf(value.LengthBytes, payloadBytes);
        for (uint index = 0; index < count; index++)
        {
            Read(pages, tree, page, index, out PageNumber next);
            write.Free(page);
            page = next;
        }
    }
}
