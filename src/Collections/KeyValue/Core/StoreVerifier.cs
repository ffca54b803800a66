namespace Quire.Collections;

/// <summary>
/// Holds a key-value store against its own rules, in maps that are sound: each record is one and
/// has a key of a store; each layer has one pointer and each pointer a layer; each entry that
/// expires is noted, and each note has its entry.
/// </summary>
/// <remarks>
/// Called by <see cref="MapVerifier"/>. Memory: some bytes for each layer. Looks at all records,
/// and looks each one up that expires.
/// </remarks>
internal sealed class StoreVerifier
{
    private const int MostProblems = 100;

    private readonly ReadTransaction _read;
    private readonly string _name;
    private readonly CancellationToken _cancellation;
    private readonly List<string> _problems = [];

    private StoreVerifier(ReadTransaction read, string name, CancellationToken cancellation)
    {
        _read = read;
        _name = name;
        _cancellation = cancellation;
    }

    /// <summary>Whether a map is the first one of a store.</summary>
    public static bool IsStore(ReadTransaction read, string name, CatalogEntry entry) =>
        entry.ValueType == MapTypes.StoreEntries
        || (entry.ValueType == MapTypes.None
            && read.Map(StoreMaps.Meta(name).Name).TryGetLength(StoreMeta.Key, out long length)
            && length == StoreMeta.Bytes);

    /// <summary>Verifies a store.</summary>
    /// <returns>What is wrong.</returns>
    public static IReadOnlyList<string> Verify(
        ReadTransaction read, string name, CancellationToken cancellation)
    {
        var verifier = new StoreVerifier(read, name, cancellation);
        try
        {
            verifier.Verify();
        }
        catch (Exception error) when (
            error is CorruptFileException
            || (error is InvalidOperationException and not ObjectDisposedException))
        {
            verifier._problems.Add(error.Message);
        }

        return verifier._problems;
    }

    private void Verify()
    {
        StoreMeta? meta = StoreMeta.TryRead(StoreMaps.Meta(_name).In(_read), _read.Engine);
        int cut = meta?.Cut ?? StoreMeta.CutOf(_read.Engine.PageSize);
        MapReader main = StoreMaps.Entries(_name).In(_read);
        MapReader layers = StoreMaps.Layers(_name).In(_read);
        if (meta is null && layers.Count > 0)
        {
            Problem($"in the map \"{StoreMaps.Meta(_name).Name}\": the record \"store\" is " +
                "missing, and there are long keys");
        }

        if (!CheckLayers(main, layers, cut))
        {
            return;
        }

        // What was imported is not held against the numbers of this file before the first change.
        ulong? highest = meta?.FileId == _read.Engine.FileId
            ? meta.Base + _read.Number.Value
            : null;
        var entries = new LayeredReader(main, layers, cut);
        long expiring = CheckEntries(entries, highest);
        CheckExpiry(entries, expiring);
        QueueScan.Verify(Queue, highest, Problem, _cancellation);
    }

    /// <summary>Pointers and layers are one to one.</summary>
    private bool CheckLayers(MapReader main, MapReader layers, int cut)
    {
        var pointed = new HashSet<ulong>();
        var there = new HashSet<ulong>();
        Collect(main, cut, pointed, there: null);
        Collect(layers, cut, pointed, there);
        foreach (ulong layer in pointed.Except(there))
        {
            Problem(
                $"in the map \"{layers.Name}\": layer {layer} is missing, and a pointer leads " +
                "there");
        }

        foreach (ulong layer in there.Except(pointed))
        {
            Problem($"in the map \"{layers.Name}\": no pointer leads to layer {layer}");
        }

        return _problems.Count == 0;
    }

    private void Collect(MapReader map, int cut, HashSet<ulong> pointed, HashSet<ulong>? there)
    {
        foreach (MapEntry entry in map.Scan())
        {
            _cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> key = entry.Key;
            if (key.Length > cut || (there is not null && key.Length < LayeredReader.NumberBytes))
            {
                Problem(LayeredReader.Corrupt(
                    map, key, $"has no length of a key where keys are cut at {cut}").Message);
                continue;
            }

            there?.Add(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(key));
            if (key.Length == cut && !pointed.Add(LayeredReader.LayerOf(map, key, entry.Value)))
            {
                Problem(LayeredReader.Corrupt(
                    map, key, "points to a layer to which another one points").Message);
            }
        }
    }

    /// <summary>Each entry is one, and is noted where it expires.</summary>
    /// <returns>How many expire.</returns>
    private long CheckEntries(LayeredReader entries, ulong? highest)
    {
        long expiring = 0;
        var view = new StoreView(entries, now: long.MinValue);
        MapReader expiry = Expiry;
        Span<byte> place = stackalloc byte[ExpiryKey.Bytes];
        LayeredCursor cursor = entries.OpenCursor();
        for (bool isPlaced = cursor.MoveFirst(); isPlaced; isPlaced = cursor.MoveNext())
        {
            _cancellation.ThrowIfCancellationRequested();
            try
            {
                view.EntryAt(cursor);
            }
            catch (CorruptFileException error)
            {
                Problem(error.Message);
                continue;
            }

            StoreRecord.TryRead(cursor.Value, out StoreRecord record);
            if (record.Stamp.CommitNumber > highest)
            {
                Problem(LayeredReader.Corrupt(
                    entries.Main,
                    cursor.Key,
                    $"has stamp {record.Stamp}, and the file's commits end at {highest}").Message);
            }

            if (record.Expiry is { } noted)
            {
                expiring++;
                noted.Write(place);
                if (!expiry.TryGet(place, out ReadOnlySpan<byte> key)
                    || !key.SequenceEqual(cursor.Key))
                {
                    Problem(LayeredReader.Corrupt(
                        entries.Main,
                        cursor.Key,
                        $"expires at {noted.Due} ms, which \"{expiry.Name}\" does not have")
                        .Message);
                }
            }
        }

        return expiring;
    }

    /// <summary>Each note has its entry. As many as there are entries that have theirs, are
    /// all.</summary>
    private void CheckExpiry(LayeredReader entries, long expiring)
    {
        MapReader expiry = Expiry;
        if (expiry.Count == expiring && _problems.Count == 0)
        {
            return;
        }

        foreach (MapEntry entry in expiry.Scan())
        {
            _cancellation.ThrowIfCancellationRequested();
            DueEntry due = DueEntry.Read(expiry, entry.Key, entry.Value);
            if (StoreSweep.ProblemOf(entries, due) is { } problem)
            {
                Problem(LayeredReader.Corrupt(expiry, due.Place, problem).Message);
            }
        }
    }

    private MapReader Expiry => StoreMaps.Expiry(_name).In(_read);

    private MapReader Queue => StoreMaps.Queue(_name).In(_read);

    private void Problem(string problem)
    {
        if (_problems.Count < MostProblems)
        {
            _problems.Add(problem);
        }
    }
}
