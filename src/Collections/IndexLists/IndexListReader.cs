using Quire.Collections;

namespace Quire;

/// <summary>The lists of a file as one read transaction sees them.</summary>
/// <remarks>
/// Costs nothing to make; valid as long as its transaction. Every method may throw
/// <see cref="CorruptFileException"/> when records do not fit together,
/// <see cref="InvalidOperationException"/> when something else than lists is kept there,
/// <see cref="ArgumentException"/> for a name or id that is empty, no text, or too long, and
/// <see cref="ObjectDisposedException"/>.
/// </remarks>
public readonly struct IndexListReader
{
    private readonly IndexLists _lists;
    private readonly ReadTransaction _read;

    internal IndexListReader(IndexLists lists, ReadTransaction read)
    {
        _lists = lists;
        _read = read;
    }

    private IndexListView View => _lists.Maps.In(_read);

    /// <summary>How many entries a list has. Costs the same for any number.</summary>
    public long Count(string list) => _lists.CountOf(View, list);

    /// <summary>Whether an id is in a list.</summary>
    public bool Contains(string list, string id) => PositionOf(list, id) is not null;

    /// <summary>Where in a list an id is; null when it is not in it.</summary>
    public long? PositionOf(string list, string id) => _lists.PositionOf(View, list, id);

    /// <summary>The newest entry of a list; null when it is empty.</summary>
    public IndexEntry? Newest(string list) => _lists.NewestOf(View, list);

    /// <summary>Entries of a list, newest first.</summary>
    /// <param name="list">The list; one that there is not is empty.</param>
    /// <param name="limit">How many at most; null for all.</param>
    /// <param name="after">
    /// Only entries that are older than this position, that of the last entry of the page before.
    /// Between two pages entries may come and go: those that stay where they are appear exactly
    /// once, and no entry twice.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    public IReadOnlyList<IndexEntry> List(string list, int? limit = null, long? after = null) =>
        _lists.ListOf(View, list, limit, after);

    /// <summary>Lists in the order of the bytes of their names.</summary>
    /// <param name="prefix">What the names begin with; empty for all.</param>
    /// <param name="after">
    /// Only names that come after this one; null to begin with the first.
    /// </param>
    /// <param name="limit">How many at most; null for all.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    public IReadOnlyList<IndexListInfo> Lists(
        string prefix = "", string? after = null, int? limit = null) =>
        View.Lists(IndexLists.RangeOf(prefix, after, limit));

    /// <summary>
    /// Holds every entry against its list and its id, and the counts against what is there.
    /// </summary>
    /// <returns>How many lists there are.</returns>
    /// <exception cref="CorruptFileException">The first thing that does not fit.</exception>
    public long Verify(CancellationToken cancellation = default) => View.Verify(cancellation);
}
