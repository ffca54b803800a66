using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// Moves the pages of one tree, its root excepted, from the end of the file forwards. Goes through the
/// tree in the order of its keys, so that it can stop after any leaf and go on in another transaction,
/// whatever others have changed meanwhile.
/// </summary>
internal sealed class TreeCompactor(PageMover mover, PageNumber tree)
{
    private readonly PageSource _pages = new(mover.Write);

    /// <summary>Moves pages until the mover has done its share.</summary>
    /// <param name="from">The key to go on from; null for the beginning.</param>
    /// <returns>The key to go on from next time; null when the tree is done.</returns>
    public byte[]? Run(byte[]? from) => Visit(tree, -1, from);

    private byte[]? Visit(PageNumber page, int level, byte[]? from)
    {
        Node node = Node.Open(_pages, page, tree, level);
        level = node.Level;
        if (node.IsLeaf)
        {
            MoveValues(page, node.Count);
            return null;
        }

        int first = from is null ? 0 : node.FindChild(from);
        int count = node.Count + 1;
        for (int index = first; index < count; index++)
        {
            node = Node.Open(_pages, page, tree, level);
            if (mover.IsDone && index > first)
            {
                return KeyOf(node, index - 1);
            }

            PageNumber child = node.ChildAt(index);
            if (mover.TryMove(child, out PageNumber moved))
            {
                SetChild(page, level, index, moved);
            }

            if (Visit(moved, level - 1, index == first ? from : null) is { } next)
            {
                return next;
            }
        }

        return null;
    }

    private static byte[] KeyOf(in Node node, int slot) =>
        [.. node.Prefix, .. node.SuffixOf(slot)];

    private void SetChild(PageNumber page, int level, int index, PageNumber child)
    {
        if (index == 0)
        {
            NodeEditor.SetFirstChild(mover.Write.Write(page), child);
            return;
        }

        Cell cell = Node.Open(_pages, page, tree, level).CellAt(index - 1);
        Span<byte> tail = stackalloc byte[NodeFormat.ChildBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, child.Value);
        NodeEditor.ReplaceTail(mover.Write.Write(page), cell, tail);
    }

    private void MoveValues(PageNumber leaf, int count)
    {
        for (int slot = 0; slot < count; slot++)
        {
            Node node = Node.Open(_pages, leaf, tree, 0);
            Cell cell = node.CellAt(slot);
            if (cell.IsOverflow)
            {
                var value = OverflowReference.Of(node.TailOf(cell));
                OverflowChain.Check(_pages, leaf, cell.TailOffset, value);
                MoveValue(leaf, cell, value);
            }
        }
    }

    private void MoveValue(PageNumber leaf, Cell cell, OverflowReference value)
    {
        if (mover.TryMove(value.First, out PageNumber page))
        {
            Span<byte> tail = stackalloc byte[NodeFormat.OverflowReferenceBytes];
            (value with { First = page }).WriteTo(tail);
            NodeEditor.ReplaceTail(mover.Write.Write(leaf), cell, tail);
        }

        long count = OverflowChain.PagesOf(value.LengthBytes, mover.Write.File.PayloadSize);
        for (uint index = 0; index < count; index++)
        {
            OverflowChain.Read(_pages, tree, page, index, out PageNumber next);
            if (index + 1 < count && mover.TryMove(next, out PageNumber moved))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(
                    mover.Write.Write(page)[OverflowChain.NextOffset..], moved.Value);
                next = moved;
            }

            page = next;
        }
    }
}
