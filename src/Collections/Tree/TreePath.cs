namespace Quire.Collections;

/// <summary>
/// The nodes from the root of a tree to one of its leaves, and which way leads down from each.
/// </summary>
internal sealed class TreePath
{
    private readonly Step[] _steps = new Step[NodeFormat.MaxLevel + 1];

    /// <summary>Where the leaf is: the root has depth 0.</summary>
    public int LeafDepth { get; private set; }

    public ref Step this[int depth] => ref _steps[depth];

    /// <summary>Goes down to the leaf in which a key is, or would be.</summary>
    public Node Descend(
        scoped in PageSource pages, PageNumber root, scoped ReadOnlySpan<byte> key)
    {
        Node node = Node.Open(pages, root, root, -1);
        bool isFirst = true;
        bool isLast = true;
        for (int depth = 0; ; depth++)
        {
            int child = node.IsLeaf ? 0 : node.FindChild(key);
            _steps[depth] = new Step(node.Number, child, isFirst, isLast);
            if (node.IsLeaf)
            {
                LeafDepth = depth;
                return node;
            }

            isFirst &= child == 0;
            isLast &= child == node.Count;
            node = Node.Open(pages, node.ChildAt(child), root, node.Level - 1);
        }
    }

    /// <summary>One node of the path.</summary>
    /// <param name="Page">Its page.</param>
    /// <param name="Child">Which of its children is next; meaningless in the leaf.</param>
    /// <param name="IsFirst">Whether it is at the left edge of the tree.</param>
    /// <param name="IsLast">Whether it is at the right edge of the tree.</param>
    public readonly record struct Step(PageNumber Page, int Child, bool IsFirst, bool IsLast);
}
