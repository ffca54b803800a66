namespace Quire.Pager;

/// <summary>
/// Holds a file against its own rules, past the first damage, under the main lock of a read
/// transaction. Reads from the file, not from the cache: the question is what the disk holds.
/// </summary>
/// <remarks>
/// The file may be longer than its pages (a crash between C2E and C3), and shorter by pages that
/// are free: playback brings back the pages that were staged, not the room of those that were freed
/// again.
/// </remarks>
internal static class Verifier
{
    public static VerifyReport Run(
        EngineFile file, MainState main, IProgress<uint>? progress, CancellationToken cancellation)
    {
        var problems = new List<VerifyProblem>();
        uint pageCount = main.Header.PageCount;
        uint checkedPages = 0;
        uint freePages = 0;
        CheckSectors(file, problems);
        long length = file.ReaderMain.File.GetLength();
        long pagesPresent = length / file.PageSize;
        (uint Count, PageNumber First) missing = default;

        byte[] buffer = new byte[file.PageSize];
        byte[]? map = null;
        for (uint number = file.Map.FirstMapPage.Value; number < pageCount; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var page = new PageNumber(number);
            if (number >= pagesPresent)
            {
                // The count of pages is a number read from the file: where the file ends, so does
                // the work that it may cause.
                bool isLastSeen = file.Map.IsMapPage(page);
                if (isLastSeen || IsInUse(file, map, page))
                {
                    missing = (
                        missing.Count + (isLastSeen ? pageCount - number : 1),
                        missing.Count == 0 ? page : missing.First);
                }

                if (isLastSeen)
                {
                    break;
                }
            }
            else if (file.Map.IsMapPage(page))
            {
                bool isSound = CheckPage(file, page, PageKind.AllocationMap, buffer, problems);
                map = isSound ? [.. buffer] : null;
                checkedPages++;
                if (map is not null)
                {
                    freePages += CheckMapPage(file, page, pageCount, map, problems);
                }
            }
            else if (IsInUse(file, map, page))
            {
                CheckPage(file, page, PageKind.None, buffer, problems);
                checkedPages++;
            }
            else if (number < main.Header.FreeHint || page == main.Header.Root)
            {
                problems.Add(new VerifyProblem(
                    MainFormat.OffsetOf(page, file.PageSize),
                    page,
                    number < main.Header.FreeHint
                        ? $"page {page} is free, below the free hint {main.Header.FreeHint}"
                        : $"page {page} is free, but it is the root"));
            }

            if (number % 1024 == 0)
            {
                progress?.Report(number);
            }
        }

        if (missing.Count > 0)
        {
            problems.Add(new VerifyProblem(
                length,
                missing.First,
                $"the file ends at byte {length}; {missing.Count} pages from page {missing.First} on " +
                "lie past that"));
        }

        if (freePages != main.Header.FreePages)
        {
            problems.Add(new VerifyProblem(
                MainFormat.HeaderOffset,
                PageNumber.None,
                $"the header counts {main.Header.FreePages} free pages, the allocation map {freePages}"));
        }

        progress?.Report(pageCount);
        return new VerifyReport(main.Number, checkedPages, freePages, problems);
    }

    /// <summary>
    /// Header and marker as the disk holds them now: a transaction of an open file has them from an
    /// earlier read.
    /// </summary>
    private static void CheckSectors(EngineFile file, List<VerifyProblem> problems)
    {
        MainState now = MainState.Read(file.ReaderMain.File);
        if (!now.IsUsable)
        {
            CorruptFileException problem = now.ToException(file.Path);
            problems.Add(new VerifyProblem(problem.Offset, PageNumber.None, problem.Message));
        }
    }

    /// <summary>
    /// Whether the map has the page in use; without a sound map every page may be.
    /// </summary>
    private static bool IsInUse(EngineFile file, byte[]? map, PageNumber page) =>
        map is null
        || AllocationMap.IsSet(map.AsSpan(PageFormat.HeaderBytes), file.Map.BitOf(page));

    private static bool CheckPage(
        EngineFile file,
        PageNumber page,
        PageKind kind,
        Span<byte> buffer,
        List<VerifyProblem> problems)
    {
        long offset = MainFormat.OffsetOf(page, file.PageSize);
        int length = file.ReaderMain.File.Read(offset, buffer);
        string? problem = length < buffer.Length
            ? $"page {page} ends after {length} of {buffer.Length} bytes"
            : PageFormat.Check(buffer, page, file.PageSeed);
        bool isMap = PageFormat.KindOf(buffer) == PageKind.AllocationMap;
        if (problem is null && isMap != (kind == PageKind.AllocationMap))
        {
            problem = $"page {page} has kind {(ushort)PageFormat.KindOf(buffer)}, which cannot be here";
        }

        if (problem is not null)
        {
            problems.Add(new VerifyProblem(offset, page, problem));
        }

        return problem is null;
    }

    /// <returns>How many pages of the stretch are free.</returns>
    private static uint CheckMapPage(
        EngineFile file, PageNumber page, uint pageCount, byte[] map, List<VerifyProblem> problems)
    {
        ReadOnlySpan<byte> bits = map.AsSpan(PageFormat.HeaderBytes);
        uint inStretch = Math.Min(pageCount - page.Value, file.Map.PagesPerMap);
        long offset = MainFormat.OffsetOf(page, file.PageSize);
        if (!AllocationMap.IsSet(bits, 0))
        {
            problems.Add(new VerifyProblem(
                offset, page, $"map page {page} says that it is free itself"));
        }

        uint all = file.Map.PagesPerMap;
        uint beyond = all - inStretch;
        uint clearBeyond = (uint)(AllocationMap.CountClear(bits, (int)all)
            - AllocationMap.CountClear(bits, (int)inStretch));
        if (clearBeyond != beyond)
        {
            problems.Add(new VerifyProblem(
                offset, page, $"map page {page} has {beyond - clearBeyond} pages past the end in use"));
        }

        return (uint)AllocationMap.CountClear(bits, (int)inStretch);
    }
}
