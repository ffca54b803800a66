namespace Quire.Collections;

/// <summary>Holds index lists against their own rules, in maps that are sound.</summary>
/// <remarks>Called by <see cref="MapVerifier"/>. Ends at the first thing that is wrong.</remarks>
internal static class IndexVerifier
{
    /// <summary>
    /// Whether a map is the first one of lists: by its type, or, when an import has left none, by
    /// the record of the last number and the names of the other two.
    /// </summary>
    public static bool IsLists(ReadTransaction read, string name, CatalogEntry entry)
    {
        var maps = new IndexMaps(name);
        return entry.ValueType == MapTypes.ListHeads
            || (entry.ValueType == MapTypes.None
                && read.HasMap(maps.Entries.Name)
                && read.HasMap(maps.Ids.Name)
                && read.Map(name).TryGetLength(IndexFormat.LastKey, out long length)
                && length == IndexFormat.NumberBytes);
    }

    /// <summary>Verifies lists.</summary>
    /// <returns>What is wrong.</returns>
    public static IReadOnlyList<string> Verify(
        ReadTransaction read, string name, CancellationToken cancellation)
    {
        try
        {
            new IndexMaps(name).In(read).Verify(cancellation);
            return [];
        }
        catch (Exception error) when (
            error is CorruptFileException
            || (error is InvalidOperationException and not ObjectDisposedException))
        {
            return [error.Message];
        }
    }
}
