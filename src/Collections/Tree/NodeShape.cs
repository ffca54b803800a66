using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>The numbers of a node's header that say how to read the rest of the page.</summary>
internal readonly record struct NodeShape(
    uint Magic, byte Kind, byte Level, int Count, int PrefixLength, int HeapStart, int DeadBytes)
{
    public static NodeShape Of(ReadOnlySpan<byte> page) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(page),
        page[NodeFormat.KindOffset],
        page[NodeFormat.LevelOffset],
        BinaryPrimitives.ReadUInt16LittleEndian(page[NodeFormat.CountOffset..]),
        BinaryPrimitives.ReadUInt16LittleEndian(page[NodeFormat.PrefixLengthOffset..]),
        BinaryPrimitives.ReadUInt16LittleEndian(page[NodeFormat.HeapStartOffset..]),
        BinaryPrimitives.ReadUInt16LittleEndian(page[NodeFormat.DeadBytesOffset..]));

    /// <summary>Whether the numbers can all be true of a page with so many bytes of payload.</summary>
    public bool IsSound(int payloadBytes)
    {
        int heapEnd = payloadBytes - PrefixLength;
        return Magic == NodeFormat.Magic
            && Kind == (Level == 0 ? NodeFormat.LeafKind : NodeFormat.InnerKind)
            && Level <= NodeFormat.MaxLevel
            && PrefixLength <= NodeFormat.MaxKeyBytes(payloadBytes)
            && HeapStart >= NodeFormat.HeaderBytes + (Count * NodeFormat.SlotBytes)
            && HeapStart <= heapEnd
            && DeadBytes <= heapEnd - HeapStart;
    }
}

/// <summary>Says what is wrong with a node; apart from <see cref="Node"/>, since it is rarely needed.</summary>
internal static class NodeCheck
{
    public static CorruptFileException ProblemOf(
        in PageSource pages, PageNumber number, PageNumber tree, int level)
    {
        ReadOnlySpan<byte> page = pages.Read(number);
        NodeShape shape = NodeShape.Of(page);
        uint itsTree = BinaryPrimitives.ReadUInt32LittleEndian(page[NodeFormat.TreeOffset..]);
        if (shape.Magic != NodeFormat.Magic)
        {
            return pages.Corrupt(
                number,
                NodeFormat.MagicOffset,
                $"begins with {shape.Magic:x8} where a node of a map begins with " +
                $"{NodeFormat.Magic:x8}");
        }

        if (itsTree != tree.Value)
        {
            return pages.Corrupt(
                number,
                NodeFormat.TreeOffset,
                $"belongs to the tree of page {itsTree}, expected {tree}");
        }

        if (level >= 0 && shape.Level != level)
        {
            return pages.Corrupt(
                number, NodeFormat.LevelOffset, $"has level {shape.Level}, expected {level}");
        }

        return pages.Corrupt(
            number,
            NodeFormat.KindOffset,
            $"is no node: kind {shape.Kind}, level {shape.Level}, {shape.Count} entries, prefix of " +
            $"{shape.PrefixLength} bytes, cells from {shape.HeapStart}, {shape.DeadBytes} of them " +
            $"dead, payload of {page.Length} bytes");
    }
}
