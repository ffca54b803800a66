using Quire.Journal;

namespace Quire.Pager;

/// <content>The images as the commit writes them and hands them on; using an object again.</content>
internal sealed partial class StagedPages
{
    /// <summary>Of more pages than this the memory is given back when the transaction is over.</summary>
    private const int MostKept = 1024;

    private StagedEntry[] _order = [];
    private PageImage[] _images = [];
    private byte[]? _loaded;

    /// <summary>
    /// The finished images in page order, for C2E and C5. An image that is only in the journal is
    /// read into a buffer that the next one overwrites.
    /// </summary>
    /// <param name="from">The first page that is wanted.</param>
    /// <param name="end">The page behind the last one.</param>
    public ImageCursor Images(uint from, uint end) => new(this, InPageOrder(), from, end);

    /// <summary>
    /// All pages in any order, for the cache; without an image where it is only in the journal. Valid
    /// until the next call on this object.
    /// </summary>
    public ReadOnlySpan<PageImage> Outcome()
    {
        if (_images.Length < _pages.Count)
        {
            _images = new PageImage[_pages.EnsureCapacity(_pages.Count)];
        }

        int count = 0;
        foreach ((PageNumber page, StagedPage staged) in _pages)
        {
            _images[count++] = new PageImage(page, staged.Image);
        }

        return _images.AsSpan(0, count);
    }

    /// <summary>Forgets everything: the next transaction begins with it.</summary>
    public void Reset()
    {
        int count = _pages.Count;
        foreach ((_, StagedPage staged) in _pages)
        {
            if (_spare.Count == ProtectedPages)
            {
                break;
            }

            staged.Clear();
            _spare.Push(staged);
        }

        _pages.Clear();
        _marks.Clear();
        if (count > MostKept)
        {
            _pages.TrimExcess();
            _order = [];
            _images = [];
        }

        // The images are others' now.
        Array.Clear(_order);
        Array.Clear(_images);
        _loaded = null;
        _journal = null;
        _whenFull = null;
        _number = default;
        _touches = 0;
        _inMemory = 0;
        _end = uint.MaxValue;
        HighestInJournal = 0;
    }

    /// <summary>
    /// Sorted when asked for: a look-up happens for each read, this once or so. Valid until it is
    /// asked for again.
    /// </summary>
    private ReadOnlySpan<StagedEntry> InPageOrder()
    {
        if (_order.Length < _pages.Count)
        {
            _order = new StagedEntry[_pages.EnsureCapacity(_pages.Count)];
        }

        int count = 0;
        foreach ((PageNumber page, StagedPage staged) in _pages)
        {
            _order[count++] = new StagedEntry(page, staged);
        }

        Span<StagedEntry> order = _order.AsSpan(0, count);
        order.Sort(static (left, right) => left.Page.CompareTo(right.Page));
        return order;
    }

    private byte[] LoadForCommit(JournalFrame frame)
    {
        _loaded ??= new byte[file.PageSize];
        _journal!.ReadImage(frame, _loaded);
        return _loaded;
    }

    /// <summary>Goes through the images of some of the pages, in page order.</summary>
    public ref struct ImageCursor
    {
        private readonly StagedPages _pages;
        private readonly ReadOnlySpan<StagedEntry> _order;
        private readonly uint _end;
        private int _next;

        internal ImageCursor(
            StagedPages pages, ReadOnlySpan<StagedEntry> order, uint from, uint end)
        {
            _pages = pages;
            _order = order;
            _end = end;
            while (_next < order.Length && order[_next].Page.Value < from)
            {
                _next++;
            }
        }

        public (PageNumber Page, byte[] Image) Current { get; private set; }

        public readonly ImageCursor GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_next == _order.Length || _order[_next].Page.Value >= _end)
            {
                return false;
            }

            (PageNumber page, StagedPage staged) = _order[_next++];
            Current = (page, staged.Image ?? _pages.LoadForCommit(staged.Frame!.Value));
            return true;
        }
    }

    internal readonly record struct StagedEntry(PageNumber Page, StagedPage Staged);

    internal sealed class StagedPage
    {
        /// <summary>The image in memory; null when it is only in the journal.</summary>
        public byte[]? Image { get; set; }

        /// <summary>
        /// The frame that holds the same bytes; null when the image is newer or not there.
        /// </summary>
        public JournalFrame? Frame { get; set; }

        /// <summary>
        /// What the page was before the record; null when it is new, or when the record has a frame
        /// of it already.
        /// </summary>
        public byte[]? Before { get; set; }

        public long Touched { get; set; }

        public void Clear() => (Image, Frame, Before, Touched) = (null, null, null, 0);
    }
}

/// <summary>A page that a commit has changed, and what it is now.</summary>
/// <param name="Page">The page.</param>
/// <param name="Image">Null when it is not in memory any more.</param>
internal readonly record struct PageImage(PageNumber Page, byte[]? Image);
