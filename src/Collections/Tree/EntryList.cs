using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// The entries of one or two nodes with others added or replaced, out of which node pages are laid
/// out anew: for splits, merges, redistribution and compaction.
/// </summary>
/// <remarks>
/// Entries point into copies of the pages and into a buffer of added bytes, so keys are not copied
/// out and writing a page cannot destroy what is still to be read. The prefix of a range is what
/// its first and last key share; that is only right of sorted keys, hence the check in <see
/// cref="Measure"/>.
/// </remarks>
internal sealed class EntryList(int payloadBytes)
{
    private const int AddedSource = 2;

    private readonly byte[][] _sources = [[], [], []];
    private byte[] _keyA = [];
    private byte[] _keyB = [];
    private Entry[] _entries = [];
    private long[] _sums = [];
    private int _addedBytes;
    private int _nodes;
    private bool _isLeaf;

    public int Count { get; private set; }

    private int Capacity => NodeFormat.CapacityOf(payloadBytes);

    /// <summary>Empties the list.</summary>
    public void Reset(bool isLeaf)
    {
        if (_keyA.Length == 0)
        {
            MakeBuffers();
        }

        _isLeaf = isLeaf;
        Count = 0;
        _addedBytes = 0;
        _nodes = 0;
    }

    /// <summary>Appends a copy of the entries of a node; of two nodes at most.</summary>
    /// <exception cref="CorruptFileException">Its cells do not add up.</exception>
    public void Append(in Node node)
    {
        node.Page.CopyTo(_sources[_nodes]);
        int header = NodeFormat.CellHeaderBytes(_isLeaf);
        int heapEnd = payloadBytes - node.Shape.PrefixLength;
        int left = heapEnd - node.Shape.HeapStart - node.Shape.DeadBytes;
        for (int slot = 0; slot < node.Count; slot++)
        {
            Cell cell = node.CellAt(slot);
            left -= header + cell.SuffixLength + cell.TailLength;
            if (node.Shape.PrefixLength + cell.SuffixLength > _keyA.Length)
            {
                throw node.Corrupt(
                    cell.SuffixOffset,
                    $"the key of slot {slot} has {node.Shape.PrefixLength + cell.SuffixLength} " +
                    $"bytes, more than {_keyA.Length}");
            }

            Add(new Entry(_nodes, heapEnd, node.Shape.PrefixLength, cell));
        }

        if (left != 0)
        {
            throw node.Corrupt(
                NodeFormat.DeadBytesOffset,
                $"the cells of {node.Count} entries and {node.Shape.DeadBytes} dead bytes differ " +
                $"by {left} from the room they take");
        }

        _nodes++;
    }

    /// <summary>Puts an entry in front of another, or at the end.</summary>
    public void Insert(
        int at, ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail, bool isOverflow)
    {
        Entry entry = Store(key, tail, isOverflow);
        Add(default);
        Array.Copy(_entries, at, _entries, at + 1, Count - 1 - at);
        _entries[at] = entry;
    }

    /// <summary>Replaces an entry.</summary>
    public void Replace(
        int at, ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail, bool isOverflow) =>
        _entries[at] = Store(key, tail, isOverflow);

    /// <summary>Prepares for <see cref="SizeOf"/>, once the list is complete.</summary>
    /// <returns>The first entry that is not above the one before it; -1 for none.</returns>
    public int Measure()
    {
        int perEntry = NodeFormat.SlotBytes + NodeFormat.CellHeaderBytes(_isLeaf);
        _sums[0] = 0;
        int unsorted = -1;
        for (int i = 0; i < Count; i++)
        {
            ref Entry entry = ref _entries[i];
            _sums[i + 1] = _sums[i] + perEntry + entry.KeyLength + entry.Cell.TailLength;
            if (i > 0 && unsorted < 0 && Compare(i - 1, i) >= 0)
            {
                unsorted = i;
            }
        }

        return unsorted;
    }

    /// <summary>
    /// Bytes that a node of the entries from..to (exclusive) takes besides its header.
    /// </summary>
    public long SizeOf(int from, int to) =>
        _sums[to] - _sums[from] - ((long)PrefixOf(from, to) * Math.Max(0, to - from - 1));

    public bool Fits(int from, int to) => IsWithin(SizeOf(from, to));

    /// <summary>Whether a page has so many bytes besides its header.</summary>
    public bool IsWithin(long bytes) => bytes <= Capacity;

    public int KeyLengthAt(int index) => _entries[index].KeyLength;

    /// <summary>The whole key of an entry, in a buffer that the next call overwrites.</summary>
    public ReadOnlySpan<byte> KeyAt(int index) => Materialise(index, _keyA);

    public ReadOnlySpan<byte> TailAt(int index)
    {
        ref Entry entry = ref _entries[index];
        return _sources[entry.Source].AsSpan(entry.Cell.TailOffset, entry.Cell.TailLength);
    }

