using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Quire.Pager;

namespace Quire.Collections;

/// <summary>
/// A node page, for reading. Opening it checks the header once; each cell is checked when it is
/// looked at. Nothing that a page says is used as a length or an offset before that.
/// </summary>
/// <remarks>
/// A search costs one comparison with the prefix, about log2(count) steps over the slots without a
/// branch that depends on the keys ("poor man's normalised keys": Graefe and Larson, "B-tree
/// indexes and CPU caches", 2001), and mostly one comparison with a cell.
/// The span behind it obeys the rule of its transaction: in a write transaction it dies with the
/// next call.
/// </remarks>
internal readonly ref struct Node
{
    private readonly ReadOnlySpan<byte> _page;
    private readonly PageSource _pages;

    private Node(
        scoped in PageSource pages,
        PageNumber number,
        ReadOnlySpan<byte> page,
        NodeShape shape)
    {
        _pages = pages;
        _page = page;
        Number = number;
        Shape = shape;
    }

    public PageNumber Number { get; }

    /// <summary>What its header says, checked.</summary>
    public NodeShape Shape { get; }

    public int Count => Shape.Count;

    public int Level => Shape.Level;

    public bool IsLeaf => Shape.Level == 0;

    public ReadOnlySpan<byte> Page => _page;

    /// <summary>What all keys of the node begin with.</summary>
    public ReadOnlySpan<byte> Prefix => _page[^Shape.PrefixLength..];

    public PageNumber Tree => new(ReadUInt32(NodeFormat.TreeOffset));

    public PageNumber FirstChild => new(ReadUInt32(NodeFormat.FirstChildOffset));

    public byte Role => _page[NodeFormat.RoleOffset];

    public byte Version => _page[NodeFormat.VersionOffset];

    /// <summary>How many records the whole tree has; of a root only.</summary>
    public ulong Records =>
        BinaryPrimitives.ReadUInt64LittleEndian(_page[NodeFormat.RecordsOffset..]);

    /// <summary>Bytes between the slots and the cells.</summary>
    public int GapBytes => Shape.HeapStart - SlotsEnd;

    /// <summary>Bytes that slots, cells and prefix use.</summary>
    public int UsedBytes =>
        NodeFormat.CapacityOf(_page.Length) - GapBytes - Shape.DeadBytes;

    private int SlotsEnd => NodeFormat.HeaderBytes + (Shape.Count * NodeFormat.SlotBytes);

    /// <summary>Reads a node and checks its header.</summary>
    /// <param name="pages">Where to read it.</param>
    /// <param name="number">The page.</param>
    /// <param name="tree">The root page of the tree that it must belong to.</param>
    /// <param name="level">The level that it must have; negative for any, at the root.</param>
    /// <exception cref="CorruptFileException">It is not such a node.</exception>
    public static Node Open(
        scoped in PageSource pages, PageNumber number, PageNumber tree, int level) =>
        Check(pages, number, pages.Read(number), tree, level);

    /// <summary>The same, of an image that is kept.</summary>
    public static Node Open(
        scoped in PageSource pages, PageNumber number, byte[] image, PageNumber tree, int level) =>
        Check(pages, number, pages.PayloadOf(image), tree, level);

    /// <summary>A node again that was opened before and has not changed since.</summary>
    public static Node Reopen(scoped in PageSource pages, PageNumber number, NodeShape shape) =>
        new(pages, number, pages.Read(number), shape);

    /// <summary>The same, of an image that was kept.</summary>
    public static Node Reopen(
        scoped in PageSource pages, PageNumber number, NodeShape shape, byte[] image) =>
        new(pages, number, image.AsSpan(PageFormat.HeaderBytes), shape);

    private static Node Check(
        scoped in PageSource pages,
        PageNumber number,
        ReadOnlySpan<byte> page,
        PageNumber tree,
        int level)
    {
        NodeShape shape = NodeShape.Of(page);
        var node = new Node(pages, number, page, shape);
        if (!shape.IsSound(page.Length)
            || node.ReadUInt32(NodeFormat.TreeOffset) != tree.Value
            || (level >= 0 && shape.Level != level)
            || (shape.Count == 0 && shape.Level == 0 && number != tree))
        {
            throw NodeCheck.ProblemOf(pages, number, tree, level);
        }

        return node;
    }

    /// <summary>
    /// The first slot whose key is not below a key; the count when there is none.
    /// </summary>
    public int Find(ReadOnlySpan<byte> key, out bool isFound)
    {
        isFound = false;
        int prefixLength = Shape.PrefixLength;
        if (prefixLength > 0)
        {
            ReadOnlySpan<byte> prefix = Prefix;
            if (!key.StartsWith(prefix))
            {
                return key.SequenceCompareTo(prefix) < 0 ? 0 : Count;
            }

            key = key[prefixLength..];
        }

        uint head = HeadOf(key);
        int low = FirstAtLeast(head);
        if (low == Count || HeadAt(low) != head)
        {
            return low;
        }

        int high = low + 1;
        if (high < Count && HeadAt(high) == head)
        {
            high = head == uint.MaxValue ? Count : FirstAtLeast(head + 1);
        }

        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int order = SuffixOf(middle).SequenceCompareTo(key);
            if (order == 0)
            {
                isFound = true;
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>
    /// Which child holds a key: 0 for the first, otherwise one more than its slot.
    /// </summary>
    public int FindChild(ReadOnlySpan<byte> key)
    {
        int slot = Find(key, out bool isFound);
        return isFound ? slot + 1 : slot;
    }

    public PageNumber ChildAt(int index) => index == 0
        ? FirstChild
        : new PageNumber(BinaryPrimitives.ReadUInt32LittleEndian(TailOf(CellAt(index - 1))));

    /// <summary>Where a slot's cell has its parts, checked against the page.</summary>
    public Cell CellAt(int slot) =>
        TryCellAt(_page, Shape, slot, out Cell cell) ? cell : throw BadCell(slot);

    /// <summary>The same without a node.</summary>
    /// <returns>Whether the cell lies in the page.</returns>
    public static bool TryCellAt(
        ReadOnlySpan<byte> page, NodeShape shape, int slot, out Cell cell)
    {
        bool isLeaf = shape.Level == 0;
        int at = CellOffset(page, slot);
        int header = NodeFormat.CellHeaderBytes(isLeaf);
        int end = page.Length - shape.PrefixLength;
        if (at < shape.HeapStart || at + header > end)
        {
            cell = default;
            return false;
        }

        int suffixLength = BinaryPrimitives.ReadUInt16LittleEndian(page[at..]);
        int tail = isLeaf
            ? BinaryPrimitives.ReadUInt16LittleEndian(page[(at + 2)..])
            : NodeFormat.ChildBytes;
        cell = new Cell(
            at + header,
            suffixLength,
            tail & ~NodeFormat.OverflowFlag,
            (tail & NodeFormat.OverflowFlag) != 0);
        return cell.End <= end
            && (!cell.IsOverflow || cell.TailLength == NodeFormat.OverflowReferenceBytes);
    }

    /// <summary>What a slot's key has behind the prefix.</summary>
    public ReadOnlySpan<byte> SuffixOf(int slot) => SuffixOf(CellAt(slot));

    public ReadOnlySpan<byte> SuffixOf(Cell cell) =>
        _page.Slice(cell.SuffixOffset, cell.SuffixLength);

    public ReadOnlySpan<byte> TailOf(Cell cell) => _page.Slice(cell.TailOffset, cell.TailLength);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint HeadAt(int slot) => ReadUInt32(SlotOffset(slot));

    /// <summary>
    /// The first four bytes, zeros behind a shorter key, as a number that sorts like them.
    /// </summary>
    public static uint HeadOf(ReadOnlySpan<byte> suffix)
    {
        if (suffix.Length >= 4)
        {
            return BinaryPrimitives.ReadUInt32BigEndian(suffix);
        }

        uint head = 0;
        for (int i = 0; i < suffix.Length; i++)
        {
            head |= (uint)suffix[i] << (24 - (8 * i));
        }

        return head;
    }

    public CorruptFileException Corrupt(int offset, string problem) =>
        _pages.Corrupt(Number, offset, problem);

    private int FirstAtLeast(uint head)
    {
        int low = 0;
        int left = Count;
        while (left > 1)
        {
            int half = left >>> 1;
            low += HeadAt(low + half - 1) < head ? half : 0;
            left -= half;
        }

        return left == 1 && HeadAt(low) < head ? low + 1 : low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint ReadUInt32(int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(_page[offset..]);

    private static int SlotOffset(int slot) =>
        NodeFormat.HeaderBytes + (slot * NodeFormat.SlotBytes);

    private static int CellOffset(ReadOnlySpan<byte> page, int slot) =>
        BinaryPrimitives.ReadUInt16LittleEndian(
            page[(SlotOffset(slot) + NodeFormat.SlotCellOffset)..]);

    private CorruptFileException BadCell(int slot) => Corrupt(
        SlotOffset(slot),
        $"slot {slot} of {Count} leads to a cell at {CellOffset(_page, slot)}, which does not lie " +
        $"between {Shape.HeapStart} and {_page.Length - Shape.PrefixLength}");
}

/// <summary>Where a cell's key and what belongs to it lie in the page.</summary>
internal readonly record struct Cell(
    int SuffixOffset, int SuffixLength, int TailLength, bool IsOverflow)
{
    public int TailOffset => SuffixOffset + SuffixLength;

    public int End => TailOffset + TailLength;
}
