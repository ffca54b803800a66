namespace Quire.Collections;

/// <summary>The entries of a store as one transaction sees them at one time.</summary>
/// <param name="entries">The records.</param>
/// <param name="now">The time in milliseconds since 1970: entries due by then are not seen.</param>
internal sealed class StoreView(LayeredReader entries, long now)
{
    /// <summary>The time, in milliseconds since 1970.</summary>
    public long Now => now;

    public static StoreView Of(ReadTransaction read, string name, long now)
    {
        StoreMeta? meta = StoreMeta.TryRead(StoreMaps.Meta(name).In(read), read.Engine);
        return new StoreView(
            new LayeredReader(
                StoreMaps.Entries(name).In(read),
                StoreMaps.Layers(name).In(read),
                meta?.Cut ?? StoreMeta.CutOf(read.Engine.PageSize)),
            now);
    }

    /// <summary>Makes no map: a store that is not there reads as an empty one.</summary>
    public static StoreView Of(WriteTransaction write, string name, long now)
    {
        StoreMeta? meta = StoreMeta.TryRead(StoreMaps.Meta(name).ReadIn(write), write.Engine);
        return new StoreView(
            new LayeredReader(
                StoreMaps.Entries(name).ReadIn(write),
                StoreMaps.Layers(name).ReadIn(write),
                meta?.Cut ?? StoreMeta.CutOf(write.Engine.PageSize)),
            now);
    }

    /// <summary>The entry of a key; null when there is none.</summary>
    public StoreEntry? Get(StoreKey key)
    {
        StoreLimits.Check(key);
        return TryFind(key.Encoded, out StoreRecord record) ? Entry(key, record) : null;
    }

    /// <summary>The stamp of a key's entry; null when there is none.</summary>
    public Versionstamp? StampOf(StoreKey key) =>
        TryFind(key.Encoded, out StoreRecord record) ? record.Stamp : null;

    /// <summary>The entries of a selection, as far as a limit.</summary>
    public StorePage List(StoreSelector selector, StoreListOptions options)
    {
        byte[]? after = options.Cursor is { } cursor
            ? StoreCursor.Read(cursor, selector, options.IsReversed)
            : null;
        var found = new List<StoreEntry>();
        LayeredCursor place = entries.OpenCursor();
        bool isPlaced = Place(place, selector, options.IsReversed, after);
        for (; isPlaced && selector.Holds(place.Key); isPlaced = options.IsReversed
            ? place.MovePrevious()
            : place.MoveNext())
        {
            StoreRecord record = Read(place.Key, place.Value);
            if (!record.IsVisibleAt(now))
            {
                continue;
            }

            if (found.Count == options.Limit)
            {
                string next = StoreCursor.Write(
                    found[^1].Key.Encoded, selector, options.IsReversed);
                return new StorePage(found, next);
            }

            found.Add(Entry(KeyOf(place.Key), record));
        }

        return new StorePage(found, null);
    }

    /// <summary>The entry at which a cursor is, whether reads see it or not.</summary>
    /// <exception cref="CorruptFileException">It is none.</exception>
    public StoreEntry EntryAt(LayeredCursor place) =>
        Entry(KeyOf(place.Key), Read(place.Key, place.Value));

    /// <summary>Finds a record that reads may see.</summary>
    private bool TryFind(scoped ReadOnlySpan<byte> key, out StoreRecord record)
    {
        record = default;
        if (!entries.TryGet(key, out ReadOnlySpan<byte> bytes))
        {
            return false;
        }

        record = Read(key, bytes);
        return record.IsVisibleAt(now);
    }

    private static bool Place(
        LayeredCursor place, StoreSelector selector, bool isReversed, byte[]? after)
    {
        if (isReversed)
        {
            byte[]? end = after ?? selector.Upper;
            return end is null ? place.MoveLast() : place.SeekBelow(end);
        }

        bool isPlaced = place.Seek(after ?? selector.Lower);
        return isPlaced && after is not null && place.Key.SequenceEqual(after)
            ? place.MoveNext()
            : isPlaced;
    }

    private StoreRecord Read(scoped ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes) =>
        StoreRecord.TryRead(bytes, out StoreRecord record) is { } problem
            ? throw LayeredReader.Corrupt(entries.Main, key, problem)
            : record;

    private StoreKey KeyOf(ReadOnlySpan<byte> key)
    {
        try
        {
            return StoreKey.Decode(key);
        }
        catch (FormatException error)
        {
            throw LayeredReader.Corrupt(
                entries.Main, key, $"has no key of a store: {error.Message}");
        }
    }

    private StoreEntry Entry(StoreKey key, in StoreRecord record)
    {
        if (!StoreValue.TryRead(record.Kind, record.Payload, out StoreValue value))
        {
            throw LayeredReader.Corrupt(
                entries.Main,
                key.Encoded,
                $"has a value of {record.Payload.Length} bytes that is no {record.Kind}");
        }

        return new StoreEntry(key, value, record.Stamp)
        {
            ExpiresAt = record.Expiry is { } expiry
                ? DateTimeOffset.FromUnixTimeMilliseconds(expiry.Due)
                : null,
        };
    }
}