    public PageNumber ChildOf(int index) =>
        new(BinaryPrimitives.ReadUInt32LittleEndian(TailAt(index)));

    /// <summary>
    /// The shortest key above one entry's and not above the next one's: what an inner node needs to
    /// tell the two apart.
    /// </summary>
    public ReadOnlySpan<byte> SeparatorBefore(int index)
    {
        int shared = CommonPrefix(index - 1, index);
        return Materialise(index, _keyB)[..(shared + 1)];
    }

    /// <summary>Lays out a node of the entries from..to (exclusive).</summary>
    public void WriteTo(Span<byte> page, NodeHead head, int from, int to)
    {
        int prefixLength = PrefixOf(from, to);
        NodeEditor.Clear(page, head);
        int cellAt = page.Length - prefixLength;
        if (prefixLength > 0)
        {
            KeyAt(from)[..prefixLength].CopyTo(page[cellAt..]);
        }

        int header = NodeFormat.CellHeaderBytes(_isLeaf);
        for (int i = to - 1; i >= from; i--)
        {
            ReadOnlySpan<byte> suffix = KeyAt(i)[prefixLength..];
            ReadOnlySpan<byte> tail = TailAt(i);
            cellAt -= header + suffix.Length + tail.Length;
            NodeEditor.WriteCellAt(
                page[cellAt..], _isLeaf, suffix, tail, _entries[i].Cell.IsOverflow);
            NodeEditor.WriteSlot(page, i - from, Node.HeadOf(suffix), cellAt);
        }

        NodeEditor.WriteUInt16(page, NodeFormat.CountOffset, to - from);
        NodeEditor.WriteUInt16(page, NodeFormat.PrefixLengthOffset, prefixLength);
        NodeEditor.WriteUInt16(page, NodeFormat.HeapStartOffset, cellAt);
    }

    /// <summary>
    /// Three pages' worth, which a transaction that changes its nodes in place can do without.
    /// </summary>
    private void MakeBuffers()
    {
        _sources[0] = new byte[payloadBytes];
        _sources[1] = new byte[payloadBytes];
        _keyA = new byte[NodeFormat.MaxKeyBytes(payloadBytes)];
        _keyB = new byte[NodeFormat.MaxKeyBytes(payloadBytes)];
        _entries = new Entry[64];
        _sums = new long[_entries.Length + 1];
    }

    private Entry Store(ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail, bool isOverflow)
    {
        int needed = _addedBytes + key.Length + tail.Length;
        if (_sources[AddedSource].Length < needed)
        {
            Array.Resize(ref _sources[AddedSource], Math.Max(needed, 2 * _addedBytes));
        }

        Span<byte> added = _sources[AddedSource].AsSpan(_addedBytes);
        key.CopyTo(added);
        tail.CopyTo(added[key.Length..]);
        var cell = new Cell(_addedBytes, key.Length, tail.Length, isOverflow);
        _addedBytes = needed;
        return new Entry(AddedSource, 0, 0, cell);
    }

    private void Add(Entry entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Count);
            Array.Resize(ref _sums, (2 * Count) + 1);
        }

        _entries[Count++] = entry;
    }

    /// <summary>
    /// A single entry keeps its key whole: the next one would hardly share all of it.
    /// </summary>
    private int PrefixOf(int from, int to) => to - from < 2 ? 0 : CommonPrefix(from, to - 1);

    private int CommonPrefix(int first, int last) =>
        Materialise(first, _keyA).CommonPrefixLength(Materialise(last, _keyB));

    private int Compare(int first, int second)
    {
        ref Entry a = ref _entries[first];
        ref Entry b = ref _entries[second];
        if (a.Source == b.Source && a.Source != AddedSource)
        {
            ReadOnlySpan<byte> source = _sources[a.Source];
            return source.Slice(a.Cell.SuffixOffset, a.Cell.SuffixLength).SequenceCompareTo(
                source.Slice(b.Cell.SuffixOffset, b.Cell.SuffixLength));
        }

        return Materialise(first, _keyA).SequenceCompareTo(Materialise(second, _keyB));
    }

    private ReadOnlySpan<byte> Materialise(int index, byte[] buffer)
    {
        ref Entry entry = ref _entries[index];
        ReadOnlySpan<byte> source = _sources[entry.Source];
        ReadOnlySpan<byte> suffix = source.Slice(entry.Cell.SuffixOffset, entry.Cell.SuffixLength);
        if (entry.PrefixLength == 0)
        {
            return suffix;
        }

        source.Slice(entry.PrefixOffset, entry.PrefixLength).CopyTo(buffer);
        suffix.CopyTo(buffer.AsSpan(entry.PrefixLength));
        return buffer.AsSpan(0, entry.KeyLength);
    }

    /// <summary>One entry: which bytes its key and its tail are in, and where.</summary>
    private readonly record struct Entry(
        int Source, int PrefixOffset, int PrefixLength, Cell Cell)
    {
        public int KeyLength => PrefixLength + Cell.SuffixLength;
    }
}
