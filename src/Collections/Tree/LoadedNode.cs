namespace Quire.Collections;

/// <summary>
/// The entries of the one node of a level that a loader has open: keys that come in order, gathered
/// until the next would not fit, then laid out as one page.
/// </summary>
/// <remarks>
/// Gathered and not laid out at once, since how long the shared prefix is shows with the last key.
/// Key and tail lie behind each other, as they will in the cell: a cell is one copy. Both the
/// prefix and the separators come out of one comparison of each key with the one before.
/// </remarks>
internal sealed class LoadedNode(int payloadBytes, int level)
{
    private readonly int _perEntry =
        NodeFormat.SlotBytes + NodeFormat.CellHeaderBytes(level == 0);

    private byte[] _bytes = new byte[2 * payloadBytes];
    private Entry[] _entries = new Entry[64];
    private int _end;
    private int _sum;

    /// <summary>What all its keys begin with; of a single one all of it.</summary>
    private int _shared;

    public int Count { get; private set; }

    /// <summary>The leftmost child of an inner node.</summary>
    public PageNumber FirstChild { get; set; }

    /// <summary>
    /// What comes before the node in its parent; null for the first of its level.
    /// </summary>
    public byte[]? Separator { get; set; }

    /// <summary>The key that was added last.</summary>
    public ReadOnlySpan<byte> LastKey => Count == 0 ? default : KeyOf(_entries[Count - 1]);

    /// <summary>
    /// How many bytes, besides its header, the node takes with one more entry.
    /// </summary>
    /// <param name="common">How many bytes its key shares with the last one.</param>
    /// <param name="entryBytes">Its key and its tail.</param>
    public int SizeWith(int common, int entryBytes) => Count == 0
        ? _perEntry + entryBytes
        : _sum + _perEntry + entryBytes - (Math.Min(_shared, common) * Count);

    /// <summary>Adds an entry whose key is above all others.</summary>
    /// <param name="common">How many bytes its key shares with the last one.</param>
    /// <param name="key">The key.</param>
    /// <param name="tail">The value, a reference to it, or a child.</param>
    /// <param name="isOverflow">Whether it is a reference to a value.</param>
    public void Add(int common, ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail, bool isOverflow)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Count);
        }

        int end = _end + key.Length + tail.Length;
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        }

        _shared = Count == 0 ? key.Length : Math.Min(_shared, common);
        key.CopyTo(_bytes.AsSpan(_end));
        tail.CopyTo(_bytes.AsSpan(_end + key.Length));
        _entries[Count++] = new Entry(_end, key.Length, tail.Length, isOverflow);
        _end = end;
        _sum += _perEntry + key.Length + tail.Length;
    }

    /// <summary>Lays the node out.</summary>
    public void WriteTo(Span<byte> page, NodeHead head)
    {
        // A single entry keeps its key whole: the next one would hardly share all of it.
        int prefix = Count < 2 ? 0 : _shared;
        head.WriteTo(page);
        int at = page.Length - prefix;
        if (prefix > 0)
        {
            LastKey[..prefix].CopyTo(page[at..]);
        }

        for (int i = Count - 1; i >= 0; i--)
        {
            Entry entry = _entries[i];
            ReadOnlySpan<byte> cell = _bytes.AsSpan(
                entry.Offset + prefix, entry.KeyLength - prefix + entry.TailLength);
            at -= _perEntry - NodeFormat.SlotBytes + cell.Length;
            NodeEditor.WriteCellAt(
                page[at..], level == 0, cell, entry.KeyLength - prefix, entry.IsOverflow);
            NodeEditor.WriteSlot(page, i, Node.HeadOf(cell[..(entry.KeyLength - prefix)]), at);
        }

        page[(NodeFormat.HeaderBytes + (Count * NodeFormat.SlotBytes))..at].Clear();
        NodeEditor.WriteUInt16(page, NodeFormat.CountOffset, Count);
        NodeEditor.WriteUInt16(page, NodeFormat.PrefixLengthOffset, prefix);
        NodeEditor.WriteUInt16(page, NodeFormat.HeapStartOffset, at);
    }

    /// <summary>Begins the next node of the level.</summary>
    public void Clear()
    {
        Count = 0;
        _end = 0;
        _sum = 0;
    }

    private ReadOnlySpan<byte> KeyOf(in Entry entry) =>
        _bytes.AsSpan(entry.Offset, entry.KeyLength);

    private readonly record struct Entry(
        int Offset, int KeyLength, int TailLength, bool IsOverflow);
}
