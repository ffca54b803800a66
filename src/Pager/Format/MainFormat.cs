namespace Quire.Pager;

/// <summary>Sizes and places in the main file that do not depend on its contents.</summary>
internal static class MainFormat
{
    public const int MinimumPageSize = 512;
    public const int MaximumPageSize = 65536;
    public const int DefaultPageSize = 4096;

    /// <summary>The header sector: bytes 0 to 511.</summary>
    public const long HeaderOffset = 0;

    /// <summary>
    /// The marker's sector: bytes 512 to 1023. A sector of its own, so that writing the marker can
    /// damage nothing else, and no page image ever carries it (rule R-G6).
    /// </summary>
    public const long MarkerOffset = 512;

    public const int SectorBytes = 512;

    /// <summary>Both sectors, read together at R3 and W3.</summary>
    public const int SectorsBytes = 1024;

    /// <summary>How many pages the two sectors take: pages that nobody can allocate.</summary>
    public static uint HeaderPages(int pageSize) => pageSize < SectorsBytes ? 2u : 1u;

    public static bool IsPageSize(int bytes) =>
        bytes is >= MinimumPageSize and <= MaximumPageSize && (bytes & (bytes - 1)) == 0;

    public static long OffsetOf(PageNumber page, int pageSize) => (long)page.Value * pageSize;
}
