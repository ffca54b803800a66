using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// Builds a tree from records in order, from the leaves up: each page is laid out once, as full as
/// asked for, and pages follow each other in the file as their keys do.
/// </summary>
/// <remarks>
/// Each level has one node that is still open. When the next entry would make it too full, it is
/// written, and the level above gets its page together with the separator that came before it. At
/// the end the open node of the topmost level becomes the root.
/// </remarks>
internal sealed class TreeLoader(WriteTransaction write, PageNumber root, double fillFactor)
{
    private readonly List<LoadedNode> _levels = [];
    private readonly List<PageNumber> _written = [];
    private readonly int _payloadBytes = write.Read(root).Length;

    /// <summary>How full a node may get.</summary>
    private readonly int _limitBytes =
        (int)(NodeFormat.CapacityOf(write.Read(root).Length) * fillFactor);

    public ulong Records { get; private set; }

    /// <summary>Whether a key is above all that were added.</summary>
    /// <param name="key">The key.</param>
    /// <param name="common">How many bytes it has in common with the last one.</param>
    public bool IsNext(ReadOnlySpan<byte> key, out int common)
    {
        common = 0;
        if (Records == 0)
        {
            return true;
        }

        ReadOnlySpan<byte> last = _levels[0].LastKey;
        common = last.CommonPrefixLength(key);
        return common < key.Length && (common == last.Length || last[common] < key[common]);
    }

    /// <summary>Appends a record, whose key is above all others.</summary>
    /// <param name="common">What <see cref="IsNext"/> has said of the key.</param>
    /// <param name="key">The key.</param>
    /// <param name="tail">The value, or a reference to it.</param>
    /// <param name="isOverflow">Whether it is a reference.</param>
    public void Add(int common, ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail, bool isOverflow)
    {
        LoadedNode leaf = LevelAt(0);
        if (IsFullFor(leaf, common, key.Length + tail.Length))
        {
            // The shortest key above the last one and not above this one.
            byte[] separator = key[..(common + 1)].ToArray();
            WriteOut(0);
            leaf.Separator = separator;
        }

        leaf.Add(common, key, tail, isOverflow);
        Records++;
    }

    /// <summary>Writes what is still open; the last of it becomes the root page.</summary>
    public void Complete()
    {
        NodeHead rootHead = NodeHead.Of(Node.Open(new PageSource(write), root, root, -1));
        if (_levels.Count == 0)
        {
            return;
        }

        for (int level = 0; level + 1 < _levels.Count; level++)
        {
            WriteOut(level);
        }

        LoadedNode top = _levels[^1];
        NodeHead head = rootHead with
        {
            Level = _levels.Count - 1,
            FirstChild = top.FirstChild,
            Records = Records,
        };
        top.WriteTo(write.Write(root), head);
    }

    /// <summary>Gives back all pages that were written.</summary>
    public void Abandon()
    {
        foreach (PageNumber page in _written)
        {
            write.Free(page);
        }

        _written.Clear();
    }

    /// <summary>Gives a written node's page to the level above it.</summary>
    private void AddChild(int level, byte[] separator, PageNumber child)
    {
        LoadedNode node = LevelAt(level);
        int common = node.LastKey.CommonPrefixLength(separator);
        if (IsFullFor(node, common, separator.Length + NodeFormat.ChildBytes))
        {
            // The separator itself goes up; its child is the first of the next node.
            WriteOut(level);
            node.Separator = separator;
            node.FirstChild = child;
            return;
        }

        Span<byte> tail = stackalloc byte[NodeFormat.ChildBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, child.Value);
        node.Add(common, separator, tail, isOverflow: false);
    }

    private bool IsFullFor(LoadedNode node, int common, int entryBytes) =>
        node.Count > 0 && node.SizeWith(common, entryBytes) > _limitBytes;

    /// <summary>Writes a node, and begins the next of its level.</summary>
    private void WriteOut(int level)
    {
        LoadedNode node = _levels[level];
        PageNumber page = write.Allocate();
        _written.Add(page);
        node.WriteTo(
            write.Write(page), new NodeHead(level, root, node.FirstChild, 0, 0, 0));
        node.Clear();
        if (node.Separator is null)
        {
            LevelAt(level + 1).FirstChild = page;
        }
        else
        {
            AddChild(level + 1, node.Separator, page);
        }
    }

    private LoadedNode LevelAt(int level)
    {
        if (level == _levels.Count)
        {
            _levels.Add(new LoadedNode(_payloadBytes, level));
        }

        return _levels[level];
    }
}
