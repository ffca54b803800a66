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
    private readonly byte[] _key;
    private readonly byte[] _other;
    private Place[] _path = new Place[8];
    private int _depth = -1;
    private int _keyLength;
    private NodeShape _leaf;
    private Cell _cell;
    private byte[]? _pinned;

    public TreeCursor(in PageSource pages, PageNumber root)
    {
        _pages = pages;
        _root = root;
        int longest = root.IsNone ? 0 : NodeFormat.MaxKeyBytes(pages.Read(root).Length);
        _key = new byte[longest];
        _other = new byte[longest];
    }

    /// <summary>Whether it is at a record.</summary>
    public bool IsPlaced { get; private set; }

    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    public ValueReference Value
    {
        get
        {
            Node leaf = Leaf();
            return ValueReference.Of(_pages, leaf, _cell);
        }
    }

    /// <summary>The value in one piece; see <see cref="ValueReference.ToSpan"/>.</summary>
    public ReadOnlySpan<byte> ValueBytes
    {
        get
        {
            if (_cell.IsOverflow)
            {
                return Value.ToSpan();
            }

            ReadOnlySpan<byte> page = _pinned is null
                ? _pages.Read(_path[_depth].Page)
                : _pages.Pinned(_pinned);
            return page.Slice(_cell.TailOffset, _cell.TailLength);
        }
    }

    /// <summary>Goes to the first or last record.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveToEnd(bool isLast)
    {
        Leave();
        if (_root.IsNone)
        {
            return false;
        }

        Node node = Node.Open(_pages, _root, _root, -1);
        return EnterLeaf(DescendAlong(node, isLast), isLast);
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
        ref Place place = ref _path[_depth];
        int next = place.Index + (isBackward ? -1 : 1);
        if ((uint)next >= (uint)_leaf.Count)
        {
            return MoveToSibling(isBackward, isOrdered: true);
        }

        Node leaf = Leaf();
        Cell cell = leaf.CellAt(next);
        ReadOnlySpan<byte> suffix = leaf.SuffixOf(cell);
        int prefixLength = _leaf.PrefixLength;
        int order = suffix.SequenceCompareTo(_key.AsSpan(prefixLength, _keyLength - prefixLength));
        if (isBackward ? order >= 0 : order <= 0)
        {
            throw OutOfOrder(leaf, next);
        }

        if (suffix.Length > _key.Length - prefixLength)
        {
            throw TooLong(leaf, next, prefixLength + suffix.Length);
        }

        suffix.CopyTo(_key.AsSpan(prefixLength));
        _keyLength = prefixLength + suffix.Length;
        _cell = cell;
        place.Index = next;
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

        Node node = Node.Open(_pages, _root, _root, -1);
        while (!node.IsLeaf)
        {
            int child = node.FindChild(key);
            Push(node.Number, child, node.Count);
            node = Node.Open(_pages, node.ChildAt(child), _root, node.Level - 1);
        }

        int slot = node.Find(key, out _);
        Push(node.Number, slot, node.Count);
        Take(node);
        count = node.Count;
        return slot;
    }

    /// <summary>Goes to the leaf before or behind this one.</summary>
    private bool MoveToSibling(bool isBackward, bool isOrdered)
    {
        // A page that turns out to be damaged leaves the cursor nowhere.
        IsPlaced = false;
        Key.CopyTo(_other);
        int otherLength = isOrdered ? _keyLength : -1;
        int depth = _depth - 1;
        while (depth >= 0 && _path[depth].Index == (isBackward ? 0 : _path[depth].Count))
        {
            depth--;
        }

        if (depth < 0)
        {
            return Leave();
        }

        _path[depth].Index += isBackward ? -1 : 1;
        int level = _depth - depth;
        _depth = depth;
        Node node = Node.Open(_pages, _path[depth].Page, _root, level);
        node = Node.Open(_pages, node.ChildAt(_path[depth].Index), _root, level - 1);
        node = DescendAlong(node, isBackward);
        if (!EnterLeaf(node, isBackward))
        {
            throw node.Corrupt(NodeFormat.CountOffset, "a leaf below an inner node is empty");
        }

        if (otherLength >= 0)
        {
            int order = Key.SequenceCompareTo(_other.AsSpan(0, otherLength));
            if (isBackward ? order >= 0 : order <= 0)
            {
                IsPlaced = false;
                throw OutOfOrder(node, _path[_depth].Index);
            }
        }

        return true;
    }

    /// <summary>Goes down along one edge of a subtree.</summary>
    private Node DescendAlong(Node node, bool isLast)
    {
        while (!node.IsLeaf)
        {
            int child = isLast ? node.Count : 0;
            Push(node.Number, child, node.Count);
            node = Node.Open(_pages, node.ChildAt(child), _root, node.Level - 1);
        }

        Push(node.Number, 0, node.Count);
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
        _pinned = _pages.TryPin(leaf.Number);
    }

    /// <summary>The leaf in which the cursor is.</summary>
    private Node Leaf() => _pinned is null
        ? Node.Reopen(_pages, _path[_depth].Page, _leaf)
        : Node.Reopen(_pages, _path[_depth].Page, _leaf, _pinned);

    private void LoadKey(int slot)
    {
        Node leaf = Leaf();
        Cell cell = leaf.CellAt(slot);
        ReadOnlySpan<byte> suffix = leaf.SuffixOf(cell);
        int length = _leaf.PrefixLength + suffix.Length;
        if (length > _key.Length)
        {
            throw TooLong(leaf, slot, length);
        }

        leaf.Prefix.CopyTo(_key);
        suffix.CopyTo(_key.AsSpan(_leaf.PrefixLength));
        _keyLength = length;
        _cell = cell;
        _path[_depth].Index = slot;
        IsPlaced = true;
    }

    private void Push(PageNumber page, int index, int count)
    {
        if (++_depth == _path.Length)
        {
            Array.Resize(ref _path, 2 * _depth);
        }

        _path[_depth] = new Place(page, index, count);
    }

    private static CorruptFileException OutOfOrder(in Node leaf, int slot) => leaf.Corrupt(
        NodeFormat.HeaderBytes + (slot * NodeFormat.SlotBytes),
        $"the key of slot {slot} is not on the right side of its neighbour's");

    private CorruptFileException TooLong(in Node leaf, int slot, int length) => leaf.Corrupt(
        NodeFormat.HeaderBytes + (slot * NodeFormat.SlotBytes),
        $"the key of slot {slot} has {length} bytes, more than {_key.Length}");

    private record struct Place(PageNumber Page, int Index, int Count);
}
