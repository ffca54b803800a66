namespace Quire.Collections;

/// <summary>
/// Maps that read transactions at one transaction number have looked up in the catalog: five pages
/// and two searches that the next transaction need not repeat. Immutable.
/// </summary>
/// <remarks>
/// A list, searched from its beginning: few programs use many maps, and those go on searching the
/// catalog for the rest.
/// </remarks>
internal sealed class KnownMaps
{
    private const int Most = 8;

    private readonly string _name;
    private readonly CatalogEntry _entry;
    private readonly KnownMaps? _others;
    private readonly int _count;

    private KnownMaps(string name, CatalogEntry entry, KnownMaps? others)
    {
        _name = name;
        _entry = entry;
        _others = others;
        _count = others is null ? 1 : others._count + 1;
    }

    public static bool TryFind(in PageSource pages, string name, out CatalogEntry entry)
    {
        for (var known = pages.Findings as KnownMaps; known is not null; known = known._others)
        {
            if (known._name == name)
            {
                entry = known._entry;
                return true;
            }
        }

        entry = default;
        return false;
    }

    /// <summary>Remembers a map that the catalog has, if there is room.</summary>
    public static void Add(in PageSource pages, string name, CatalogEntry entry)
    {
        if (pages.IsReadOnly)
        {
            var others = pages.Findings as KnownMaps;
            if (others is null || others._count < Most)
            {
                pages.Leave(new KnownMaps(name, entry, others));
            }
        }
    }
}
