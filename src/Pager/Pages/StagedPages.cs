using Quire.Journal;

namespace Quire.Pager;

/// <summary>
/// The pages that one write transaction has changed (W7): in memory as long as they fit, then in
/// the journal. Main knows nothing of them.
/// </summary>
/// <remarks>
/// Invariant: each staged page has its latest image either in memory or in a journal frame, or both
/// with the same bytes; an image that is only in the journal is there whole. An image in memory may be written to by the transaction until it is
/// finished by <see cref="SealInto"/>. The most recently touched pages are never moved to the
/// journal, so that the code of a tree may hold several of them while it changes one after the
/// other. Can be used by transactions that follow each other (<see cref="Reset"/>), so that a
/// small one allocates nothing.
/// </remarks>
internal sealed partial class StagedPages(EngineFile file)
{
    /// <summary>This many pages touched last stay in memory.</summary>
    public const int ProtectedPages = 64;

    private readonly Dictionary<PageNumber, StagedPage> _pages = [];
    private readonly List<StagingMark> _marks = [];
    private readonly Stack<StagedPage> _spare = [];
    private readonly int _capacity = (int)Math.Clamp(
        file.Options.StagingBytes / file.PageSize, 2 * ProtectedPages, int.MaxValue);

    private JournalWriter? _journal;
    private Action? _whenFull;
    private TransactionNumber _number;
    private long _touches;
    private int _inMemory;
    private uint _end = uint.MaxValue;

    public int Count => _pages.Count;

    /// <summary>
    /// The highest page that ever had a frame in the journal, 0 for none: as long as the frames may
    /// be there the file must not end before it, or playback would not know what to think of them.
    /// </summary>
    public uint HighestInJournal { get; private set; }

    /// <summary>
    /// Gives the pages a journal to be staged in, and the number of the transaction. Until then all
    /// of them stay in memory. Marks made before are released.
    /// </summary>
    public void Attach(JournalWriter journal, TransactionNumber number)
    {
        _marks.Clear();
        AttachLate(journal, number);
    }

    /// <summary>As <see cref="Attach"/>, but marks made before are kept.</summary>
    public void AttachLate(JournalWriter journal, TransactionNumber number)
    {
        _whenFull = null;
        _journal = journal;
        _number = number;
        foreach (StagingMark mark in _marks)
        {
            mark.Journal = journal.Mark();
        }
    }

    /// <summary>
    /// Says how to get a journal, by <see cref="AttachLate"/>, when memory is used up. Marks made
    /// before are released.
    /// </summary>
    public void AttachWhenFull(Action whenFull)
    {
        _marks.Clear();
        _whenFull = whenFull;
    }

    /// <summary>Whether it has a journal.</summary>
    public bool IsAttached => _journal is not null;

    /// <summary>Whether any of the pages has a frame in the journal.</summary>
    public bool HasFrames => HighestInJournal > 0;

    /// <summary>
    /// Takes the pages of a transaction that stands on this one. Neither has frames in the journal.
    /// </summary>
    /// <param name="above">The pages; their images belong to this one from now on.</param>
    /// <param name="pageCount">How many pages the file has after it; those behind are gone.</param>
    public void Absorb(StagedPages above, uint pageCount)
    {
        Invariant.Holds(
            !HasFrames && !above.HasFrames, "pages are put together before they are in the journal");
        _marks.Clear();
        foreach ((PageNumber page, StagedPage staged) in above._pages)
        {
            if (_pages.TryGetValue(page, out StagedPage? older))
            {
                // A patch says what has changed since before the record, not within it.
                staged.Before = older.Before;
            }

            Put(page, staged);
        }

        above._pages.Clear();
        if (pageCount < _end)
        {
            foreach (PageNumber page in _pages.Keys.Where(p => p.Value >= pageCount).ToArray())
            {
                Take(page);
            }
        }

        _end = pageCount;
    }

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

        Load(page, staged);
        SaveForRollback(page, staged);
        staged.Frame = null;
        return staged.Image;
    }

    /// <summary>Stages a page; the image belongs to the transaction from now on.</summary>
    /// <param name="page">The page.</param>
    /// <param name="image">What it becomes.</param>
    /// <param name="before">
    /// What it was for the transaction before, and stays unchanged; null for a new page.
    /// </param>
    public void Add(PageNumber page, byte[] image, byte[]? before = null)
    {
        if (_pages.Count == 0)
        {
            file.Observe(ProtocolStep.W7);
        }

        MakeRoom();
        SaveForRollback(page, _pages.GetValueOrDefault(page));
        StagedPage staged = _spare.TryPop(out StagedPage? spare) ? spare : new StagedPage();
        staged.Image = image;
        staged.Before = before;
        staged.Touched = ++_touches;
        Put(page, staged);
    }

    /// <summary>Forgets a page that was freed.</summary>
    public void Remove(PageNumber page)
    {
        if (_pages.TryGetValue(page, out StagedPage? staged))
        {
            SaveForRollback(page, staged);
            Take(page);
        }
    }

    /// <summary>Puts everything that is not there yet into the journal, in page order.</summary>
    public void SealInto()
    {
        foreach ((PageNumber page, StagedPage staged) in InPageOrder())
        {
            if (staged.Frame is null)
            {
                Write(page, staged);
            }
        }
    }

    /// <summary>
    /// The record is committed: those that come behind it in the log may patch its pages.
    /// </summary>
    public void NoteImages()
    {
        foreach ((PageNumber page, _) in _pages)
        {
            _journal!.NoteImage(page);
        }
    }

    private void Put(PageNumber page, StagedPage staged)
    {
        Take(page);
        _pages.Add(page, staged);
        _inMemory += staged.Image is null ? 0 : 1;
    }

    private void Take(PageNumber page)
    {
        if (_pages.Remove(page, out StagedPage? staged) && staged.Image is not null)
        {
            _inMemory--;
        }
    }

    private byte[] ReadImage(JournalFrame frame)
    {
        byte[] image = new byte[file.PageSize];
        _journal!.ReadImage(frame, image);
        return image;
    }

    private byte[] Load(PageNumber page, StagedPage staged)
    {
        staged.Touched = ++_touches;
        if (staged.Image is null)
        {
            byte[] image = ReadImage(staged.Frame!.Value);
            MakeRoom();
            staged.Image = image;
            _inMemory++;
        }

        return staged.Image;
    }

    private void Write(PageNumber page, StagedPage staged, bool whole = false)
    {
        PageFormat.Finish(staged.Image, _number, file.PageSeed);
        staged.Frame =
            (staged.Before is { } before && !whole
                ? _journal!.AppendPatch(page, before, staged.Image)
                : null)
            ?? _journal!.Append(FrameKind.Page, page, staged.Image);

        // A second patch in one record would be behind the first one, not behind what was before.
        staged.Before = file.Plants(PlantedBug.PatchedTwice) ? staged.Before : null;
        HighestInJournal = Math.Max(HighestInJournal, page.Value);
    }

    /// <summary>
    /// Moves all but the pages touched last to the journal when memory is used up.
    /// </summary>
    private void MakeRoom()
    {
        if (_inMemory < _capacity)
        {
            return;
        }

        if (_journal is null)
        {
            _whenFull?.Invoke();
        }

        if (_journal is null)
        {
            return;
        }

        foreach ((PageNumber page, StagedPage staged) in InPageOrder())
        {
            if (staged.Image is not null && staged.Touched <= _touches - ProtectedPages)
            {
                if (staged.Frame is not { Kind: FrameKind.Page })
                {
                    Write(page, staged, whole: true);
                }

                staged.Image = null;
                _inMemory--;
            }
        }
    }
}
