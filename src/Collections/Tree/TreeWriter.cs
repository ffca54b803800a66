using System.Buffers.Binary;
using Quire.Pager;

namespace Quire.Collections;

/// <summary>
/// Changes a tree: puts records in and takes them out, one at a time. The root page of a tree never
/// changes its number; when the root splits, its halves move to new pages.
/// </summary>
/// <remarks>
/// Invariants, held by <c>MapVerifier</c>: the keys of child <c>i</c> are at least separator
/// <c>i - 1</c> and below separator <c>i</c>; all leaves have level 0 and each child is one level
/// below its parent; only a root may be an empty leaf. An inner node may have a single child and no
/// separator: a split at the right edge begins with such a node, and so does a deletion whose
/// neighbours have no room. The object is for one change, and then for the next one, of any tree
/// of the file: who takes it has it alone.
/// </remarks>
internal sealed class TreeWriter : IDisposable
{
    private readonly FileMemory _home;
    private readonly TreePath _path = new();
    private readonly EntryList _entries;
    private WriteTransaction _write;
    private PageSource _pages;
    private PageNumber _root;
    private byte[]? _separator;
    private TreeRebalance? _rebalance;

    private TreeWriter(FileMemory home, int payloadBytes)
    {
        _home = home;
        PayloadBytes = payloadBytes;
        _entries = new EntryList(payloadBytes);
    }

    public int PayloadBytes { get; }

    public WriteTransaction Transaction => _write;

    public PageNumber Root => _root;

    public ref readonly PageSource Pages => ref _pages;

    /// <summary>The way to the leaf of the present change.</summary>
    public TreePath Path => _path;

    /// <summary>For laying nodes out anew.</summary>
    public EntryList Entries => _entries;

    /// <summary>A change of a tree begins; disposing ends it.</summary>
    public static TreeWriter Take(WriteTransaction write, PageNumber root)
    {
        var home = FileMemory.Of(write.Engine);
        TreeWriter tree = home.TakeWriter()
            ?? new TreeWriter(home, PageFormat.PayloadBytes(write.Engine.PageSize));
        tree._write = write;
        tree._pages = new PageSource(write);
        tree._root = root;
        return tree;
    }

    public void Dispose()
    {
        // Neither the transaction nor the file is to be kept from the collector.
        _write = default;
        _pages = default;
        _home.Return(this);
    }

    /// <summary>Makes a page the root of an empty tree.</summary>
    public static void Initialise(WriteTransaction write, PageNumber root, byte role) =>
        NodeEditor.Clear(
            write.Write(root),
            new NodeHead(0, root, default, role, NodeFormat.CurrentVersion, 0));

    /// <summary>Puts a record in.</summary>
    /// <param name="key">The key; its length has been checked.</param>
    /// <param name="tail">The value, or a reference to its chain.</param>
    /// <param name="isOverflow">Which of the two it is.</param>
    /// <param name="replaces">Whether a record with this key is replaced, or else left.</param>
    /// <returns>Whether there was a record with this key.</returns>
    public bool Put(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail, bool isOverflow, bool replaces)
    {
        Node leaf = _path.Descend(_pages, _root, key);
        int slot = leaf.Find(key, out bool isFound);
        if (isFound)
        {
            if (replaces)
            {
                Replace(leaf, slot, key, tail, isOverflow);
            }

            return true;
        }

        InsertInto(leaf, _path.LeafDepth, slot, key, tail, isOverflow);
        AddRecords(1);
        return false;
    }

    /// <summary>Takes a record out.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        Node leaf = _path.Descend(_pages, _root, key);
        int slot = leaf.Find(key, out bool isFound);
        if (!isFound)
        {
            return false;
        }

