using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>What a node's header says besides what follows from its entries.</summary>
internal readonly record struct NodeHead(
    int Level, PageNumber Tree, PageNumber FirstChild, byte Role, byte Version, ulong Records)
{
    public static NodeHead Of(in Node node) =>
        new(node.Level, node.Tree, node.FirstChild, node.Role, node.Version, node.Records);

    public void WriteTo(Span<byte> page)
    {
        page[..NodeFormat.HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(page, NodeFormat.Magic);
        page[NodeFormat.KindOffset] = Level == 0 ? NodeFormat.LeafKind : NodeFormat.InnerKind;
        page[NodeFormat.LevelOffset] = (byte)Level;
        BinaryPrimitives.WriteUInt32LittleEndian(page[NodeFormat.TreeOffset..], Tree.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(
            page[NodeFormat.FirstChildOffset..], FirstChild.Value);
        page[NodeFormat.RoleOffset] = Role;
        page[NodeFormat.VersionOffset] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(page[NodeFormat.RecordsOffset..], Records);
    }
}

/// <summary>
/// Changes a node page where it lies. Its caller has opened the page as a <see cref="Node"/> and
/// found that there is room; what needs the whole node laid out anew goes through <see
/// cref="EntryList"/>.
/// </summary>
internal static class NodeEditor
{
    /// <summary>Makes an empty node.</summary>
    public static void Clear(Span<byte> page, NodeHead head)
    {
        page.Clear();
        head.WriteTo(page);
        WriteUInt16(page, NodeFormat.HeapStartOffset, page.Length);
    }

    /// <summary>
    /// Whether an entry fits between slots and cells, and its key has the node's prefix.
    /// </summary>
    public static bool CanInsert(
        in Node node, ReadOnlySpan<byte> key, int tailLength, bool needsSlot) =>
        key.StartsWith(node.Prefix)
        && CellBytes(node, key, tailLength) + (needsSlot ? NodeFormat.SlotBytes : 0)
            <= node.GapBytes;

    /// <summary>Puts a new entry at a slot.</summary>
    public static void Insert(
        Span<byte> page,
        int slot,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> tail,
        bool isOverflow)
    {
        NodeShape shape = NodeShape.Of(page);
        ReadOnlySpan<byte> suffix = key[shape.PrefixLength..];
        int cell = WriteCell(page, shape, suffix, tail, isOverflow);
        int at = SlotOffset(slot);
        int end = SlotOffset(shape.Count);
        page[at..end].CopyTo(page[(at + NodeFormat.SlotBytes)..]);
        WriteSlot(page, slot, Node.HeadOf(suffix), cell);
        WriteUInt16(page, NodeFormat.CountOffset, shape.Count + 1);
    }

    /// <summary>
    /// Gives an entry another cell, perhaps with another key; the old one is dead.
    /// </summary>
    public static void Replace(
        Span<byte> page,
        int slot,
        Cell old,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> tail,
        bool isOverflow)
    {
        NodeShape shape = NodeShape.Of(page);
        ReadOnlySpan<byte> suffix = key[shape.PrefixLength..];
        int cell = WriteCell(page, shape, suffix, tail, isOverflow);
        WriteSlot(page, slot, Node.HeadOf(suffix), cell);
        AddDead(page, shape, old);
    }

    /// <summary>Overwrites what belongs to a key; the new tail is as long as the old one.</summary>
    public static void ReplaceTail(
        Span<byte> page, Cell cell, ReadOnlySpan<byte> tail) =>
        tail.CopyTo(page.Slice(cell.TailOffset, cell.TailLength));

    /// <summary>Takes an entry out.</summary>
    public static void Remove(Span<byte> page, int slot, Cell cell)
    {
        NodeShape shape = NodeShape.Of(page);
        int at = SlotOffset(slot);
        int end = SlotOffset(shape.Count);
        page[(at + NodeFormat.SlotBytes)..end].CopyTo(page[at..]);
        WriteUInt16(page, NodeFormat.CountOffset, shape.Count - 1);
        AddDead(page, shape, cell);
    }

    public static void SetFirstChild(Span<byte> page, PageNumber child) =>
        BinaryPrimitives.WriteUInt32LittleEndian(page[NodeFormat.FirstChildOffset..], child.Value);

    public static void SetRecords(Span<byte> page, ulong records) =>
        BinaryPrimitives.WriteUInt64LittleEndian(page[NodeFormat.RecordsOffset..], records);

    public static void WriteSlot(Span<byte> page, int slot, uint head, int cell)
    {
        int at = SlotOffset(slot);
        BinaryPrimitives.WriteUInt32LittleEndian(page[at..], head);
        WriteUInt16(page, at + NodeFormat.SlotCellOffset, cell);
    }

    public static void WriteUInt16(Span<byte> page, int offset, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(page[offset..], checked((ushort)value));

    private static int CellBytes(in Node node, ReadOnlySpan<byte> key, int tailLength) =>
        NodeFormat.CellHeaderBytes(node.IsLeaf)
        + key.Length - node.Shape.PrefixLength
        + tailLength;

    private static int WriteCell(
        Span<byte> page,
        NodeShape shape,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> tail,
        bool isOverflow)
    {
        bool isLeaf = shape.Level == 0;
        int header = NodeFormat.CellHeaderBytes(isLeaf);
        int cell = shape.HeapStart - header - suffix.Length - tail.Length;
        WriteUInt16(page, NodeFormat.HeapStartOffset, cell);
        WriteCellAt(page[cell..], isLeaf, suffix, tail, isOverflow);
        return cell;
    }

    /// <summary>Writes a cell's header, key and tail.</summary>
    public static void WriteCellAt(
        Span<byte> cell,
        bool isLeaf,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> tail,
        bool isOverflow)
    {
        WriteUInt16(cell, 0, suffix.Length);
        if (isLeaf)
        {
            WriteUInt16(cell, 2, tail.Length | (isOverflow ? NodeFormat.OverflowFlag : 0));
        }

        int header = NodeFormat.CellHeaderBytes(isLeaf);
        suffix.CopyTo(cell[header..]);
        tail.CopyTo(cell[(header + suffix.Length)..]);
    }

    /// <summary>The same for a key and a tail that lie behind each other.</summary>
    public static void WriteCellAt(
        Span<byte> cell,
        bool isLeaf,
        ReadOnlySpan<byte> suffixAndTail,
        int suffixLength,
        bool isOverflow)
    {
        WriteUInt16(cell, 0, suffixLength);
        if (isLeaf)
        {
            int tailLength = suffixAndTail.Length - suffixLength;
            WriteUInt16(cell, 2, tailLength | (isOverflow ? NodeFormat.OverflowFlag : 0));
        }

        suffixAndTail.CopyTo(cell[NodeFormat.CellHeaderBytes(isLeaf)..]);
    }

    private static void AddDead(Span<byte> page, NodeShape shape, Cell cell)
    {
        int bytes = NodeFormat.CellHeaderBytes(shape.Level == 0)
            + cell.SuffixLength + cell.TailLength;

        // Cells of a damaged page may overlap; the sum must not become one that no page can have.
        int heap = page.Length - shape.PrefixLength - shape.HeapStart;
        WriteUInt16(page, NodeFormat.DeadBytesOffset, Math.Min(shape.DeadBytes + bytes, heap));
    }

    private static int SlotOffset(int slot) =>
        NodeFormat.HeaderBytes + (slot * NodeFormat.SlotBytes);
}
