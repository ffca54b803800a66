namespace Quire.Collections;

/// <summary>Finds records in a tree.</summary>
internal static class TreeReader
{
    /// <summary>Finds a record.</summary>
    /// <param name="pages">Where to read pages.</param>
    /// <param name="root">The tree's root page.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">What belongs to it.</param>
    public static bool TryFind(
        scoped in PageSource pages,
        PageNumber root,
        scoped ReadOnlySpan<byte> key,
        out ValueReference value)
    {
        Node leaf = FindLeaf(pages, root, key);
        int slot = leaf.Find(key, out bool isFound);
        value = isFound ? ValueReference.Of(pages, leaf, leaf.CellAt(slot)) : default;
        return isFound;
    }

    /// <summary>Finds a record, and its value in one piece.</summary>
    /// <inheritdoc cref="TryFind"/>
    public static bool TryFindSpan(
        scoped in PageSource pages,
        PageNumber root,
        scoped ReadOnlySpan<byte> key,
        out ReadOnlySpan<byte> value)
    {
        Node leaf = FindLeaf(pages, root, key);
        int slot = leaf.Find(key, out bool isFound);
        if (!isFound)
        {
            value = default;
            return false;
        }

        Cell cell = leaf.CellAt(slot);
        value = cell.IsOverflow
            ? ValueReference.Of(pages, leaf, cell).ToSpan()
            : leaf.TailOf(cell);
        return true;
    }

    /// <summary>How many records a tree has.</summary>
    public static ulong CountOf(in PageSource pages, PageNumber root) =>
        Node.Open(pages, root, root, -1).Records;

    /// <summary>
    /// The leaf in which a key is, or would be. Each step goes one level down, so no tree, however
    /// damaged, keeps it for more than <see cref="NodeFormat.MaxLevel"/> steps.
    /// </summary>
    private static Node FindLeaf(
        scoped in PageSource pages, PageNumber root, scoped ReadOnlySpan<byte> key)
    {
        if (pages.Nodes is { } nodes)
        {
            pages.ThrowIfEnded();
            Node opened = nodes.Open(pages, root, root, -1, out _);
            while (!opened.IsLeaf)
            {
                PageNumber child = opened.ChildAt(opened.FindChild(key));
                opened = nodes.Open(pages, child, root, opened.Level - 1, out _);
            }

            return opened;
        }

        Node node = Node.Open(pages, root, root, -1);
        while (!node.IsLeaf)
        {
            node = Node.Open(pages, node.ChildAt(node.FindChild(key)), root, node.Level - 1);
        }

        return node;
    }
}
