using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// What follows a deletion, from the leaf upwards: a node that is less than a quarter full is
/// merged with a neighbour when both fit one page, and evened out with it when they do not; an
/// empty leaf goes; a root with a single child takes that child's place.
/// </summary>
/// <remarks>
/// Evening out changes a separator, and the new one may be longer. When the parent has no room for
/// it, the node stays as it is: parents are split by insertions only.
/// </remarks>
internal sealed class TreeRebalance(TreeWriter tree)
{
    private readonly byte[] _separator = new byte[NodeFormat.MaxKeyBytes(tree.PayloadBytes)];

    private WriteTransaction Write => tree.Transaction;

    private PageNumber Root => tree.Root;

    private TreePath Path => tree.Path;

    private EntryList Entries => tree.Entries;

    private ref readonly PageSource Pages => ref tree.Pages;

    /// <summary>A node with less than this is looked after.</summary>
    private int LeastBytes => NodeFormat.CapacityOf(tree.PayloadBytes) / 4;

    /// <summary>Looks after the path that a deletion took.</summary>
    public void Run()
    {
        for (int depth = Path.LeafDepth; depth > 0; depth--)
        {
            // An empty leaf is no node that could be opened; its header is all that is looked at.
            PageNumber page = Path[depth].Page;
            bool isEmptyLeaf =
                depth == Path.LeafDepth && NodeShape.Of(Pages.Read(page)).Count == 0;
            if (isEmptyLeaf)
            {
                depth = RemoveChild(depth);
            }
            else if (OpenAt(depth).UsedBytes >= LeastBytes || !TryMerge(depth))
            {
                break;
            }
        }

        CollapseRoot();
    }

    /// <summary>
    /// Gives a page back and takes it out of its parent, and the parent too when it was its only
    /// child.
    /// </summary>
    /// <returns>The depth of the last page given back.</returns>
    private int RemoveChild(int depth)
    {
        Write.Free(Path[depth].Page);
        Node parent = OpenAt(depth - 1);
        int child = Path[depth - 1].Child;
        if (parent.Count == 0 && depth - 1 > 0)
        {
            return RemoveChild(depth - 1);
        }

        if (parent.Count == 0)
        {
            // All that the root had is gone: it is an empty leaf again.
            NodeHead head = NodeHead.Of(parent) with { Level = 0, FirstChild = default };
            NodeEditor.Clear(Write.Write(Root), head);
            return depth;
        }

        if (child == 0)
        {
            PageNumber second = parent.ChildAt(1);
            Cell cell = parent.CellAt(0);
            Span<byte> page = Write.Write(Path[depth - 1].Page);
            NodeEditor.SetFirstChild(page, second);
            NodeEditor.Remove(page, 0, cell);
        }
        else
        {
            Cell cell = parent.CellAt(child - 1);
            NodeEditor.Remove(Write.Write(Path[depth - 1].Page), child - 1, cell);
        }

        return depth;
    }

    /// <summary>
    /// Merges a node with the neighbour to its left or right, or evens the two out.
    /// </summary>
    /// <returns>Whether the parent is to be looked at next: it lost a child, or has only this one.
    /// </returns>
    private bool TryMerge(int depth)
    {
        int child = Path[depth - 1].Child;
        int children = OpenAt(depth - 1).Count + 1;
        if (children == 1)
        {
            return true;
        }

        if (child > 0 && TryMerge(depth, child - 1))
        {
            return true;
        }

        if (child + 1 < children && TryMerge(depth, child))
        {
            return true;
        }

        EvenOut(depth, child > 0 ? child - 1 : child);
        return false;
    }

    /// <summary>Puts two neighbours into one page if they fit.</summary>
    /// <param name="depth">Theirs.</param>
    /// <param name="left">Which child of the parent the left one is.</param>
    private bool TryMerge(int depth, int left)
    {
        Pair pair = Gather(depth, left);
        if (!Entries.Fits(0, Entries.Count))
        {
            return false;
        }

        Entries.WriteTo(Write.Write(pair.Left), pair.Head, 0, Entries.Count);
        Write.Free(pair.Right);
        Cell cell = OpenAt(depth - 1).CellAt(left);
        NodeEditor.Remove(Write.Write(Path[depth - 1].Page), left, cell);
        return true;
    }

