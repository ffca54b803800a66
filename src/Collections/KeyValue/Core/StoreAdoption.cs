namespace Quire.Collections;

/// <summary>
/// Takes over a store that was made in another file and came by export and import: from then on its
/// stamps go on above the highest that it brought, however young the file is.
/// </summary>
/// <remarks>
/// Told by the file's id in the store's meta record (<see cref="StoreMeta"/>), which is read by
/// each operation and written only here and when a store is made. Costs one look at each entry,
/// once.
/// </remarks>
internal static class StoreAdoption
{
    /// <summary>The meta record of a store that is the file's own, from now on if not
    /// before.</summary>
    /// <param name="write">The transaction.</param>
    /// <param name="name">The store.</param>
    /// <param name="main">Its first map.</param>
    /// <param name="number">The number that the transaction commits as.</param>
    public static StoreMeta MetaOf(
        WriteTransaction write, string name, MapWriter main, ulong number)
    {
        MapWriter map = StoreMaps.Meta(name).In(write);
        StoreMeta? meta = StoreMeta.TryRead(map.AsReader(), write.Engine);
        Guid file = write.Engine.FileId;
        if (meta?.FileId == file)
        {
            return meta;
        }

        var layers = new LazyMap(write, StoreMaps.Layers(name));
        if (meta is null && layers.Reader.Count > 0)
        {
            throw LayeredReader.Corrupt(
                map.AsReader(), StoreMeta.Key, "is missing, and there are long keys");
        }

        ushort own = StoreMeta.CutOf(write.Engine.PageSize);
        int cut = meta?.Cut ?? ushort.MaxValue;
        if (cut > own)
        {
            CutShorter(main, layers, own);
            cut = own;
        }

        var queue = new LazyMap(write, StoreMaps.Queue(name));
        ulong highest = Math.Max(
            HighestOf(new LayeredReader(main.AsReader(), layers.Reader, cut)),
            QueueScan.HighestOf(queue.Reader));
        ulong from = highest < number ? 0 : highest - number + 1;
        meta = new StoreMeta(file, from, (ushort)cut);
        meta.Write(map);
        return meta;
    }

    /// <summary>
    /// In pages smaller than those it comes from, a key that lies whole in the first map may be as
    /// long as a slice.
    /// </summary>
    private static void CutShorter(MapWriter main, LazyMap layers, int cut)
    {
        var moving = new List<(byte[] Key, byte[] Record)>();
        foreach (MapEntry entry in main.Scan())
        {
            if (entry.Key.Length >= cut)
            {
                moving.Add((entry.Key.ToArray(), entry.Value.ToArray()));
            }
        }

        var entries = new LayeredWriter(main, layers, cut);
        foreach ((byte[] key, byte[] record) in moving)
        {
            main.Delete(key);
            entries.Put(key, record);
        }
    }

    private static ulong HighestOf(LayeredReader entries)
    {
        ulong highest = 0;
        LayeredCursor cursor = entries.OpenCursor();
        for (bool isPlaced = cursor.MoveFirst(); isPlaced; isPlaced = cursor.MoveNext())
        {
            highest = StoreRecord.TryRead(cursor.Value, out StoreRecord record) is { } problem
                ? throw LayeredReader.Corrupt(entries.Main, cursor.Key, problem)
                : Math.Max(highest, record.Stamp.CommitNumber);
        }

        return highest;
    }
}
