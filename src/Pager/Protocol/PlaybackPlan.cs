using Quire.Journal;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// Which frames of a sealed journal are to be written to main, in the order of their places. Checks
/// everything that a sound checksum does not prove, before anything is written.
/// </summary>
internal static class PlaybackPlan
{
    /// <exception cref="CorruptFileException">The journal and main do not fit together.</exception>
    public static IReadOnlyList<JournalFrame> Make(
        MainState main, JournalScan journal, IStorageFile journalFile, string mainPath)
    {
        // A page may have been staged more than once; the last image is the one that counts.
        var latest = new Dictionary<PageNumber, JournalFrame>();
        foreach (JournalFrame frame in journal.Frames)
        {
            latest[frame.Page] = frame;
        }

        FileHeader header = HeaderAfter(latest, main, journalFile, mainPath);
        if (header.FileId != journal.Header.FileId || header.PageSize != journal.Header.PageSize)
        {
            throw new CorruptFileException(
                journalFile.Path,
                0,
                $"the journal is of file {journal.Header.FileId} with pages of " +
                $"{journal.Header.PageSize} bytes, the header of {header.FileId} with " +
                $"{header.PageSize}");
        }

        var map = new AllocationMap(header.PageSize);
        foreach (JournalFrame frame in latest.Values)
        {
            bool isPlaced = frame.Kind == FrameKind.Header
                ? frame.Page.IsNone
                : !map.IsHeaderPage(frame.Page) && frame.Page.Value < header.PageCount;
            if (!isPlaced)
            {
                throw new CorruptFileException(
                    journalFile.Path,
                    frame.ImageOffset,
                    $"a frame of kind {frame.Kind} is for page {frame.Page} of {header.PageCount}");
            }
        }

        return [.. latest.Values.OrderBy(frame => frame.Page)];
    }

    /// <summary>The header as it will be after playback: the staged one, or main's own.</summary>
    private static FileHeader HeaderAfter(
        Dictionary<PageNumber, JournalFrame> latest,
        MainState main,
        IStorageFile journalFile,
        string mainPath)
    {
        if (!latest.TryGetValue(PageNumber.None, out JournalFrame frame)
            || frame.Kind != FrameKind.Header)
        {
            return main.Problem is null ? main.Header : throw main.ToException(mainPath);
        }

        Span<byte> image = stackalloc byte[JournalFormat.HeaderImageBytes];
        JournalWriter.ReadImage(journalFile, frame, image);
        return FileHeader.TryRead(image, out FileHeader header) is { } problem
            ? throw new CorruptFileException(
                journalFile.Path, frame.ImageOffset, $"the staged header: {problem.Text}")
            : header;
    }
}
