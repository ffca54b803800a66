using Quire.Collections;

namespace Quire;

/// <summary>
/// The lists of a file as one write transaction changes them, so that what is saved and the entry
/// that leads to it are one commit.
/// </summary>
/// <remarks>
/// Valid as long as its transaction, and belongs to one caller at a time, as that does. Every
/// method may throw what <see cref="IndexListReader"/> says, and what changing a map may
/// (<see cref="MapWriter"/>).
/// </remarks>
public readonly struct IndexListWriter
{
    private readonly IndexLists _lists;
    private readonly WriteTransaction _write;

    internal IndexListWriter(IndexLists lists, WriteTransaction write)
    {
        _lists = lists;
        _write = write;
    }

    private IndexMaps Maps => _lists.Maps;

    private IndexListView View => Maps.ReadIn(_write);

    /// <inheritdoc cref="IndexListReader.Count"/>
    public long Count(string list) => _lists.CountOf(View, list);

    /// <inheritdoc cref="IndexListReader.Contains"/>
    public bool Contains(string list, string id) => PositionOf(list, id) is not null;

    /// <inheritdoc cref="IndexListReader.PositionOf"/>
    public long? PositionOf(string list, string id) => _lists.PositionOf(View, list, id);

    /// <inheritdoc cref="IndexListReader.Newest"/>
    public IndexEntry? Newest(string list) => _lists.NewestOf(View, list);

    /// <inheritdoc cref="IndexListReader.List"/>
    public IReadOnlyList<IndexEntry> List(string list, int? limit = null, long? after = null) =>
        _lists.ListOf(View, list, limit, after);

    /// <inheritdoc cref="IndexListReader.Lists"/>
    public IReadOnlyList<IndexListInfo> Lists(
        string prefix = "", string? after = null, int? limit = null) =>
        View.Lists(IndexLists.RangeOf(prefix, after, limit));

    /// <summary>
    /// Adds an id as the newest entry of a list, unless it is in it: then nothing changes and
    /// nothing moves, so that what is not known to have been done can be done again.
    /// </summary>
    /// <param name="list">The list; made when there is none of this name.</param>
    /// <param name="id">The id.</param>
    /// <returns>Whether it is new.</returns>
    public bool Add(string list, string id)
    {
        byte[] listKey = _lists.ListKeyOf(list);
        byte[] idBytes = _lists.IdOf(id);
        IndexListView view = View;
        IndexHead? found = view.FindHead(listKey);
        if (found is { } old && view.FindPosition(old, idBytes) is not null)
        {
            return false;
        }

        long made = found is null ? checked(view.ReadLast() + 1) : 0;
        IndexHead head = found ?? new IndexHead(made, 0, made);
        long position = checked(head.Last + 1);
        CheckFree(view, head, position);
        if (found is null)
        {
            Maps.Heads.In(_write).Put(IndexFormat.LastKey, IndexFormat.Number(made));
        }

        PutEntry(head, position, idBytes);
        PutHead(listKey, head with { Count = head.Count + 1, Last = position });
        return true;
    }

    /// <summary>Makes an entry the newest of its list.</summary>
    /// <returns>Whether it is in the list; when not, nothing changes.</returns>
    public bool MoveToFront(string list, string id)
    {
        byte[] listKey = _lists.ListKeyOf(list);
        byte[] idBytes = _lists.IdOf(id);
        IndexListView view = View;
        if (view.FindHead(listKey) is not { } head
            || view.FindPosition(head, idBytes) is not { } from)
        {
            return false;
        }

        if (view.Newest(head).Position != from)
        {
            long position = checked(head.Last + 1);
            CheckFree(view, head, position);
            Maps.Entries.In(_write).Delete(IndexFormat.EntryKey(head.Number, from));
            PutEntry(head, position, idBytes);
            PutHead(listKey, head with { Last = position });
        }

        return true;
    }

    /// <summary>Takes an id out of a list. A list without entries is none.</summary>
    /// <returns>Whether it was in it.</returns>
    public bool Remove(string list, string id)
    {
        byte[] listKey = _lists.ListKeyOf(list);
        byte[] idBytes = _lists.IdOf(id);
        IndexListView view = View;
        if (view.FindHead(listKey) is not { } head
            || view.FindPosition(head, idBytes) is not { } position)
        {
            return false;
        }

        if (head.Count == 1)
        {
            return Erase(view, listKey, head) == 1;
        }

        Maps.Entries.In(_write).Delete(IndexFormat.EntryKey(head.Number, position));
        Maps.Ids.In(_write).Delete(IndexFormat.IdKey(head.Number, idBytes));
        PutHead(listKey, head with { Count = head.Count - 1 });
        return true;
    }

    /// <summary>Takes a list out, with all its entries.</summary>
    /// <returns>How many entries it had.</returns>
    public long Drop(string list)
    {
        byte[] listKey = _lists.ListKeyOf(list);
        IndexListView view = View;
        return view.FindHead(listKey) is { } head ? Erase(view, listKey, head) : 0;
    }

    private long Erase(in IndexListView view, byte[] listKey, in IndexHead head)
    {
        long last = Math.Max(view.ReadLast(), head.Last);
        List<IndexEntry> all = view.List(head, null, null);
        MapWriter entries = Maps.Entries.In(_write);
        MapWriter ids = Maps.Ids.In(_write);
        foreach (IndexEntry entry in all)
        {
            entries.Delete(IndexFormat.EntryKey(head.Number, entry.Position));
            ids.Delete(IndexFormat.IdKey(head.Number, StrictText.Utf8.GetBytes(entry.Id)));
        }

        // A list that is made again goes on above the positions of this one.
        MapWriter heads = Maps.Heads.In(_write);
        heads.Put(IndexFormat.LastKey, IndexFormat.Number(last));
        heads.Delete(listKey);
        return all.Count;
    }

    private void CheckFree(in IndexListView view, in IndexHead head, long position)
    {
        if (!view.IsFree(head, position))
        {
            throw Maps.Entries.Corrupt(
                Maps.Entries.ReadIn(_write),
                $"list {head.Number} has an entry at position {position} or above, which was " +
                "not given yet");
        }
    }

    private void PutEntry(in IndexHead head, long position, byte[] id)
    {
        Maps.Entries.In(_write).Put(IndexFormat.EntryKey(head.Number, position), id);
        Maps.Ids.In(_write).Put(
            IndexFormat.IdKey(head.Number, id), IndexFormat.Number(position));
    }

    private void PutHead(byte[] list, in IndexHead head) =>
        Maps.Heads.In(_write).Put(list, head.ToBytes());
}
