namespace Quire.Collections;

/// <summary>
/// A place in a tree, and the way from it to its neighbours, in both directions. The path of nodes
/// above it is remembered; there are no links between leaves, so that a split writes no third page.
/// </summary>
/// <remarks>
/// Every step holds the new key against the old one. An honest tree never fails that; a damaged
/// one, whose pages lead in circles or to the same leaf again and again, cannot keep a scan for
/// longer than there are different leaves.
/// </remarks>
internal sealed class TreeCursor
{
    private readonly PageSource _pages;
    private readonly PageNumber _root;
    private readonly CursorKey _key;
    private readonly LeafReadAhead _ahead = new();
    private Place[] _path = new Place[8];
    private int _depth = -1;
    private int _slot;
    private NodeShape _leaf;
    private Cell _cell;
    private byte[]? _image;

    /// <summary>The image of the node that was opened last, null in a write transaction.</summary>
    private byte[]? _opened;

    public TreeCursor(in PageSource pages, PageNumber root)
    {
        _pages = pages;
        _root = root;
        _key = new CursorKey(
            root.IsNone ? 0 : NodeFormat.MaxKeyBytes(pages.Read(root).Length));
    }

    /// <summary>Whether it is at a record.</summary>
    public bool IsPlaced { get; private set; }

    public ReadOnlySpan<byte> Key => _key.Bytes;

    public ValueReference Value
    {
        get
        {
            Node leaf = Leaf();
            return ValueReference.Of(_pages, leaf, _cell);
        }
    }

    /// <summary>The value in one piece; see <see cref="ValueReference.ToSpan"/>.</summary>
    public ReadOnlySpan<byte> ValueBytes => _cell.IsOverflow
        ? Value.ToSpan()
        : LeafBytes().Slice(_cell.TailOffset, _cell.TailLength);

    /// <summary>Goes to the first or last record.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveToEnd(bool isLast)
    {
        Leave();
        if (_root.IsNone)
        {
            return false;
        }

        return EnterLeaf(DescendAlong(Open(_root, -1), isLast), isLast);
    }

    /// <summary>Goes to the first record whose key is not below a key.</summary>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        int slot = PlaceAt(key, out int count);
        if (slot < 0)
        {
            return false;
        }

        if (slot < count)
        {
            LoadKey(slot);
            return true;
        }

