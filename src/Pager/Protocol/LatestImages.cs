using Quire.Journal;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// The latest image of each page of a journal, while its frames are gone through in their order. Of
/// most pages it is a frame and stays where it is; a page that has been patched is put together in
/// memory, and held against its own checksum before it is given out.
/// </summary>
/// <param name="header">The journal's header.</param>
/// <param name="journal">Where the images are.</param>
internal sealed class LatestImages(JournalHeader header, IStorageFile journal)
{
    private readonly Dictionary<PageNumber, PlannedImage> _latest = [];
    private readonly JournalWindow _window = new(journal);

    /// <summary>Takes the next frame of the journal in.</summary>
    /// <exception cref="CorruptFileException">
    /// A patch is not what was staged, or does not fit what was there.
    /// </exception>
    public void Add(JournalFrame frame) =>
        _latest[frame.Page] = new PlannedImage(
            frame, frame.Kind == FrameKind.Patch ? Patch(frame) : null);

    /// <summary>The images of some of the pages, in the order of their places.</summary>
    /// <exception cref="CorruptFileException">A patched page fails its checksum.</exception>
    public PlannedImage[] Of(IEnumerable<PageNumber> pages)
    {
        PlannedImage[] images = [.. pages.Order().Select(page => _latest[page])];
        foreach (PlannedImage image in images)
        {
            if (image.Patched is { } bytes
                && PageFormat.Check(bytes, image.Frame.Page, PageFormat.SeedOf(header.FileId))
                    is { } problem)
            {
                throw Corrupt(image.Frame, problem);
            }
        }

        return images;
    }

    private byte[] Patch(JournalFrame frame)
    {
        // What main has in the page's place is not good enough: power may have failed as it was
        // written.
        if (!_latest.TryGetValue(frame.Page, out PlannedImage before))
        {
            throw Corrupt(frame, "the log has no image of it");
        }

        if (before.Patched is not { } image)
        {
            image = new byte[header.PageSize];
            JournalWriter.ReadImage(journal, before.Frame, image);
        }

        ReadOnlySpan<byte> patch = _window.At(frame.ImageOffset, frame.Length);
        JournalWriter.ThrowIfNotStaged(journal, frame, patch);
        return PagePatch.Apply(patch, image) is { } problem ? throw Corrupt(frame, problem) : image;
    }

    private CorruptFileException Corrupt(JournalFrame frame, string problem) => new(
        journal.Path, frame.ImageOffset, $"a patch of page {frame.Page}: {problem}");
}
