namespace Quire.Pager;

/// <summary>
/// Takes pages from the allocation map and gives them back, on behalf of the writer. Header and map
/// change together: while they do, the writer counts as half changed.
/// </summary>
internal sealed class PageAllocator(EngineFile engine, WritingState writer)
{
    /// <summary>
    /// Takes the first free page, or extends the file by one. The image is the caller's.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The file has as many pages as numbers allow.
    /// </exception>
    public PageNumber TakeAny()
    {
        FileHeader header = writer.Current;
        if (header.FreePages > 0)
        {
            PageNumber page = FindFree(header);
            TakeFree(page, hint: page.Value + 1);
            return page;
        }

        uint next = header.PageCount;
        if (next >= uint.MaxValue - 1)
        {
            throw new InvalidOperationException($"The file is full: it has {next} pages.");
        }

        next += engine.Map.IsMapPage(new PageNumber(next)) ? 1u : 0u;
        ExtendTo(new PageNumber(next));
        return new PageNumber(next);
    }

    /// <summary>
    /// Takes a page that is free, or past the end; the pages on the way there become free ones.
    /// </summary>
    public void Take(PageNumber page)
    {
        if (page.Value < writer.Current.PageCount)
        {
            TakeFree(page, writer.Current.FreeHint);
        }
        else
        {
            ExtendTo(page);
        }

        writer.IsHalfChanged = false;
    }

    /// <summary>Gives a page back.</summary>
    public void GiveBack(PageNumber page)
    {
        // The one thing that can fail comes first.
        Span<byte> map = MapForWrite(page);
        AllocationMap.Clear(map, engine.Map.BitOf(page));
        writer.Staged.Remove(page);
        writer.Current = writer.Current with
        {
            FreePages = writer.Current.FreePages + 1,
            FreeHint = Math.Min(writer.Current.FreeHint, page.Value),
        };
    }

    /// <summary>
    /// Makes the file end before the free pages at its end, if there are any. A map page goes when
    /// it has nothing left to speak for.
    /// </summary>
    /// <returns>How many pages the file has less.</returns>
    public uint GiveUpTail()
    {
        FileHeader header = writer.Current;
        uint end = header.PageCount;
        uint free = 0;
        uint least = Math.Max(
            engine.Map.FirstMapPage.Value, writer.Staged.HighestInJournal);
        while (end - 1 > least)
        {
            var last = new PageNumber(end - 1);
            if (engine.Map.IsMapPage(last))
            {
                writer.Staged.Remove(last);
            }
            else if (writer.IsAllocated(last))
            {
                break;
            }
            else
            {
                free++;
            }

            end--;
        }

        uint freeLeft = header.FreePages - free;
        writer.Current = header with
        {
            PageCount = end,
            FreePages = freeLeft,
            FreeHint = freeLeft == 0 ? end : Math.Min(header.FreeHint, end),
        };
        return header.PageCount - end;
    }

    private PageNumber FindFree(FileHeader header)
    {
        var at = new PageNumber(header.FreeHint);
        while (at.Value < header.PageCount)
        {
            PageNumber mapPage = engine.Map.MapPageOf(at);
            uint pagesLeft = header.PageCount - mapPage.Value;
            int bit = AllocationMap.FindClear(
                writer.ReadImage(mapPage).AsSpan(PageFormat.HeaderBytes),
                engine.Map.BitOf(at),
                (int)Math.Min(pagesLeft, engine.Map.PagesPerMap));
            if (bit >= 0)
            {
                var page = new PageNumber(mapPage.Value + (uint)bit);
                ThrowIfMapPage(page);
                return page;
            }

            if (pagesLeft <= engine.Map.PagesPerMap)
            {
                break;
            }

            at = new PageNumber(mapPage.Value + engine.Map.PagesPerMap);
        }

        throw new CorruptFileException(
            engine.Path,
            MainFormat.HeaderOffset,
            $"the header counts {header.FreePages} free pages, but the allocation map has none " +
            $"from page {header.FreeHint} on");
    }

    private void TakeFree(PageNumber page, uint hint)
    {
        writer.IsHalfChanged = true;
        AllocationMap.Set(MapForWrite(page), engine.Map.BitOf(page));
        writer.Current = writer.Current with
        {
            FreePages = writer.Current.FreePages - 1,
            FreeHint = hint,
        };
    }

    /// <summary>
    /// Makes a page the last of the file; those before it are free, map pages excepted.
    /// </summary>
    private void ExtendTo(PageNumber page)
    {
        FileHeader header = writer.Current;
        uint free = header.FreePages;
        uint hint = free == 0 ? page.Value + 1 : header.FreeHint;
        writer.IsHalfChanged = true;
        for (uint next = header.PageCount; next <= page.Value; next++)
        {
            var added = new PageNumber(next);
            if (engine.Map.IsMapPage(added))
            {
                AddMapPage(added);
            }
            else if (added == page)
            {
                AllocationMap.Set(MapForWrite(page), engine.Map.BitOf(page));
            }
            else
            {
                free++;
                hint = Math.Min(hint, next);
            }
        }

        writer.Current = header with
        {
            PageCount = page.Value + 1,
            FreePages = free,
            FreeHint = hint,
        };
    }

    private void AddMapPage(PageNumber page)
    {
        byte[] map = new byte[engine.PageSize];
        PageFormat.Initialise(map, page, PageKind.AllocationMap);
        AllocationMap.Set(map.AsSpan(PageFormat.HeaderBytes), engine.Map.BitOf(page));
        writer.Staged.Add(page, map);
    }

    private Span<byte> MapForWrite(PageNumber page) =>
        writer.StageImage(engine.Map.MapPageOf(page)).AsSpan(PageFormat.HeaderBytes);

    /// <summary>
    /// A map page that says of itself that it is free would be given away and overwritten.
    /// </summary>
    private void ThrowIfMapPage(PageNumber page)
    {
        if (engine.Map.IsMapPage(page))
        {
            throw new CorruptFileException(
                engine.Path,
                MainFormat.OffsetOf(page, engine.PageSize),
                $"map page {page} says that it is free itself");
        }
    }
}
