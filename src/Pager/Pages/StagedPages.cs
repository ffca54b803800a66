using Quire.Journal;

namespace Quire.Pager;

/// <summary>
/// The pages that one write transaction has changed (W7): in memory as long as they fit, then in the
/// journal. Main knows nothing of them.
/// </summary>
/// <remarks>
/// Invariant: each staged page has its latest image either in memory or in a journal frame, or both
/// with the same bytes. An image in memory may be written to by the transaction until it is finished
/// by <see cref="SealInto"/>.
/// The most recently touched pages are never moved to the journal, so that the code of a tree may hold
/// several of them while it changes one after the other.
/// </remarks>
internal sealed class StagedPages(EngineFile file, JournalWriter journal, TransactionNumber number)
{
    /// <summary>This many pages touched last stay in memory.</summary>
    public const int ProtectedPages = 64;

    private readonly SortedDictionary<PageNumber, StagedPage> _pages = [];
    private readonly int _capacity = (int)Math.Clamp(
        file.Options.StagingBytes / file.PageSize, 2 * ProtectedPages, int.MaxValue);

    private long _touches;
    private int _inMemory;

    public int Count => _pages.Count;

    public bool Contains(PageNumber page) => _pages.ContainsKey(page);

    /// <summary>The staged image for reading, or null when the page is not staged.</summary>
    public byte[]? Find(PageNumber page) =>
        _pages.TryGetValue(page, out StagedPage? staged) ? Load(page, staged) : null;

    /// <summary>The staged image for writing, or null when the page is not staged.</summary>
    public byte[]? FindForWrite(PageNumber page)
    {
        if (!_pages.TryGetValue(page, out StagedPage? staged))
        {
            return null;
        }

        byte[] image = Load(page, staged);
        staged.Frame = null;
        return image;
    }

    /// <summary>Stages a page; the image belongs to the transaction from now on.</summary>
    public void Add(PageNumber page, byte[] image)
    {
        if (_pages.Count == 0)
        {
            file.Observe(ProtocolStep.W7);
        }

        MakeRoom();
        _pages[page] = new StagedPage { Image = image, Touched = ++_touches };
        _inMemory++;
    }

    /// <summary>Forgets a page that was freed.</summary>
    public void Remove(PageNumber page)
    {
        if (_pages.Remove(page, out StagedPage? staged) && staged.Image is not null)
        {
            _inMemory--;
        }
    }

    /// <summary>Puts everything that is not there yet into the journal, in page order.</summary>
    public void SealInto()
    {
        foreach ((PageNumber page, StagedPage staged) in _pages)
        {
            Write(page, staged);
        }
    }

    /// <summary>
    /// The finished images in page order, for C2E and C5. An image that is only in the journal is read
    /// into a buffer that the next one overwrites.
    /// </summary>
    public IEnumerable<(PageNumber Page, byte[] Image)> Images()
    {
        byte[]? buffer = null;
        foreach ((PageNumber page, StagedPage staged) in _pages)
        {
            if (staged.Image is { } image)
            {
                yield return (page, image);
            }
            else
            {
                buffer ??= new byte[file.PageSize];
                journal.ReadImage(staged.Frame!.Value, buffer);
                yield return (page, buffer);
            }
        }
    }

    /// <summary>The pages whose images are in memory.</summary>
    public IEnumerable<KeyValuePair<PageNumber, byte[]>> InMemory()
    {
        foreach ((PageNumber page, StagedPage staged) in _pages)
        {
            if (staged.Image is { } image)
            {
                yield return KeyValuePair.Create(page, image);
            }
        }
    }

    /// <summary>The pages whose images are in the journal and no longer in memory.</summary>
    public IEnumerable<PageNumber> OnlyInJournal() =>
        _pages.Where(entry => entry.Value.Image is null).Select(entry => entry.Key);

    private byte[] Load(PageNumber page, StagedPage staged)
    {
        staged.Touched = ++_touches;
        if (staged.Image is null)
        {
            byte[] image = new byte[file.PageSize];
            journal.ReadImage(staged.Frame!.Value, image);
            MakeRoom();
            staged.Image = image;
            _inMemory++;
        }

        return staged.Image;
    }

    private void Write(PageNumber page, StagedPage staged)
    {
        if (staged.Frame is null)
        {
            PageFormat.Finish(staged.Image, number, file.PageSeed);
            staged.Frame = journal.Append(FrameKind.Page, page, staged.Image);
        }
    }

    /// <summary>Moves all but the pages touched last to the journal when memory is used up.</summary>
    private void MakeRoom()
    {
        if (_inMemory < _capacity)
        {
            return;
        }

        foreach ((PageNumber page, StagedPage staged) in _pages)
        {
            if (staged.Image is not null && staged.Touched <= _touches - ProtectedPages)
            {
                Write(page, staged);
                staged.Image = null;
                _inMemory--;
            }
        }
    }

    private sealed class StagedPage
    {
        /// <summary>The image in memory; null when it is only in the journal.</summary>
        public byte[]? Image { get; set; }

        /// <summary>The frame that holds the same bytes; null when the image is newer or not there.</summary>
        public JournalFrame? Frame { get; set; }

        public long Touched { get; set; }
    }
}
