namespace Quire.Collections;

/// <summary>Holds one tree against its rules; see <see cref="MapVerifier"/>.</summary>
internal sealed class TreeVerifier(
    PageSource pages, PageNumber root, ReachedPages reached, CancellationToken cancellation)
{
    private ulong _records;

    /// <summary>Visits the whole tree.</summary>
    /// <returns>How many records it has.</returns>
    public long Verify(byte role)
    {
        if (!reached.TryReach(root, pages.Root == root ? root : pages.Root))
        {
            return 0;
        }

        try
        {
            Node node = Node.Open(pages, root, root, -1);
            if (node.Role != role || node.Version != NodeFormat.CurrentVersion)
            {
                reached.Problem(
                    root,
                    $"page {root} has role {node.Role} and version {node.Version}, expected " +
                    $"{role} and {NodeFormat.CurrentVersion}");
            }

            ulong counted = node.Records;
            int level = node.Level;
            Visit(root, level, null, null);
            if (counted != _records)
            {
                reached.Problem(
                    root, $"page {root} counts {counted} records, the leaves have {_records}");
            }
        }
        catch (CorruptFileException error)
        {
            reached.Problem(root, error.Message);
        }

        return (long)_records;
    }

    /// <summary>Checks a node and what is below it.</summary>
    /// <param name="page">The node.</param>
    /// <param name="level">Its level.</param>
    /// <param name="lower">The separator before it: no key is below; null for none.</param>
    /// <param name="upper">The separator behind it: all keys are below; null for none.</param>
    private void Visit(PageNumber page, int level, byte[]? lower, byte[]? upper)
    {
        cancellation.ThrowIfCancellationRequested();
        var keys = new List<byte[]>();
        var children = new List<PageNumber>();
        try
        {
            Node node = Node.Open(pages, page, root, level);
            CheckCells(node);
            if (page != root && (node.Role != 0 || node.Version != 0 || node.Records != 0))
            {
                reached.Problem(page, $"page {page} has the fields of a root and is none");
            }

            for (int slot = 0; slot < node.Count; slot++)
            {
                keys.Add([.. node.Prefix, .. node.SuffixOf(slot)]);
                CheckKey(node, slot, keys, lower, upper);
            }

            for (int child = 0; !node.IsLeaf && child <= node.Count; child++)
            {
                children.Add(node.ChildAt(child));
            }

            if (node.IsLeaf)
            {
                _records += (ulong)node.Count;
                VisitValues(node);
            }
        }
        catch (CorruptFileException error)
        {
            reached.Problem(page, error.Message);
            return;
        }

        for (int i = 0; i < children.Count; i++)
        {
            if (reached.TryReach(children[i], page))
            {
                Visit(
                    children[i],
                    level - 1,
                    i == 0 ? lower : keys[i - 1],
                    i == keys.Count ? upper : keys[i]);
            }
        }
    }

    private void CheckKey(
        in Node node, int slot, List<byte[]> keys, byte[]? lower, byte[]? upper)
    {
        ReadOnlySpan<byte> key = keys[slot];
        if (key.Length > NodeFormat.MaxKeyBytes(node.Page.Length))
        {
            Problem(node, $"the key of slot {slot} has {key.Length} bytes");
        }

        if (node.HeadAt(slot) != Node.HeadOf(node.SuffixOf(slot)))
        {
            Problem(node, $"slot {slot} begins unlike its key");
        }

        if (slot > 0 && key.SequenceCompareTo(keys[slot - 1]) <= 0)
        {
            Problem(node, $"the key of slot {slot} is not above the one before it");
        }

        if (lower is not null && key.SequenceCompareTo(lower) < 0)
        {
            Problem(node, $"the key of slot {slot} is below the separator before the node");
        }

        if (upper is not null && key.SequenceCompareTo(upper) >= 0)
        {
            Problem(node, $"the key of slot {slot} is not below the separator behind the node");
        }
    }

    /// <summary>Cells must not overlap, and what is left between them is counted as dead.</summary>
    private void CheckCells(in Node node)
    {
        int header = NodeFormat.CellHeaderBytes(node.IsLeaf);
        var cells = new List<(int Start, int End)>();
        for (int slot = 0; slot < node.Count; slot++)
        {
            Cell cell = node.CellAt(slot);
            cells.Add((cell.SuffixOffset - header, cell.End));
            int entry = NodeFormat.SlotBytes + header + node.Shape.PrefixLength
                + cell.SuffixLength + cell.TailLength;
            if (entry > NodeFormat.MaxEntryBytes(node.Page.Length))
            {
                Problem(node, $"the entry of slot {slot} takes {entry} bytes");
            }
        }

        cells.Sort();
        int at = node.Shape.HeapStart;
        int dead = 0;
        foreach ((int start, int end) in cells)
        {
            if (start < at)
            {
                Problem(node, $"the cell at {start} overlaps the one that ends at {at}");
                return;
            }

            dead += start - at;
            at = end;
        }

        dead += node.Page.Length - node.Shape.PrefixLength - at;
        if (dead != node.Shape.DeadBytes)
        {
            Problem(node, $"{node.Shape.DeadBytes} bytes are said to be dead, {dead} are");
        }
    }

    private void VisitValues(in Node leaf)
    {
        int payload = leaf.Page.Length;
        for (int slot = 0; slot < leaf.Count; slot++)
        {
            Cell cell = leaf.CellAt(slot);
            if (!cell.IsOverflow)
            {
                continue;
            }

            var value = OverflowReference.Of(leaf.TailOf(cell));
            OverflowChain.Check(pages, leaf.Number, cell.TailOffset, value);
            VisitChain(leaf.Number, value, OverflowChain.PagesOf(value.LengthBytes, payload));
        }
    }

    private void VisitChain(PageNumber leaf, OverflowReference value, long count)
    {
        PageNumber from = leaf;
        PageNumber page = value.First;
        if (count == 0)
        {
            reached.Problem(leaf, $"page {leaf} has an empty value in page {page}");
        }

        for (uint index = 0; index < count; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!reached.TryReach(page, from))
            {
                return;
            }

            from = page;
            try
            {
                OverflowChain.Read(pages, root, page, index, out page);
            }
            catch (CorruptFileException error)
            {
                reached.Problem(from, error.Message);
                return;
            }
        }

        if (!page.IsNone)
        {
            reached.Problem(from, $"page {from} ends a value and refers to page {page}");
        }
    }

    private void Problem(in Node node, string text) =>
        reached.Problem(node.Number, $"page {node.Number}: {text}");
}
