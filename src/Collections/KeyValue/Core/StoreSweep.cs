namespace Quire.Collections;

/// <summary>
/// Takes entries out that are due: reads do not see them any more, this gives their room back.
/// </summary>
internal static class StoreSweep
{
    /// <summary>Takes entries out, those first that are due longest.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="CorruptFileException">The notes on when entries expire are not those of
    /// the entries.</exception>
    public static int Run(LayeredWriter entries, LazyMap expiry, long now, int most)
    {
        if (most <= 0 || !expiry.Exists)
        {
            return 0;
        }

        int swept = 0;
        for (; swept < most && TryFindDue(expiry.Reader, now, out DueEntry due); swept++)
        {
            if (ProblemOf(entries.Reader, due) is { } problem)
            {
                throw LayeredReader.Corrupt(expiry.Reader, due.Place, problem);
            }

            entries.Delete(due.Key);
            expiry.Writer.Delete(due.Place);
        }

        return swept;
    }

    /// <summary>What is wrong with a note on when an entry expires.</summary>
    /// <returns>Null when the entry is there and says the same.</returns>
    public static string? ProblemOf(LayeredReader entries, in DueEntry due)
    {
        string key = Convert.ToHexStringLower(due.Key.AsSpan(0, Math.Min(40, due.Key.Length)));
        if (!entries.TryGet(due.Key, out ReadOnlySpan<byte> bytes))
        {
            return $"is for the entry {key}, which is not there";
        }

        return StoreRecord.TryRead(bytes, out StoreRecord record)
            ?? (record.Expiry == due.Expiry
                ? null
                : $"is for the entry {key}, which says otherwise");
    }

    private static bool TryFindDue(MapReader expiry, long now, out DueEntry due)
    {
        due = default;
        if (!expiry.TryGetFirst(out MapEntry first))
        {
            return false;
        }

        due = DueEntry.Read(expiry, first.Key, first.Value);
        return due.Expiry.Due <= now;
    }
}

/// <summary>A note on when an entry expires: where it lies, what it says, and whose it
/// is.</summary>
internal readonly record struct DueEntry(byte[] Place, ExpiryKey Expiry, byte[] Key)
{
    public static DueEntry Read(
        MapReader map, ReadOnlySpan<byte> place, ReadOnlySpan<byte> key) =>
        ExpiryKey.TryRead(place, out ExpiryKey expiry) is { } problem
            ? throw LayeredReader.Corrupt(map, place, problem)
            : new DueEntry(place.ToArray(), expiry, key.ToArray());
}
