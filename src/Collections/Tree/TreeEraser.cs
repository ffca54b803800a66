namespace Quire.Collections;

/// <summary>Gives the pages of a whole tree back.</summary>
internal static class TreeEraser
{
    /// <summary>Leaves the root as an empty leaf and gives back everything below it.</summary>
    public static void Clear(WriteTransaction write, PageNumber root)
    {
        var pages = new PageSource(write);
        Node node = Node.Open(pages, root, root, -1);
        NodeHead head = NodeHead.Of(node) with { Level = 0, FirstChild = default, Records = 0 };
        FreeBelow(write, pages, root, root, -1);
        NodeEditor.Clear(write.Write(root), head);
    }

    /// <summary>
    /// Gives back what hangs on one node. A page met twice is free by then, and noticed.
    /// </summary>
    private static void FreeBelow(
        WriteTransaction write, in PageSource pages, PageNumber root, PageNumber page, int level)
    {
        Node node = Node.Open(pages, page, root, level);
        level = node.Level;
        if (node.IsLeaf)
        {
            FreeValues(write, pages, root, node);
            return;
        }

        var children = new PageNumber[node.Count + 1];
        for (int i = 0; i < children.Length; i++)
        {
            children[i] = node.ChildAt(i);
        }

        foreach (PageNumber child in children)
        {
            FreeBelow(write, pages, root, child, level - 1);
            write.Free(child);
        }
    }

    private static void FreeValues(
        WriteTransaction write, in PageSource pages, PageNumber root, in Node leaf)
    {
        List<OverflowReference>? values = null;
        for (int slot = 0; slot < leaf.Count; slot++)
        {
            Cell cell = leaf.CellAt(slot);
            if (cell.IsOverflow)
            {
                var reference = OverflowReference.Of(leaf.TailOf(cell));
                OverflowChain.Check(pages, leaf.Number, cell.TailOffset, reference);
                (values ??= []).Add(reference);
            }
        }

        foreach (OverflowReference value in values ?? [])
        {
            OverflowChain.Free(write, root, value, leaf.Page.Length);
        }
    }
}
