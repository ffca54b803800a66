using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Quire;

/// <summary>What one list returned: entries of one moment, and where to go on.</summary>
[SuppressMessage(
    "Naming", "CA1710:Identifiers should have correct suffix",
    Justification = "It is a page of a list.")]
public sealed class StorePage : IReadOnlyList<StoreEntry>
{
    private readonly List<StoreEntry> _entries;

    internal StorePage(List<StoreEntry> entries, string? cursor)
    {
        _entries = entries;
        Cursor = cursor;
    }

    /// <summary>
    /// For <see cref="StoreListOptions.Cursor"/> of the next list; null when there was nothing
    /// more. Opaque, stays good while others commit, and may be kept and given to other processes.
    /// </summary>
    public string? Cursor { get; }

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public StoreEntry this[int index] => _entries[index];

    /// <inheritdoc/>
    public IEnumerator<StoreEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