        return count > 0 ? MoveToSibling(isBackward: false, isOrdered: false) : Leave();
    }

    /// <summary>Goes to the last record whose key is below a key, or not above it.</summary>
    public bool SeekBackward(ReadOnlySpan<byte> key, bool isInclusive)
    {
        int slot = PlaceAt(key, out int count);
        if (slot < 0)
        {
            return false;
        }

        if (slot < count)
        {
            LoadKey(slot);
            if (isInclusive && Key.SequenceEqual(key))
            {
                return true;
            }
        }

        if (slot > 0)
        {
            LoadKey(slot - 1);
            return true;
        }

        return count > 0 ? MoveToSibling(isBackward: true, isOrdered: false) : Leave();
    }

    /// <summary>Goes to the next record, or to the one before.</summary>
    /// <returns>Whether there is one; when not, the cursor is nowhere.</returns>
    public bool Move(bool isBackward)
    {
        int next = _slot + (isBackward ? -1 : 1);
        if ((uint)next >= (uint)_leaf.Count)
        {
            return MoveToSibling(isBackward, isOrdered: true);
        }

        ReadOnlySpan<byte> page = LeafBytes();
        if (!Node.TryCellAt(page, _leaf, next, out Cell cell))
        {
            // Says what is wrong with the cell.
            Leaf().CellAt(next);
        }

        switch (_key.Advance(page, _leaf.PrefixLength, cell, isBackward))
        {
            case KeyStep.OutOfOrder: throw OutOfOrder(Leaf(), next);
            case KeyStep.TooLong: throw TooLong(Leaf(), next, cell);
        }

        _cell = cell;
        _slot = next;
        return true;
    }

    public bool Leave()
    {
        IsPlaced = false;
        _depth = -1;
        return false;
    }

    /// <summary>Goes down to where a key is or would be.</summary>
    /// <returns>The slot; -1 when there is no tree.</returns>
    private int PlaceAt(ReadOnlySpan<byte> key, out int count)
    {
        Leave();
        count = 0;
        if (_root.IsNone)
        {
            return -1;
        }

        Node node = Open(_root, -1);
        while (!node.IsLeaf)
        {
            int child = node.FindChild(key);
            Push(node, child);
            node = Open(node.ChildAt(child), node.Level - 1);
        }

        int slot = node.Find(key, out _);
        Push(node, slot);
        Take(node);
        count = node.Count;
        return slot;
    }

    /// <summary>Goes to the leaf before or behind this one.</summary>
    private bool MoveToSibling(bool isBackward, bool isOrdered)
    {
        // A page that turns out to be damaged leaves the cursor nowhere.
        IsPlaced = false;
        int depth = _depth - 1;
        while (depth >= 0 && _path[depth].Index == (isBackward ? 0 : _path[depth].Shape.Count))
        {
            depth--;
        }

        if (depth < 0)
        {
            return Leave();
        }

        _key.Remember();
        ref Place place = ref _path[depth];
        place.Index += isBackward ? -1 : 1;
        _depth = depth;
        Node node = Again(place);
        if (node.Level == 1)
        {
            _ahead.Stepped(_pages, node, place.Index, isBackward);
        }

        node = Open(node.ChildAt(place.Index), node.Level - 1);
        node = DescendAlong(node, isBackward);
        if (!EnterLeaf(node, isBackward))
        {
            throw node.Corrupt(NodeFormat.CountOffset, "a leaf below an inner node is empty");
        }

        if (isOrdered && !_key.IsBeyondRemembered(isBackward))
        {
            IsPlaced = false;
            throw OutOfOrder(node, _slot);
        }

        return true;
    }

    /// <summary>Goes down along one edge of a subtree.</summary>
    private Node DescendAlong(Node node, bool isLast)
    {
        while (!node.IsLeaf)
        {
            int child = isLast ? node.Count : 0;
            Push(node, child);
            node = Open(node.ChildAt(child), node.Level - 1);
        }

        Push(node, 0);
        return node;
    }

    private bool EnterLeaf(in Node leaf, bool isLast)
    {
        Take(leaf);
        if (leaf.Count == 0)
        {
            return Leave();
        }

        LoadKey(isLast ? leaf.Count - 1 : 0);
        return true;
    }

    private void Take(in Node leaf)
    {
        _leaf = leaf.Shape;
        _image = _opened;
    }

    /// <summary>The leaf in which the cursor is.</summary>
    private Node Leaf() => Again(_path[_depth]);

    /// <summary>The leaf's payload; of a read transaction without asking for the page again.</summary>
    private ReadOnlySpan<byte> LeafBytes() => _image is null
        ? _pages.Read(_path[_depth].Page)
        : _pages.PayloadOf(_image);

    /// <summary>A node of the path again.</summary>
    private Node Again(in Place place)
    {
        if (place.Image is null)
        {
            return Node.Reopen(_pages, place.Page, place.Shape);
        }

        _pages.ThrowIfEnded();
        return Node.Reopen(_pages, place.Page, place.Shape, place.Image);
    }

    /// <summary>
    /// Opens a node. Inner ones of a read transaction are looked for among those that readers have
    /// opened before; leaves are not, or a scan would leave nothing but leaves there.
    /// </summary>
    private Node Open(PageNumber page, int level)
    {
        if (_pages.Nodes is not { } nodes)
        {
            _opened = null;
            return Node.Open(_pages, page, _root, level);
        }

        if (level != 0)
        {
            _pages.ThrowIfEnded();
            return nodes.Open(_pages, page, _root, level, out _opened);
        }

        _opened = _pages.ReadImage(page);
        return Node.Open(_pages, page, _opened, _root, level);
    }

    private void LoadKey(int slot)
    {
        Node leaf = Leaf();
        Cell cell = leaf.CellAt(slot);
        if (!_key.Load(leaf.Page, _leaf.PrefixLength, cell))
        {
            throw TooLong(leaf, slot, cell);
        }

        _cell = cell;
        _slot = slot;
        IsPlaced = true;
    }

    private void Push(in Node node, int index)
    {
        if (++_depth == _path.Length)
        {
            Array.Resize(ref _path, 2 * _depth);
        }

        _path[_depth] = new Place(node.Number, index, node.Shape, _opened);
    }

    private static CorruptFileException OutOfOrder(in Node leaf, int slot) => leaf.Corrupt(
        NodeFormat.HeaderBytes + (slot * NodeFormat.SlotBytes),
        $"the key of slot {slot} is not on the right side of its neighbour's");

    private CorruptFileException TooLong(in Node leaf, int slot, Cell cell) => leaf.Corrupt(
        NodeFormat.HeaderBytes + (slot * NodeFormat.SlotBytes),
        $"the key of slot {slot} has {_leaf.PrefixLength + cell.SuffixLength} bytes, more than " +
        $"{_key.LongestBytes}");

    /// <summary>A node of the path.</summary>
    /// <param name="Page">Its page.</param>
    /// <param name="Index">Which of its children is next; meaningless in the leaf.</param>
    /// <param name="Shape">What its header says.</param>
    /// <param name="Image">Its image; null in a write transaction, where pages move.</param>
    private record struct Place(PageNumber Page, int Index, NodeShape Shape, byte[]? Image);
}
