using Quire.Journal;

namespace Quire.Pager;

/// <content>Going back to what was staged at a mark.</content>
internal sealed partial class StagedPages
{
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
                        Before = before.Before,
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
                before = new SavedPage(saved.Value.Image ?? ReadImage(frame), null, null);
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
            bool isInJournal = staged.Frame is { Kind: FrameKind.Page } frame
                && !_marks[^1].IsBehind(frame);
            saved = isInJournal
                ? new SavedPage(null, staged.Frame, null)
                : new SavedPage(
                    [.. staged.Image ?? ReadImage(staged.Frame!.Value)], null, staged.Before);
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

    /// <summary>
    /// What a page was at a mark: an image of its own, or a frame before the mark.
    /// </summary>
    private readonly record struct SavedPage(byte[]? Image, JournalFrame? Frame, byte[]? Before);

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
