using System.Numerics;

namespace Quire.Pager;

/// <summary>
/// Where the allocation map lies. One map page stands at the beginning of each stretch of pages and
/// has one bit for each page of its stretch, itself included; a set bit means "in use".
/// </summary>
/// <remarks>
/// A map instead of a list of free pages: freeing a thousand pages changes one page instead of a
/// thousand list nodes, a page freed twice is noticed at once, and low pages are reused first,
/// which keeps files short.
/// </remarks>
internal readonly struct AllocationMap(int pageSize)
{
    private readonly uint _first = MainFormat.HeaderPages(pageSize);
    private readonly uint _stretch = (uint)PageFormat.PayloadBytes(pageSize) * 8;

    /// <summary>How many pages one map page speaks for.</summary>
    public uint PagesPerMap => _stretch;

    /// <summary>The map page that has the bit of a page.</summary>
    public PageNumber MapPageOf(PageNumber page) =>
        new(page.Value - InStretch(page));

    /// <summary>Which bit of its map page a page has.</summary>
    public int BitOf(PageNumber page) => (int)InStretch(page);

    /// <summary>Whether the number is one of the map's own pages.</summary>
    public bool IsMapPage(PageNumber page) =>
        page.Value >= _first && InStretch(page) == 0;

    /// <summary>
    /// How far into its stretch a page is; most files have one stretch, which spares a division at
    /// each read of a page.
    /// </summary>
    private uint InStretch(PageNumber page)
    {
        uint fromFirst = page.Value - _first;
        return fromFirst < _stretch ? fromFirst : fromFirst % _stretch;
    }

    /// <summary>Whether the number is one of the header's pages.</summary>
    public bool IsHeaderPage(PageNumber page) => page.Value < _first;

    /// <summary>The first page of the file that is not the header's: the first map page.</summary>
    public PageNumber FirstMapPage => new(_first);

    /// <summary>Whether a page's bit is set in the payload of its map page.</summary>
    public static bool IsSet(ReadOnlySpan<byte> mapPayload, int bit) =>
        (mapPayload[bit >> 3] & (1 << (bit & 7))) != 0;

    public static void Set(Span<byte> mapPayload, int bit) =>
        mapPayload[bit >> 3] |= (byte)(1 << (bit & 7));

    public static void Clear(Span<byte> mapPayload, int bit) =>
        mapPayload[bit >> 3] &= (byte)~(1 << (bit & 7));

    /// <summary>
    /// The first clear bit at or after <paramref name="from"/>, below <paramref name="limit"/>.
    /// </summary>
    /// <returns>-1 when there is none.</returns>
    public static int FindClear(ReadOnlySpan<byte> mapPayload, int from, int limit)
    {
        int at = from;
        while (at < limit)
        {
            if ((at & 7) == 0)
            {
                int skip = mapPayload[(at >> 3)..].IndexOfAnyExcept((byte)0xFF);
                if (skip < 0)
                {
                    return -1;
                }

                at += skip * 8;
            }

            int inByte = BitOperations.TrailingZeroCount(
                ~(mapPayload[at >> 3] | ((1 << (at & 7)) - 1)) & 0x1FF);
            int found = (at & ~7) + inByte;
            if (inByte < 8)
            {
                return found < limit ? found : -1;
            }

            at = found;
        }

        return -1;
    }

    /// <summary>How many of the first <paramref name="limit"/> bits are clear.</summary>
    public static int CountClear(ReadOnlySpan<byte> mapPayload, int limit)
    {
        int set = 0;
        for (int i = 0; i < limit >> 3; i++)
        {
            set += BitOperations.PopCount(mapPayload[i]);
        }

        for (int bit = limit & ~7; bit < limit; bit++)
        {
            set += IsSet(mapPayload, bit) ? 1 : 0;
        }

        return limit - set;
    }
}
