using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// Moves the root of a tree. Each of its pages names the root that it belongs to, so all of them are
/// written: done only when the root is what keeps the file from getting shorter.
/// </summary>
internal static class RootMover
{
    /// <summary>Moves the root of the catalog, or of the map that the catalog has under a name.</summary>
    /// <returns>False when it lies well where it is.</returns>
    public static bool TryMove(PageMover mover, PageNumber root, string? map)
    {
        if (!mover.IsBehind(root))
        {
            return false;
        }

        WriteTransaction write = mover.Write;
        PageNumber fileRoot = write.Root;
        if (map is null)
        {
            // The page that is the root of the file cannot be freed.
            write.Root = PageNumber.None;
        }

        if (!mover.TryMove(root, out PageNumber moved))
        {
            write.Root = fileRoot;
            return false;
        }

        var pages = new PageSource(write);
        Rename(write, pages, moved, -1, root, moved);
        if (map is null)
        {
            write.Root = moved;
        }
        else
        {
            MapCatalog.SetRoot(write, map, moved);
        }

        return true;
    }

    /// <summary>Gives a page and all below it another root's name.</summary>
    private static void Rename(
        WriteTransaction write,
        in PageSource pages,
        PageNumber page,
        int level,
        PageNumber from,
        PageNumber to)
    {
        Node node = Node.Open(pages, page, from, level);
        level = node.Level;
        if (node.IsLeaf)
        {
            for (int slot = 0; slot < node.Count; slot++)
            {
                node = Node.Open(pages, page, from, 0);
                Cell cell = node.CellAt(slot);
                if (cell.IsOverflow)
                {
                    RenameChain(
                        write, pages, OverflowReference.Of(node.TailOf(cell)), from, to);
                }
            }
        }
        else
        {
            var children = new PageNumber[node.Count + 1];
            for (int i = 0; i < children.Length; i++)
            {
                children[i] = node.ChildAt(i);
            }

            foreach (PageNumber child in children)
            {
                Rename(write, pages, child, level - 1, from, to);
            }
        }

        Name(write, page, to);
    }

    private static void RenameChain(
        WriteTransaction write,
        in PageSource pages,
        OverflowReference value,
        PageNumber from,
        PageNumber to)
    {
        PageNumber page = value.First;
        long count = OverflowChain.PagesOf(value.LengthBytes, write.File.PayloadSize);
        for (uint index = 0; index < count; index++)
        {
            OverflowChain.Read(pages, from, page, index, out PageNumber next);
            Name(write, page, to);
            page = next;
        }
    }

    private static void Name(WriteTransaction write, PageNumber page, PageNumber tree) =>
        BinaryPrimitives.WriteUInt32LittleEndian(
            write.Write(page)[NodeFormat.TreeOffset..], tree.Value);
}