    private void EvenOut(int depth, int left)
    {
        Pair pair = Gather(depth, left);
        bool isLeaf = pair.Head.Level == 0;
        int at = SplitPoint.Choose(Entries, isLeaf, default, changed: -1);
        if (at == 0)
        {
            return;
        }

        ReadOnlySpan<byte> separator =
            isLeaf ? Entries.SeparatorBefore(at) : Entries.KeyAt(at);
        separator.CopyTo(_separator);
        separator = _separator.AsSpan(0, separator.Length);
        Node parent = OpenAt(depth - 1);
        if (!NodeEditor.CanInsert(parent, separator, NodeFormat.ChildBytes, needsSlot: false))
        {
            return;
        }

        Span<byte> right = stackalloc byte[NodeFormat.ChildBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(right, pair.Right.Value);
        Cell old = parent.CellAt(left);
        NodeEditor.Replace(
            Write.Write(Path[depth - 1].Page), left, old, separator, right, isOverflow: false);
        NodeHead rightHead = isLeaf
            ? pair.Head
            : pair.Head with { FirstChild = Entries.ChildOf(at) };
        Entries.WriteTo(Write.Write(pair.Left), pair.Head, 0, at);
        Entries.WriteTo(Write.Write(pair.Right), rightHead, isLeaf ? at : at + 1, Entries.Count);
    }

    /// <summary>
    /// Gathers the entries of two neighbours, with the separator between inner ones.
    /// </summary>
    private Pair Gather(int depth, int left)
    {
        Node parent = OpenAt(depth - 1);
        PageNumber leftPage = parent.ChildAt(left);
        PageNumber rightPage = parent.ChildAt(left + 1);
        int length = parent.Shape.PrefixLength + parent.SuffixOf(left).Length;
        if (length > _separator.Length)
        {
            throw parent.Corrupt(
                NodeFormat.HeaderBytes,
                $"separator {left} has {length} bytes, more than a key may");
        }

        parent.Prefix.CopyTo(_separator);
        parent.SuffixOf(left).CopyTo(_separator.AsSpan(parent.Shape.PrefixLength));
        ReadOnlySpan<byte> separator = _separator.AsSpan(0, length);

        int level = Path.LeafDepth - depth;
        Node node = Node.Open(Pages, leftPage, Root, level);
        NodeHead head = NodeHead.Of(node);
        Entries.Reset(node.IsLeaf);
        Entries.Append(node);
        node = Node.Open(Pages, rightPage, Root, level);
        if (!node.IsLeaf)
        {
            Span<byte> child = stackalloc byte[NodeFormat.ChildBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(child, node.FirstChild.Value);
            Entries.Insert(Entries.Count, separator, child, isOverflow: false);
        }

        Entries.Append(node);
        if (leftPage == rightPage || Entries.Measure() >= 0)
        {
            throw Pages.Corrupt(
                rightPage,
                NodeFormat.HeaderBytes,
                $"its keys are not above those of page {leftPage}");
        }

        return new Pair(leftPage, rightPage, head);
    }

    private void CollapseRoot()
    {
        Node node = Node.Open(Pages, Root, Root, -1);
        while (!node.IsLeaf && node.Count == 0)
        {
            NodeHead rootHead = NodeHead.Of(node);
            Node child = Node.Open(Pages, node.FirstChild, Root, node.Level - 1);
            PageNumber childPage = child.Number;
            NodeHead head = rootHead with { Level = child.Level, FirstChild = child.FirstChild };
            Entries.Reset(child.IsLeaf);
            Entries.Append(child);
            if (Entries.Measure() >= 0)
            {
                throw Pages.Corrupt(
                    childPage, NodeFormat.HeaderBytes, "its keys are not in order");
            }

            Entries.WriteTo(Write.Write(Root), head, 0, Entries.Count);
            Write.Free(childPage);
            node = Node.Open(Pages, Root, Root, -1);
        }
    }

    private Node OpenAt(int depth) =>
        Node.Open(Pages, Path[depth].Page, Root, Path.LeafDepth - depth);

    /// <summary>Two neighbours, and the header that the left one has.</summary>
    private readonly record struct Pair(PageNumber Left, PageNumber Right, NodeHead Head);
}
