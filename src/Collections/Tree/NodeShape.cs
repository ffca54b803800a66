using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>The numbers of a node's header that say how to read the rest of the page.</summary>
/// <remarks>
/// Two words as they lie in the page, taken apart when a number is asked for: nodes are opened far
/// more often than anything else is done with them.
/// </remarks>
internal readonly struct NodeShape
{
    private readonly ulong _first;
    private readonly ulong _second;

    private NodeShape(ulong first, ulong second)
    {
        _first = first;
        _second = second;
    }

    public uint Magic => (uint)_first;

    public byte Kind => (byte)(_first >> (8 * NodeFormat.KindOffset));

    public byte Level => (byte)(_first >> (8 * NodeFormat.LevelOffset));

    public int Count => (ushort)(_first >> (8 * NodeFormat.CountOffset));

    public int PrefixLength => (ushort)_second;

    public int HeapStart =>
        (ushort)(_second >> (8 * (NodeFormat.HeapStartOffset - NodeFormat.PrefixLengthOffset)));

    public int DeadBytes =>
        (ushort)(_second >> (8 * (NodeFormat.DeadBytesOffset - NodeFormat.PrefixLengthOffset)));

    public static NodeShape Of(ReadOnlySpan<byte> page) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(page),
        BinaryPrimitives.ReadUInt64LittleEndian(page[NodeFormat.PrefixLengthOffset..]));

    public bool IsSameAs(in NodeShape other) =>
        _first == other._first && _second == other._second;

    /// <summary>
    /// Whether the numbers can all be true of a page with so many bytes of payload.
    /// </summary>
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

/// <summary>
/// Says what is wrong with a node; apart from <see cref="Node"/>, since it is rarely needed.
/// </summary>
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
            $"is no node: kind {shape.Kind}, level {shape.Level}, {shape.Count} entries, " +
            $"prefix of {shape.PrefixLength} bytes, cells from {shape.HeapStart}, " +
            $"{shape.DeadBytes} of them dead, payload of {page.Length} bytes");
    }
}
