using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// The three maps of lists in one transaction, for reading. Every record is held against the one
/// that refers to it, so that maps which do not fit together are an error and never an answer.
/// </summary>
internal readonly struct IndexListView(
    IndexMaps maps, MapReader heads, MapReader entries, MapReader ids)
{
    private readonly IndexMaps _maps = maps;
    private readonly MapReader _heads = heads;
    private readonly MapReader _entries = entries;
    private readonly MapReader _ids = ids;

    /// <summary>Finds a list.</summary>
    /// <returns>Null when there is none, which is an empty one.</returns>
    public IndexHead? FindHead(byte[] list) =>
        _heads.TryGet(list, out ReadOnlySpan<byte> value) ? ReadHead(list, value) : null;

    /// <summary>The highest number of a list and position of a list that is no more.</summary>
    public long ReadLast()
    {
        if (!_heads.TryGet(IndexFormat.LastKey, out ReadOnlySpan<byte> value))
        {
            return _heads.Count == 0 ? 0 : throw Heads("the last number is not there");
        }

        long last = value.Length == IndexFormat.NumberBytes
            ? BinaryPrimitives.ReadInt64LittleEndian(value)
            : 0;
        return last >= 1
            ? last
            : throw Heads($"the last number has {value.Length} bytes and is {last}");
    }

    /// <summary>Where in a list an id is.</summary>
    /// <returns>Null when it is not in it.</returns>
    public long? FindPosition(in IndexHead head, ReadOnlySpan<byte> id)
    {
        if (!_ids.TryGet(IndexFormat.IdKey(head.Number, id), out ReadOnlySpan<byte> value))
        {
            return null;
        }

        long position = value.Length == IndexFormat.NumberBytes
            ? BinaryPrimitives.ReadInt64LittleEndian(value)
            : 0;
        if (position <= head.Number || position > head.Last)
        {
            throw Ids(
                $"an id of list {head.Number} has {value.Length} bytes and position {position}, " +
                $"expected one from {head.Number + 1} to {head.Last}");
        }

        bool isThere = _entries.TryGet(
            IndexFormat.EntryKey(head.Number, position), out ReadOnlySpan<byte> entry);
        return isThere && entry.SequenceEqual(id)
            ? position
            : throw Ids(
                $"an id of list {head.Number} says position {position}, where " +
                (isThere ? "another one is" : "there is none"));
    }

    /// <summary>Whether nothing is at a position, nor behind it.</summary>
    public bool IsFree(in IndexHead head, long position)
    {
        MapCursor cursor = _entries.OpenCursor();
        return !cursor.Seek(IndexFormat.EntryKey(head.Number, position))
            || !IsOf(head, cursor.Key);
    }

    /// <summary>The newest entry of a list.</summary>
    public IndexEntry Newest(in IndexHead head)
    {
        MapCursor cursor = _entries.OpenCursor();
        return cursor.SeekAtMost(IndexFormat.EntryKey(head.Number, long.MaxValue))
            && IsOf(head, cursor.Key)
                ? ReadEntry(head, cursor)
                : throw Entries($"list {head.Number} has none, and {head.Count} by its head");
    }

    /// <summary>Entries of a list, newest first.</summary>
    /// <param name="head">The list.</param>
    /// <param name="after">Only those that are older than this; null for no limit.</param>
    /// <param name="limit">How many at most; null for all.</param>
    public List<IndexEntry> List(in IndexHead head, long? after, int? limit)
    {
        List<IndexEntry> found = [];
        int most = limit ?? int.MaxValue;
        MapCursor cursor = _entries.OpenCursor();
        bool isPlaced = cursor.SeekBelow(IndexFormat.EntryKey(
            head.Number, Math.Clamp(after ?? long.MaxValue, 0, long.MaxValue)));
        bool isOf = isPlaced && IsOf(head, cursor.Key);
        while (isOf && found.Count < most)
        {
            found.Add(ReadEntry(head, cursor));
            isOf = cursor.MovePrevious() && IsOf(head, cursor.Key);
        }

        bool isAll = after is null && !isOf;
        return !isAll || found.Count == head.Count || found.Count == most
            ? found
            : throw Entries(
                $"list {head.Number} has {found.Count}, and {head.Count} by its head");
    }

    /// <summary>Lists by name.</summary>
    public List<IndexListInfo> Lists(MapRange range)
    {
        List<IndexListInfo> found = [];
        foreach (MapEntry entry in _heads.Scan(range))
        {
            byte[] name = entry.Key.ToArray();
            found.Add(new IndexListInfo(
                TextOf(name, _heads, _maps.Heads), ReadHead(name, entry.Value).Count));
        }

        return found;
    }

    /// <summary>Holds all lists against each other.</summary>
    /// <returns>How many lists there are.</returns>
    public long Verify(CancellationToken cancellation)
    {
        long lists = 0;
        long total = 0;
        HashSet<long> numbers = [];
        long last = ReadLast();
        foreach (MapEntry entry in _heads.Scan(IndexLists.AllNames))
        {
            cancellation.ThrowIfCancellationRequested();
            IndexHead head = ReadHead(entry.Key, entry.Value);
            if (head.Number > last || !numbers.Add(head.Number))
            {
                throw Heads($"a list has number {head.Number}, used twice or above {last}");
            }

            lists++;
            total += List(head, null, null).Count;
        }

        return total == _entries.Count && total == _ids.Count
            ? lists
            : throw Entries(
                $"{_entries.Count} of them and {_ids.Count} ids; the lists have {total}");
    }

    private IndexEntry ReadEntry(in IndexHead head, MapCursor cursor)
    {
        long position =
            BinaryPrimitives.ReadInt64BigEndian(cursor.Key[IndexFormat.NumberBytes..]);
        byte[] id = cursor.Value.ToArray();
        return FindPosition(head, id) == position
            ? new IndexEntry(TextOf(id, _entries, _maps.Entries), position)
            : throw Entries(
                $"list {head.Number} has an id at position {position} that is not there by its " +
                "own record");
    }

    private IndexHead ReadHead(ReadOnlySpan<byte> list, ReadOnlySpan<byte> value) =>
        IndexHead.TryRead(value, out IndexHead head) is { } problem
            ? throw Heads($"the list \"{TextOf(list, _heads, _maps.Heads)}\" has {problem}")
            : head;

    /// <exception cref="CorruptFileException">An entry's key has another length.</exception>
    private bool IsOf(in IndexHead head, ReadOnlySpan<byte> key) =>
        key.Length == IndexFormat.EntryKeyBytes
            ? BinaryPrimitives.ReadInt64BigEndian(key) == head.Number
            : throw Entries(
                $"a key has {key.Length} bytes, expected {IndexFormat.EntryKeyBytes}");

    private static string TextOf(ReadOnlySpan<byte> bytes, in MapReader map, TypedMap definition)
    {
        try
        {
            return StrictText.Read(bytes);
        }
        catch (FormatException error)
        {
            throw definition.Corrupt(map, $"a name is no text: {error.Message}");
        }
    }

    private CorruptFileException Heads(string problem) => _maps.Heads.Corrupt(_heads, problem);

    private CorruptFileException Entries(string problem) =>
        _maps.Entries.Corrupt(_entries, problem);

    private CorruptFileException Ids(string problem) => _maps.Ids.Corrupt(_ids, problem);
}
