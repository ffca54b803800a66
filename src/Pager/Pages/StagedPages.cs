using Quire.Journal;

namespace Quire.Pager;

/// <summary>
/// The pages that one write transaction has changed (W7): in memory as long as they fit, then in
/// the journal. Main knows nothing of them.
/// </summary>
/// <remarks>
/// Invariant: each staged page has its latest image either in memory or in a journal frame, or both
/// with the same bytes. An image in memory may be written to by the transaction until it is
/// finished by <see cref="SealInto"/>. The most recently touched pages are never moved to the
/// journal, so that the code of a tree may hold several of them while it changes one after the
/// other.
/// </remarks>
internal sealed class StagedPages(EngineFile file)
{
    /// <summary>This many pages touched last stay in memory.</summary>
    public const int ProtectedPages = 64;

    private readonly Dictionary<PageNumber, StagedPage> _pages = [];
    private readonly List<StagingMark> _marks = [];
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
            Put(page, staged);
        }

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
    public void Add(PageNumber page, byte[] image)
    {
        if (_pages.Count == 0)
        {
            file.Observe(ProtocolStep.W7);
        }

        MakeRoom();
        SaveForRollback(page, _pages.GetValueOrDefault(page));
        Put(page, new StagedPage { Image = image, Touched = ++_touches });
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
            Write(page, staged);
        }
    }

    /// <summary>
    /// The finished images in page order, for C2E and C5. An image that is only in the journal is
    /// read into a buffer that the next one overwrites.
    /// </summary>
    /// <param name="from">The first page that is wanted.</param>
    /// <param name="end">The page behind the last one.</param>
    public IEnumerable<(PageNumber Page, byte[] Image)> Images(uint from, uint end)
    {
        byte[]? buffer = null;
        foreach ((PageNumber page, StagedPage staged) in InPageOrder())
        {
            if (page.Value < from || page.Value >= end)
            {
                continue;
            }

            if (staged.Image is { } image)
            {
                yield return (page, image);
            }
            else
            {
                buffer ??= new byte[file.PageSize];
                _journal!.ReadImage(staged.Frame!.Value, buffer);
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

    /// <summary>Begins to keep what <see cref="RollBackTo"/> needs. Marks nest.</summary>
    public void Mark() => _marks.Add(new StagingMark(_journal?.Mark()));

    /// <summary>
    /// Makes the pages what they were at a mark, byte for byte. The mark stays; those after it go.
    /// </summary>
    /// <param name="index">The mark, counted from 0 for the outermost.</param>
    public void RollBackTo(int index)
    {
        if (_marks[index].Journal is { } mark)
        {
            // Frames behind the mark are about to go; what only they hold comes back to memory.
            foreach ((PageNumber page, StagedPage staged) in _pages)
            {
                Unstage(page, staged, mark);
            }
        }

        for (int i = _marks.Count - 1; i >= index; i--)
        {
            foreach ((PageNumber page, SavedPage? saved) in _marks[i].Before)
            {
                Take(page);
                if (saved is { } before)
                {
                    Put(page, new StagedPage
                    {
                        Image = before.Image,
                        Frame = before.Frame,
                        Touched = ++_touches,
                    });
                }
            }
        }

        if (_marks[index].Journal is { } start)
        {
            _journal!.RewindTo(start);
        }

        _marks.RemoveRange(index + 1, _marks.Count - index - 1);
        _marks[index].Before.Clear();
    }

    /// <summary>Forgets a mark and those after it; what they kept goes to the one before.</summary>
    public void Release(int index)
    {
        for (int i = _marks.Count - 1; i >= index; i--)
        {
            if (i > 0)
            {
                Hand(_marks[i].Before, _marks[i - 1]);
            }

            _marks.RemoveAt(i);
        }
    }

    private void Hand(Dictionary<PageNumber, SavedPage?> kept, StagingMark outer)
    {
        foreach ((PageNumber page, SavedPage? saved) in kept)
        {
            if (outer.Before.ContainsKey(page))
            {
                continue;
            }

            SavedPage? before = saved;
            if (saved is { Frame: { } frame } && outer.IsBehind(frame))
            {
                before = new SavedPage(saved.Value.Image ?? ReadImage(frame), null);
            }

            outer.Before.Add(page, before);
        }
    }

    /// <summary>
    /// Keeps what a page is now for the innermost mark, the first time that it changes.
    /// </summary>
    private void SaveForRollback(PageNumber page, StagedPage? staged)
    {
        if (_marks.Count == 0 || _marks[^1].Before.ContainsKey(page))
        {
            return;
        }

        SavedPage? saved = null;
        if (staged is not null)
        {
            bool isInJournal = staged.Frame is { } frame && !_marks[^1].IsBehind(frame);
            saved = isInJournal
                ? new SavedPage(null, staged.Frame)
                : new SavedPage([.. staged.Image ?? ReadImage(staged.Frame!.Value)], null);
        }

        _marks[^1].Before.Add(page, saved);
    }

    private void Unstage(PageNumber page, StagedPage staged, JournalMark mark)
    {
        if (staged.Frame is { } frame && frame.ImageOffset >= mark.Position)
        {
            if (staged.Image is null)
            {
                staged.Image = ReadImage(frame);
                _inMemory++;
            }

            staged.Frame = null;
        }
    }

    /// <summary>Sorted when asked for: a look-up happens for each read, this once or so.</summary>
    private KeyValuePair<PageNumber, StagedPage>[] InPageOrder()
    {
        KeyValuePair<PageNumber, StagedPage>[] pages = [.. _pages];
        Array.Sort(pages, static (left, right) => left.Key.CompareTo(right.Key));
        return pages;
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

    private void Write(PageNumber page, StagedPage staged)
    {
        if (staged.Frame is null)
        {
            PageFormat.Finish(staged.Image, _number, file.PageSeed);
            staged.Frame = _journal!.Append(FrameKind.Page, page, staged.Image);
            HighestInJournal = Math.Max(HighestInJournal, page.Value);
        }
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

        /// <summary>
        /// The frame that holds the same bytes; null when the image is newer or not there.
        /// </summary>
        public JournalFrame? Frame { get; set; }

        public long Touched { get; set; }
    }

    /// <summary>
    /// What a page was at a mark: an image of its own, or a frame before the mark.
    /// </summary>
    private readonly record struct SavedPage(byte[]? Image, JournalFrame? Frame);

    /// <summary>
    /// A mark, and what the pages changed since were at it; null for "not staged".
    /// </summary>
    private sealed class StagingMark(JournalMark? journal)
    {
        public JournalMark? Journal { get; set; } = journal;

        public Dictionary<PageNumber, SavedPage?> Before { get; } = [];

        /// <summary>Whether a rollback to the mark takes a frame away.</summary>
        public bool IsBehind(JournalFrame frame) =>
            Journal is { } mark && frame.ImageOffset >= mark.Position;
    }
}