        Cell cell = leaf.CellAt(slot);
        OverflowReference old = OverflowOf(leaf, cell);
        NodeEditor.Remove(_write.Write(leaf.Number), slot, cell);
        FreeOverflow(old);
        AddRecords(-1);
        _rebalance ??= new TreeRebalance(this);
        _rebalance.Run();
        return true;
    }

    /// <summary>
    /// Puts an entry into a node, which may have to split for it, and its parents too.
    /// </summary>
    private void InsertInto(
        in Node node,
        int depth,
        int slot,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> tail,
        bool isOverflow)
    {
        PageNumber page = node.Number;
        if (NodeEditor.CanInsert(node, key, tail.Length, needsSlot: true))
        {
            NodeEditor.Insert(_write.Write(page), slot, key, tail, isOverflow);
            return;
        }

        _entries.Reset(node.IsLeaf);
        _entries.Append(node);
        _entries.Insert(slot, key, tail, isOverflow);
        LayOut(depth, NodeHead.Of(node), slot);
    }

    private void Replace(
        in Node leaf,
        int slot,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> tail,
        bool isOverflow)
    {
        PageNumber page = leaf.Number;
        Cell cell = leaf.CellAt(slot);
        OverflowReference old = OverflowOf(leaf, cell);
        if (cell.TailLength == tail.Length && cell.IsOverflow == isOverflow)
        {
            NodeEditor.ReplaceTail(_write.Write(page), cell, tail);
        }
        else if (NodeEditor.CanInsert(leaf, key, tail.Length, needsSlot: false))
        {
            NodeEditor.Replace(_write.Write(page), slot, cell, key, tail, isOverflow);
        }
        else
        {
            _entries.Reset(isLeaf: true);
            _entries.Append(leaf);
            _entries.Replace(slot, key, tail, isOverflow);
            LayOut(_path.LeafDepth, NodeHead.Of(leaf), changed: -1);
        }

        FreeOverflow(old);
    }

    /// <summary>
    /// Lays the gathered entries out: in their page, or in two when they do not fit one.
    /// </summary>
    /// <param name="depth">Where the node is on the path.</param>
    /// <param name="head">Its header.</param>
    /// <param name="changed">The entry that is new; negative when none is.</param>
    private void LayOut(int depth, NodeHead head, int changed)
    {
        if (_entries.Measure() is var unsorted and >= 0)
        {
            throw _pages.Corrupt(
                _path[depth].Page,
                NodeFormat.HeaderBytes,
                $"key {unsorted} is not above the one before");
        }

        if (_entries.Fits(0, _entries.Count))
        {
            _entries.WriteTo(_write.Write(_path[depth].Page), head, 0, _entries.Count);
        }
        else
        {
            Split(depth, head, changed);
        }
    }

    private void Split(int depth, NodeHead head, int changed)
    {
        bool isLeaf = head.Level == 0;
        int at = SplitPoint.Choose(_entries, isLeaf, _path[depth], changed);
        if (at == 0)
        {
            throw _pages.Corrupt(
                _path[depth].Page,
                NodeFormat.CountOffset,
                $"{_entries.Count} entries cannot be divided between two pages; one is too long");
        }

        ReadOnlySpan<byte> separator =
            isLeaf ? _entries.SeparatorBefore(at) : _entries.KeyAt(at);
        _separator ??= new byte[NodeFormat.MaxKeyBytes(PayloadBytes)];
        separator.CopyTo(_separator);
        separator = _separator.AsSpan(0, separator.Length);

        PageNumber page = _path[depth].Page;
        bool isRoot = depth == 0;
        PageNumber left = isRoot ? _write.Allocate() : page;
        PageNumber right = _write.Allocate();
        NodeHead half = head with { Role = 0, Version = 0, Records = 0 };
        _entries.WriteTo(_write.Write(left), half, 0, at);
        _entries.WriteTo(
            _write.Write(right),
            isLeaf ? half : half with { FirstChild = _entries.ChildOf(at) },
            isLeaf ? at : at + 1,
            _entries.Count);

        Span<byte> child = stackalloc byte[NodeFormat.ChildBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(child, right.Value);
        if (isRoot)
        {
            Span<byte> root = _write.Write(page);
            NodeEditor.Clear(root, head with { Level = head.Level + 1, FirstChild = left });
            NodeEditor.Insert(root, 0, separator, child, isOverflow: false);
        }
        else
        {
            Node parent = OpenAt(depth - 1);
            InsertInto(
                parent, depth - 1, _path[depth - 1].Child, separator, child, isOverflow: false);
        }
    }

    private Node OpenAt(int depth) => Node.Open(
        _pages, _path[depth].Page, _root, _path.LeafDepth - depth);

    private OverflowReference OverflowOf(in Node leaf, Cell cell)
    {
        if (!cell.IsOverflow)
        {
            return default;
        }

        var reference = OverflowReference.Of(leaf.TailOf(cell));
        OverflowChain.Check(_pages, leaf.Number, cell.TailOffset, reference);
        return reference;
    }

    private void FreeOverflow(OverflowReference old)
    {
        if (!old.First.IsNone)
        {
            OverflowChain.Free(_write, _root, old, PayloadBytes);
        }
    }

    private void AddRecords(int difference)
    {
        Span<byte> root = _write.Write(_root);
        ulong records = BinaryPrimitives.ReadUInt64LittleEndian(root[NodeFormat.RecordsOffset..]);
        NodeEditor.SetRecords(root, records + (ulong)(long)difference);
    }
}
