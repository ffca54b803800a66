using Quire.Cli.Maps.Records;

namespace Quire.Cli.Maps;

/// <summary>What an import has done so far, in committed transactions.</summary>
internal readonly record struct ImportCounts(
    long Records, long Added, long Replaced, long Unchanged, long Transactions);

/// <summary>
/// Puts the records of an input into maps, in transactions of a number of records. Whatever ends it
/// before its time (a mistake in the input, a kill, a power cut), the transactions before are there
/// and whole; records that are there already count as unchanged, so that importing the same input
/// again completes it.
/// </summary>
internal sealed class MapImporter(PageFile file, RecordReader reader, int batchRecords)
{
    /// <summary>Whether a key that is there with another value gets the new one.</summary>
    public bool Replaces { get; init; }

    /// <summary>What is committed.</summary>
    public ImportCounts Done { get; private set; }

    /// <exception cref="InputException">
    /// The input is not what it should be, or disagrees with a record that is there.
    /// </exception>
    public void Run(RecordProgress progress)
    {
        var record = new MapRecord();
        var batch = new RecordBatch(batchRecords);
        bool isMore = true;
        while (isMore)
        {
            isMore = reader.TryRead(record);
            if (isMore)
            {
                batch.Add(record);
            }

            if (batch.IsFull || !isMore)
            {
                Store(batch);
                batch.Clear();
                progress.Report(Done.Records, reader.BytesRead);
            }
        }
    }

    private void Store(RecordBatch batch)
    {
        ImportCounts counts = Done;
        using WriteTransaction write = file.BeginWrite();
        foreach (RecordBatch.Part part in batch.Parts)
        {
            MapWriter map = Open(write, part);
            counts = map.Count == 0 && part.IsSorted
                ? Load(map, part, counts)
                : Put(map, part, counts);
        }

        write.Commit();
        Done = counts with
        {
            Records = counts.Records + batch.Records,
            Transactions = counts.Transactions + (batch.Parts.Any() ? 1 : 0),
        };
    }

    private static MapWriter Open(WriteTransaction write, RecordBatch.Part part)
    {
        try
        {
            return MapAccess.Open(write, part.Map);
        }
        catch (ArgumentException)
        {
            throw new InputException(
                part.Place, "the name of the map is too long for the pages of the file");
        }
    }

    private static ImportCounts Load(MapWriter map, RecordBatch.Part part, ImportCounts counts)
    {
        using MapLoader loader = map.BeginLoad();
        for (int i = 0; i < part.Count; i++)
        {
            ThrowIfTooLong(map, part, i);
            loader.Add(part.KeyOf(i), part.ValueOf(i));
        }

        return counts with { Added = counts.Added + loader.Complete() };
    }

    private ImportCounts Put(MapWriter map, RecordBatch.Part part, ImportCounts counts)
    {
        for (int i = 0; i < part.Count; i++)
        {
            ThrowIfTooLong(map, part, i);
            ReadOnlySpan<byte> key = part.KeyOf(i);
            ReadOnlySpan<byte> value = part.ValueOf(i);
            if (map.TryAdd(key, value))
            {
                counts = counts with { Added = counts.Added + 1 };
            }
            else if (HasValue(map, key, value))
            {
                counts = counts with { Unchanged = counts.Unchanged + 1 };
            }
            else if (Replaces)
            {
                map.Put(key, value);
                counts = counts with { Replaced = counts.Replaced + 1 };
            }
            else
            {
                throw new InputException(
                    part.PlaceOf(i),
                    $"map \"{part.Map}\" has key {MapText.Quote(key)} with another value; " +
                    "--replace puts the new one in");
            }
        }

        return counts;
    }

    private static bool HasValue(MapWriter map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        map.AsReader().TryGetLength(key, out long length)
        && length == value.Length
        && map.TryGet(key, out ReadOnlySpan<byte> found)
        && found.SequenceEqual(value);

    private static void ThrowIfTooLong(MapWriter map, RecordBatch.Part part, int index)
    {
        int length = part.KeyOf(index).Length;
        if (length > map.MaxKeyBytes)
        {
            throw new InputException(
                part.PlaceOf(index),
                $"the key has {length} bytes; in this file it may have {map.MaxKeyBytes}");
        }
    }
}
