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
    private readonly List<OpenNode> _levels = [];
    private readonly List<PageNumber> _written = [];
    private readonly int _payloadBytes = write.Read(root).Length;

    private long LimitBytes => (long)(NodeFormat.CapacityOf(_payloadBytes) * fillFactor);

    public ulong Records { get; private set; }

    /// <summary>Whether a key is above all that were added.</summary>
    public bool IsNext(ReadOnlySpan<byte> key) =>
        _levels.Count == 0
        || _levels[0].Entries.Count == 0
        || _levels[0].Entries.KeyAt(_levels[0].Entries.Count - 1).SequenceCompareTo(key) < 0;

    /// <summary>Appends a record, whose key is above all others.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail, bool isOverflow)
    {
        Append(0, key, tail, isOverflow);
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
            WriteOut(level, _levels[level].Entries.Count);
        }

        OpenNode top = _levels[^1];
        NodeHead head = rootHead with
        {
            Level = _levels.Count - 1,
            FirstChild = top.FirstChild,
            Records = Records,
        };
        top.Entries.WriteTo(write.Write(root), head, 0, top.Entries.Count);
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

    private void Append(
        int level, ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail, bool isOverflow)
    {
        OpenNode node = LevelAt(level);
        EntryList entries = node.Entries;
        entries.AppendMeasured(key, tail, isOverflow);
        int last = entries.Count - 1;
        if (entries.SizeOf(0, entries.Count) <= LimitBytes || last == 0)
        {
            return;
        }

        if (level == 0)
        {
            byte[] separator = entries.SeparatorBefore(last).ToArray();
            WriteOut(level, last);
            node.Separator = separator;
            entries.KeepLast();
        }
        else
        {
            // The entry itself goes up; its child is the first of the next node.
            byte[] separator = entries.KeyAt(last).ToArray();
            PageNumber child = entries.ChildOf(last);
            WriteOut(level, last);
            node.Separator = separator;
            node.FirstChild = child;
            entries.Reset(isLeaf: false);
        }
    }

    private void WriteOut(int level, int count)
    {
        OpenNode node = _levels[level];
        PageNumber page = write.Allocate();
        _written.Add(page);
        node.Entries.WriteTo(
            write.Write(page),
            new NodeHead(level, root, node.FirstChild, 0, 0, 0),
            0,
            count);
        if (node.Separator is null)
        {
            LevelAt(level + 1).FirstChild = page;
            return;
        }

        Span<byte> tail = stackalloc byte[NodeFormat.ChildBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, page.Value);
        Append(level + 1, node.Separator, tail, isOverflow: false);
    }

    private OpenNode LevelAt(int level)
    {
        if (level == _levels.Count)
        {
            var entries = new EntryList(_payloadBytes);
            entries.Reset(isLeaf: level == 0);
            _levels.Add(new OpenNode(entries));
        }

        return _levels[level];
    }

    private sealed class OpenNode(EntryList entries)
    {
        public EntryList Entries { get; } = entries;

        public PageNumber FirstChild { get; set; }

        /// <summary>
        /// What comes before the node in its parent; null for the first of its level.
        /// </summary>
        public byte[]? Separator { get; set; }
    }
}
