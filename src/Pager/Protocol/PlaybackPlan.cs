using Quire.Journal;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// What a sealed journal makes of main, in the order of the places. Checks everything that a sound
/// checksum does not prove, before anything is written.
/// </summary>
/// <param name="Images">The latest image of each page, in the order of their places.</param>
/// <param name="Header">The header as it will be afterwards.</param>
internal sealed record PlaybackPlan(IReadOnlyList<PlannedImage> Images, FileHeader Header)
{
    /// <summary>The plan for one record, or for all records of a log in order.</summary>
    /// <param name="main">Main as it is.</param>
    /// <param name="header">The journal's header.</param>
    /// <param name="records">The frames of each record.</param>
    /// <param name="journalFile">Where their images are.</param>
    /// <param name="mainPath">For messages.</param>
    /// <param name="applied">
    /// So many of the records main has for certain: they only say what the others patch.
    /// </param>
    /// <exception cref="CorruptFileException">The journal and main do not fit together.</exception>
    public static PlaybackPlan Make(
        MainState main,
        JournalHeader header,
        IReadOnlyList<IReadOnlyList<JournalFrame>> records,
        IStorageFile journalFile,
        string mainPath,
        int applied = 0)
    {
        var latest = new LatestImages(header, journalFile);
        var map = new AllocationMap(header.PageSize);
        var changed = new HashSet<PageNumber>();

        // How many pages there were before the first staged header is not known when main's own may
        // be a later one.
        FileHeader? current =
            records.Count - applied == 1 && main.Problem is null ? main.Header : null;
        for (int index = 0; index < records.Count; index++)
        {
            bool counts = index >= applied;
            if (counts && StagedHeader(records[index], header, journalFile) is { } staged)
            {
                current = staged;
            }

            // A page may have been staged more than once; the last image is the one that counts.
            foreach (JournalFrame frame in records[index])
            {
                ThrowIfMisplaced(frame, map, counts ? current : null, journalFile);
                latest.Add(frame);
                if (counts)
                {
                    changed.Add(frame.Page);
                }
            }
        }

        FileHeader after = current
            ?? (main.Problem is null ? main.Header : throw main.ToException(mainPath));
        ThrowIfForeign(after, header, journalFile);

        // What a later record has given up is past the end.
        changed.RemoveWhere(page => page.Value >= after.PageCount);
        return new PlaybackPlan(latest.Of(changed), after);
    }

    /// <summary>P3, F4: writes the images to main. Never the marker (R-G6).</summary>
    /// <exception cref="CorruptFileException">An image is not what was staged.</exception>
    public void Apply(IStorageFile journal, IStorageFile main, int pageSize)
    {
        byte[] buffer = new byte[Math.Max(pageSize, MainFormat.SectorBytes)];
        var run = new PageRun(main, pageSize);
        run.Begin(Images.Count);
        try
        {
            foreach (PlannedImage planned in Images)
            {
                ReadOnlySpan<byte> image = planned.Patched;
                if (image.IsEmpty)
                {
                    Span<byte> read = buffer.AsSpan(0, planned.Frame.Length);
                    JournalWriter.ReadImage(journal, planned.Frame, read);
                    image = read;
                }

                if (planned.Frame.Kind == FrameKind.Header)
                {
                    main.Write(MainFormat.HeaderOffset, image);
                }
                else
                {
                    run.Add(planned.Frame.Page, image);
                }
            }

            run.Flush();
        }
        finally
        {
            run.End();
        }
    }

    /// <summary>The header sector that a record holds; null when it left the header alone.</summary>
    private static FileHeader? StagedHeader(
        IReadOnlyList<JournalFrame> record, JournalHeader journal, IStorageFile journalFile)
    {
        FileHeader? found = null;
        Span<byte> image = stackalloc byte[JournalFormat.HeaderImageBytes];
        foreach (JournalFrame frame in record)
        {
            if (frame.Kind != FrameKind.Header)
            {
                continue;
            }

            JournalWriter.ReadImage(journalFile, frame, image);
            if (FileHeader.TryRead(image, out FileHeader header) is { } problem)
            {
                throw new CorruptFileException(
                    journalFile.Path, frame.ImageOffset, $"the staged header: {problem.Text}");
            }

            ThrowIfForeign(header, journal, journalFile);
            found = header;
        }

        return found;
    }

    private static void ThrowIfForeign(
        FileHeader header, JournalHeader journal, IStorageFile journalFile)
    {
        if (header.FileId != journal.FileId || header.PageSize != journal.PageSize)
        {
            throw new CorruptFileException(
                journalFile.Path,
                0,
                $"the journal is of file {journal.FileId} with pages of {journal.PageSize} bytes, " +
                $"the header of {header.FileId} with {header.PageSize}");
        }

        if ((header.Protocol == CommitProtocol.Sealed) != journal.IsLog)
        {
            throw new CorruptFileException(
                journalFile.Path,
                0,
                $"the journal is {(journal.IsLog ? "a" : "no")} log, the header says " +
                $"{header.Protocol}");
        }
    }

    private static void ThrowIfMisplaced(
        JournalFrame frame, AllocationMap map, FileHeader? header, IStorageFile journalFile)
    {
        bool isPlaced = frame.Kind == FrameKind.Header
            ? frame.Page.IsNone
            : !map.IsHeaderPage(frame.Page)
                && (header is null || frame.Page.Value < header.Value.PageCount);
        if (!isPlaced)
        {
            string pages = header is { } known ? $"{known.PageCount}" : "an unknown number";
            throw new CorruptFileException(
                journalFile.Path,
                frame.ImageOffset,
                $"a frame of kind {frame.Kind} is for page {frame.Page} of {pages}");
        }
    }
}

/// <summary>What playback writes in one place.</summary>
/// <param name="Frame">The last image of it in the journal, or the last patch.</param>
/// <param name="Patched">The page, when it was patched; else null, and the frame has it whole.</param>
internal readonly record struct PlannedImage(JournalFrame Frame, byte[]? Patched);
