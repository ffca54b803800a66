namespace Quire.Pager;

/// <summary>The checks that stand before every access to a page by a user's number.</summary>
internal static class PageAccess
{
    /// <exception cref="ArgumentOutOfRangeException">
    /// No page of the user's can have this number.
    /// </exception>
    public static void ThrowIfNotUsable(EngineFile engine, PageNumber page, uint pageCount)
    {
        if (page.Value >= pageCount)
        {
            throw new ArgumentOutOfRangeException(
                nameof(page), page, $"Page {page} is past the {pageCount} pages of the file.");
        }

        if (engine.Map.IsHeaderPage(page) || engine.Map.IsMapPage(page))
        {
            throw new ArgumentOutOfRangeException(
                nameof(page), page, $"Page {page} is the engine's own (header or allocation map).");
        }
    }

    /// <summary>Whether the allocation map of a committed state has a page in use.</summary>
    public static bool IsAllocated(EngineFile engine, PageNumber page, TransactionNumber number) =>
        AllocationMap.IsSet(
            engine.ReadPage(engine.Map.MapPageOf(page), number).AsSpan(PageFormat.HeaderBytes),
            engine.Map.BitOf(page));

    public static InvalidOperationException IsFree(PageNumber page) =>
        new($"Page {page} is free: it was never allocated, or has been freed.");
}
