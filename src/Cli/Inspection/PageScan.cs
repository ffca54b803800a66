using Quire.Pager;
using Quire.Storage;

namespace Quire.Cli.Inspection;

/// <summary>What one page is, told from its own bytes and its bit in the allocation map.</summary>
/// <param name="Number">Its place.</param>
/// <param name="Kind">"header", "map", "data", "free", or "unknown" for a damaged page.</param>
/// <param name="Transaction">
/// Which transaction wrote it last; null for free and damaged pages.
/// </param>
/// <param name="IsSound">
/// Whether its checksums hold; null for a free page, whose bytes mean nothing.
/// </param>
/// <param name="UsedBytes">The bytes of the payload up to the last that is not zero.</param>
/// <param name="Problem">What is wrong with it.</param>
internal sealed record PageSummary(
    PageNumber Number,
    string Kind,
    TransactionNumber? Transaction,
    bool? IsSound,
    int? UsedBytes,
    string? Problem);

/// <summary>
/// Goes through the pages of a file in stretches, each under a read transaction of its own. One
/// transaction for all would keep main locked as long as whoever reads the listing takes, and no
/// writer could commit meanwhile.
/// </summary>
internal sealed class PageScan(PageFile file)
{
    /// <summary>Pages per transaction: some milliseconds' worth.</summary>
    public const int StretchPages = 1024;

    private readonly byte[] _page = new byte[file.PageSize];
    private readonly byte[] _map = new byte[file.PageSize];

    /// <summary>All pages, in order of their places.</summary>
    public IEnumerable<PageSummary> Run()
    {
        uint next = 0;
        while (true)
        {
            var stretch = new List<PageSummary>(StretchPages);
            using (ReadTransaction read = file.BeginRead())
            {
                PageNumber? mapLoaded = null;
                while (next < read.PageCount && stretch.Count < StretchPages)
                {
                    stretch.Add(Look(read, new PageNumber(next++), ref mapLoaded));
                }
            }

            if (stretch.Count == 0)
            {
                yield break;
            }

            foreach (PageSummary summary in stretch)
            {
                yield return summary;
            }
        }
    }

    private PageSummary Look(ReadTransaction read, PageNumber page, ref PageNumber? mapLoaded)
    {
        EngineFile engine = read.Engine;
        if (engine.Map.IsHeaderPage(page))
        {
            return LookAtHeader(read, page);
        }

        PageNumber map = engine.Map.MapPageOf(page);
        if (mapLoaded != map)
        {
            ReadAt(engine, map, _map);
            mapLoaded = map;
        }

        bool isMapSound = PageFormat.Check(_map, map, engine.PageSeed) is null;
        bool isFree = page != map && isMapSound && !AllocationMap.IsSet(
            _map.AsSpan(PageFormat.HeaderBytes), engine.Map.BitOf(page));
        if (isFree)
        {
            return new PageSummary(page, "free", null, null, null, null);
        }

        int length = ReadAt(engine, page, _page);
        string? problem = length < _page.Length
            ? $"page {page} ends after {length} of {_page.Length} bytes"
            : PageFormat.Check(_page, page, engine.PageSeed);
        return problem is null
            ? new PageSummary(
                page,
                PageBytes.NameOf(PageFormat.KindOf(_page)),
                PageFormat.TransactionOf(_page),
                true,
                PageBytes.Used(_page.AsSpan(PageFormat.HeaderBytes)),
                null)
            : new PageSummary(page, page == map ? "map" : "unknown", null, false, null, problem);
    }

    /// <summary>
    /// The header's pages were read, and found sound, when the transaction began.
    /// </summary>
    private PageSummary LookAtHeader(ReadTransaction read, PageNumber page)
    {
        ReadAt(read.Engine, page, _page);
        return new PageSummary(
            page,
            "header",
            page.IsNone ? read.HeaderChangedBy : read.Number,
            true,
            PageBytes.Used(_page),
            null);
    }

    private static int ReadAt(EngineFile engine, PageNumber page, Span<byte> buffer)
    {
        IStorageFile main = engine.ReaderMain.File;
        int length = main.Read(MainFormat.OffsetOf(page, engine.PageSize), buffer);
        buffer[length..].Clear();
        return length;
    }
}

/// <summary>Small questions about the bytes of a page.</summary>
internal static class PageBytes
{
    /// <summary>The number of bytes up to the last that is not zero.</summary>
    public static int Used(ReadOnlySpan<byte> bytes) => bytes.LastIndexOfAnyExcept((byte)0) + 1;

    public static string NameOf(PageKind kind) => kind switch
    {
        PageKind.AllocationMap => "map",
        PageKind.Data => "data",
        _ => "unknown",
    };
}
