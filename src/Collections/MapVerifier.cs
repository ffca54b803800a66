using Quire.Collections;

namespace Quire;

/// <summary>What a verification of the maps of a file found.</summary>
/// <param name="HasCatalog">
/// Whether the file's root is a catalog of maps. When not, the file has no maps, its pages are
/// somebody else's, and nothing was looked at.
/// </param>
/// <param name="Maps">The maps whose catalog entries could be read.</param>
/// <param name="PagesReached">How many pages the maps and the catalog have.</param>
/// <param name="Problems">What is wrong; empty for sound maps.</param>
public sealed record MapReport(
    bool HasCatalog,
    IReadOnlyList<MapInfo> Maps,
    uint PagesReached,
    IReadOnlyList<VerifyProblem> Problems)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Problems.Count == 0;
}

/// <summary>
/// Holds the maps of a file against their own rules, past the first damage: keys in order and
/// between the separators above them, all leaves at one depth, records counted right, values whole;
/// and every page that is in use is reached exactly once. In maps that are sound, key-value stores,
/// index lists and counters are held against theirs.
/// </summary>
/// <remarks>
/// Goes beyond <see cref="ReadTransaction.Verify"/>, which holds each page against its checksum and
/// the allocation map against itself. Memory: some bytes for each 64 pages that are reached. Ends
/// early after a hundred problems with pages that nothing reaches.
/// </remarks>
public static class MapVerifier
{
    private const int MostProblems = 100;

    /// <summary>Verifies all maps.</summary>
    /// <param name="read">The transaction whose view is verified.</param>
    /// <param name="cancellation">Ends the verification.</param>
    public static MapReport Verify(
        ReadTransaction read, CancellationToken cancellation = default)
    {
        var pages = new PageSource(read);
        PageNumber root = read.Root;
        var reached = new ReachedPages(pages);
        List<MapInfo> maps = [];
        if (root.IsNone)
        {
            return new MapReport(false, maps, 0, []);
        }

        try
        {
            if (!MapCatalog.IsCatalog(pages, root))
            {
                return new MapReport(false, maps, 0, []);
            }

            new TreeVerifier(pages, root, reached, cancellation).Verify(NodeFormat.CatalogRole);
            foreach ((string name, CatalogEntry entry) in MapCatalog.List(pages))
            {
                reached.Place = $"in the map \"{name}\": ";
                long records = new TreeVerifier(pages, entry.Root, reached, cancellation)
                    .Verify(NodeFormat.MapRole);
                maps.Add(new MapInfo(name, entry.Root, records));
            }

            if (reached.Problems.Count == 0)
            {
                CheckCollections(read, reached, cancellation);
            }
        }
        catch (CorruptFileException error)
        {
            reached.Place = "";
            reached.Problem(root, error.Message);
        }

        reached.Place = "";
        CheckUnreached(pages, reached, cancellation);
        return new MapReport(true, maps, reached.Count, reached.Problems);
    }

    /// <summary>What maps keep for other collections; only of maps that are sound.</summary>
    private static void CheckCollections(
        ReadTransaction read, ReachedPages reached, CancellationToken cancellation)
    {
        reached.Place = "";
        foreach ((string name, CatalogEntry entry) in MapCatalog.List(new PageSource(read)))
        {
            foreach (string problem in ProblemsOf(read, name, entry, cancellation))
            {
                reached.Problem(entry.Root, problem);
            }
        }
    }

    private static IReadOnlyList<string> ProblemsOf(
        ReadTransaction read, string name, CatalogEntry entry, CancellationToken cancellation)
    {
        if (StoreVerifier.IsStore(read, name, entry))
        {
            return StoreVerifier.Verify(read, name, cancellation);
        }

        if (IndexVerifier.IsLists(read, name, entry))
        {
            return IndexVerifier.Verify(read, name, cancellation);
        }

        return CounterVerifier.IsCounters(entry)
            ? CounterVerifier.Verify(read, name, cancellation)
            : [];
    }

    private static void CheckUnreached(
        in PageSource pages, ReachedPages reached, CancellationToken cancellation)
    {
        for (uint number = 1; number < pages.PageCount; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var page = new PageNumber(number);
            if (!reached.Contains(page) && reached.IsInUse(page))
            {
                reached.Problem(page, $"page {page} is in use, and no map reaches it");
            }

            if (reached.Problems.Count >= MostProblems)
            {
                // A count of pages that is a lie would otherwise cost as much as if it were true.
                return;
            }
        }
    }
}
