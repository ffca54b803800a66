namespace Quire.Collections;

/// <summary>
/// Moves pages from the end of the file to free ones before it, in one transaction. Who refers to a
/// page is its caller's knowledge.
/// </summary>
/// <param name="write">The transaction.</param>
/// <param name="limit">After how many pages it has done its share.</param>
internal sealed class PageMover(WriteTransaction write, int limit)
{
    /// <summary>
    /// Where the file could end: all pages in use have room before it. (Map pages of the allocation
    /// map at the end go too, so it may turn out shorter by a few.)
    /// </summary>
    private readonly uint _end = write.PageCount - write.FreePages;

    private readonly byte[] _payload = new byte[write.File.PayloadSize];

    public WriteTransaction Write => write;

    public int Moved { get; private set; }

    /// <summary>Whether there is no free page any more that would be a better place.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Whether the rest is for another transaction.</summary>
    public bool IsDone => IsExhausted || Moved >= limit;

    /// <summary>Whether a page lies where the file could end before.</summary>
    public bool IsBehind(PageNumber page) => page.Value >= _end;

    /// <summary>Moves a page, if it lies behind and there is a place.</summary>
    /// <param name="page">The page. Free afterwards; it must not be the root of the file.</param>
    /// <param name="moved">Where it is now.</param>
    public bool TryMove(PageNumber page, out PageNumber moved)
    {
        moved = page;
        if (IsExhausted || !IsBehind(page))
        {
            return false;
        }

        PageNumber place = write.Allocate();
        if (place.Value >= page.Value)
        {
            write.Free(place);
            IsExhausted = true;
            return false;
        }

        write.Read(page).CopyTo(_payload);
        _payload.CopyTo(write.Write(place));
        write.Free(page);
        moved = place;
        Moved++;
        return true;
    }
}
