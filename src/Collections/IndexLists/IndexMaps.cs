namespace Quire.Collections;

/// <summary>
/// The three maps of lists by the name of the first one. Drawn in docs/format.md, "Index lists".
/// </summary>
internal sealed record IndexMaps(string Name)
{
    private const string EntriesSuffix = "/entries";
    private const string IdsSuffix = "/ids";

    /// <summary>A head for each list.</summary>
    public TypedMap Heads { get; } = new(Name, MapTypes.Text, MapTypes.ListHeads);

    /// <summary>The entries in the order of their positions.</summary>
    public TypedMap Entries { get; } =
        new(Name + EntriesSuffix, MapTypes.ListEntries, MapTypes.Text);

    /// <summary>The position of each id.</summary>
    public TypedMap Ids { get; } = new(Name + IdsSuffix, MapTypes.ListIds, MapTypes.ListIds);

    public IndexListView In(ReadTransaction read) =>
        new(this, Heads.In(read), Entries.In(read), Ids.In(read));

    /// <summary>As the transaction has them so far; makes none.</summary>
    public IndexListView ReadIn(WriteTransaction write) =>
        new(this, Heads.ReadIn(write), Entries.ReadIn(write), Ids.ReadIn(write));
}
