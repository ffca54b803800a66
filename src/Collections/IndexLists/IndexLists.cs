using Quire.Collections;

namespace Quire;

/// <summary>
/// Named lists of ids in a file, newest first: thousands of lists, each of any length, that any
/// number of processes add to and take from. An id is in a list once. Each call is one durable
/// transaction; <c>In</c> makes it part of a larger one.
/// </summary>
/// <remarks>
/// <para>
/// Adding, moving and removing cost the logarithm of the number of entries and not the length of
/// the list; a list is never read whole in order to change it, and no two processes that add at
/// once lose an entry of each other. Adding again changes nothing, so a save that is in doubt can
/// be repeated.
/// </para>
/// <para>
/// May be used from any thread. A caller that holds a read transaction of its own would wait for
/// itself: see <see cref="WriteTransaction.Commit"/>. All methods that change may throw what
/// <see cref="PageFile.Update{T}"/> does. Kept in three ordered maps: docs/index-lists.md.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var lists = new IndexLists(file);
/// lists.Add("thread-7", "checkpoint-12");                 // true: it is new
/// IReadOnlyList&lt;IndexEntry&gt; page = lists.List("thread-7", limit: 20);
///
/// using WriteTransaction write = file.BeginWrite();       // blob and entry in one commit
/// write.Map("states").Put(key, state);
/// lists.In(write).Add("thread-7", "checkpoint-13");
/// write.Commit();
/// </code>
/// </example>
public sealed partial class IndexLists
{
    /// <summary>The map that lists are in when no other name is given.</summary>
    public const string DefaultMap = "index";

    private const string ListNoun = "list";
    private const string IdNoun = "id";

    /// <summary>Lists of a file. Nothing is made before the first entry is.</summary>
    /// <param name="file">The file.</param>
    /// <param name="map">
    /// The name of the map that they are kept in; two more have names that begin with it.
    /// </param>
    /// <exception cref="ArgumentException">No map can have this name.</exception>
    public IndexLists(PageFile file, string map = DefaultMap)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentException.ThrowIfNullOrEmpty(map);
        File = file;
        Maps = new IndexMaps(map);
        TypedMap.ThrowIfTooLong(file, Maps.Heads, Maps.Entries, Maps.Ids);
    }

    /// <summary>The file.</summary>
    public PageFile File { get; }

    /// <summary>The name of the map that they are kept in.</summary>
    public string Map => Maps.Name;

    /// <summary>
    /// How many bytes the name of a list may have as UTF-8; follows from the file's page size.
    /// </summary>
    public int MaxNameBytes => NodeFormat.MaxKeyBytes(File.PayloadSize);

    /// <summary>How many bytes an id may have as UTF-8.</summary>
    public int MaxIdBytes => MaxNameBytes - IndexFormat.NumberBytes;

    internal IndexMaps Maps { get; }

    /// <summary>All names: the empty key has the last number.</summary>
    internal static MapRange AllNames { get; } =
        new() { From = ReadOnlyMemory<byte>.Empty, IsFromExclusive = true };

    /// <summary>The lists as a read transaction sees them.</summary>
    /// <exception cref="ArgumentException">It is a transaction of another file.</exception>
    public IndexListReader In(ReadTransaction read)
    {
        CollectionFile.ThrowIfOther(File.Engine, read.Engine, nameof(read));
        return new IndexListReader(this, read);
    }

    /// <summary>The lists as a write transaction changes them.</summary>
    /// <exception cref="ArgumentException">It is a transaction of another file.</exception>
    public IndexListWriter In(WriteTransaction write)
    {
        CollectionFile.ThrowIfOther(File.Engine, write.Engine, nameof(write));
        return new IndexListWriter(this, write);
    }

    internal byte[] ListKeyOf(string list) => RecordName.Encode(list, ListNoun, MaxNameBytes);

    internal byte[] IdOf(string id) => RecordName.Encode(id, IdNoun, MaxIdBytes);

    internal long CountOf(in IndexListView view, string list) =>
        view.FindHead(ListKeyOf(list))?.Count ?? 0;

    internal long? PositionOf(in IndexListView view, string list, string id)
    {
        byte[] bytes = IdOf(id);
        return view.FindHead(ListKeyOf(list)) is { } head ? view.FindPosition(head, bytes) : null;
    }

    internal IndexEntry? NewestOf(in IndexListView view, string list) =>
        view.FindHead(ListKeyOf(list)) is { } head ? view.Newest(head) : null;

    internal IReadOnlyList<IndexEntry> ListOf(
        in IndexListView view, string list, int? limit, long? after)
    {
        CheckLimit(limit);
        return view.FindHead(ListKeyOf(list)) is { } head ? view.List(head, after, limit) : [];
    }

    internal static MapRange RangeOf(string prefix, string? after, int? limit)
    {
        CheckLimit(limit);
        return AllNames with
        {
            Prefix = RecordName.EncodePrefix(prefix, ListNoun),
            From = after is null
                ? AllNames.From
                : RecordName.EncodePrefix(after, ListNoun),
            Limit = limit,
        };
    }

    private static void CheckLimit(int? limit)
    {
        if (limit < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(limit), limit, $"The limit is {limit}; it is 0 or more.");
        }
    }
}
