namespace Quire.Collections;

/// <summary>Where a compaction is, between its transactions: a map, and a key of it.</summary>
internal sealed class CompactionRun
{
    private string? _map;
    private byte[]? _key;
    private bool _isInMaps;

    public long Moved { get; private set; }

    /// <summary>Does the share of one transaction.</summary>
    /// <returns>Whether there may be more to do.</returns>
    public bool Step(WriteTransaction write, int limit)
    {
        var pages = new PageSource(write);
        PageNumber root = write.Root;
        if (root.IsNone || !MapCatalog.IsCatalog(pages, root) || write.FreePages == 0)
        {
            return false;
        }

        var mover = new PageMover(write, limit);
        bool isMore = Step(mover, pages);
        Moved += mover.Moved;
        return isMore && !mover.IsExhausted;
    }

    private bool Step(PageMover mover, in PageSource pages)
    {
        if (!_isInMaps)
        {
            RootMover.TryMove(mover, pages.Root, map: null);
            _key = new TreeCompactor(mover, pages.Root).Run(_key);
            if (_key is not null)
            {
                return true;
            }

            _isInMaps = true;
        }

        while (Next(pages) is { } map)
        {
            if (mover.IsDone)
            {
                return true;
            }

            bool isMoved = RootMover.TryMove(mover, map.Entry.Root, map.Name);
            PageNumber root = isMoved
                ? MapCatalog.List(pages).Single(entry => entry.Name == map.Name).Entry.Root
                : map.Entry.Root;
            _key = new TreeCompactor(mover, root).Run(_map == map.Name ? _key : null);
            _map = map.Name;
            if (_key is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The map to go on with: the one it has begun, or the next by name.</summary>
    private (string Name, CatalogEntry Entry)? Next(in PageSource pages)
    {
        foreach ((string name, CatalogEntry entry) in MapCatalog.List(pages))
        {
            int order = _map is null ? 1 : string.CompareOrdinal(name, _map);
            if (order > 0 || (order == 0 && _key is not null))
            {
                return (name, entry);
            }
        }

        return null;
    }
}
