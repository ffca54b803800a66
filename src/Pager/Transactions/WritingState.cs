namespace Quire.Pager;

/// <summary>
/// The writer: it holds the journal lock, so main stands still under its staged pages. One object
/// for transactions that follow each other.
/// </summary>
internal sealed class WritingState : ChangingState
{
    private readonly PageAllocator _allocator;
    private readonly Action _takeJournal;
    private WriteSession _session;
    private bool _isStagedGiven;

    /// <param name="engine">The file.</param>
    /// <param name="staged">Pages staged before the locks were taken; null for none.</param>
    public WritingState(EngineFile engine, StagedPages? staged = null)
        : base(engine, staged ?? new StagedPages(engine))
    {
        _allocator = new PageAllocator(engine, this);
        _takeJournal = TakeJournal;
    }

    /// <summary>A transaction has the writer's locks.</summary>
    public void Begin(in WriteSession session)
    {
        if (_isStagedGiven)
        {
            Staged = new StagedPages(Engine);
            _isStagedGiven = false;
        }

        _session = session;
        HasJournal = session.HasJournal;
        IsHalfChanged = false;
        Current = session.Header;
        if (HasJournal)
        {
            Staged.Attach(session.Turn.Journal, BaseNumber.Next);
        }
        else
        {
            Staged.AttachWhenFull(_takeJournal);
        }
    }

    /// <summary>Its pages are a group's from now on.</summary>
    public void GiveStagedAway() => _isStagedGiven = true;

    /// <summary>The transaction is over.</summary>
    public void End()
    {
        if (!_isStagedGiven)
        {
            Staged.Reset();
        }
    }

    /// <summary>
    /// Whether the journal stands at this transaction's first frame, or has frames of it.
    /// </summary>
    public bool HasJournal { get; private set; }

    public override FileHeader Header => Current;

    /// <summary>The header with this transaction's changes.</summary>
    public FileHeader Current { get; set; }

    public override TransactionNumber BaseNumber => _session.Number;

    public override bool HasChanges => Staged.Count > 0 || Current != _session.Header;

    public PageAllocator Allocator => _allocator;

    public override void SetRoot(PageNumber root)
    {
        if (!root.IsNone)
        {
            PageAccess.ThrowIfNotUsable(Engine, root, Current.PageCount);
        }

        Current = Current with { Root = root };
    }

    public override void SetUserVersion(uint version) =>
        Current = Current with { UserVersion = version };

    public override void SetApplicationId(uint id) => Current = Current with { ApplicationId = id };

    public override byte[] ReadPage(PageNumber page)
    {
        ThrowIfNotInUse(page);
        return ReadImage(page);
    }

    public override bool IsAllocated(PageNumber page) => AllocationMap.IsSet(
        ReadImage(Engine.Map.MapPageOf(page)).AsSpan(PageFormat.HeaderBytes),
        Engine.Map.BitOf(page));

    public override byte[] WritePage(PageNumber page)
    {
        ThrowIfNotInUse(page);
        return StageImage(page);
    }

    public override PageNumber Allocate()
    {
        PageNumber page = _allocator.TakeAny();
        NewPage(page);
        IsHalfChanged = false;
        return page;
    }

    public override void Free(PageNumber page)
    {
        ThrowIfNotInUse(page);
        ThrowIfRoot(page);
        _allocator.GiveBack(page);
    }

    public override uint GiveUpTail() => _allocator.GiveUpTail();

    public override object Mark()
    {
        Staged.Mark();
        return Current;
    }

    public override void RollBackTo(int index, object memory)
    {
        Staged.RollBackTo(index);
        Current = (FileHeader)memory;
        IsHalfChanged = false;
    }

    /// <summary>The header that the commit writes.</summary>
    /// <exception cref="CorruptFileException">Its counts have become impossible.</exception>
    public FileHeader HeaderToCommit()
    {
        FileHeader before = _session.Header;
        FileHeader header = Current == before
            ? Current
            : Current with { ChangedBy = BaseNumber.Next };
        if (header.CheckCounts() is { } problem)
        {
            // Counts that were wrong when the file was opened have become impossible; a header that
            // nobody could read again must not be written.
            throw problem.ToException(Engine.Path);
        }

        return header;
    }

    /// <summary>
    /// Takes the journal, which commits of this process are perhaps still on their way through.
    /// </summary>
    /// <exception cref="StaleReadException">One of them has failed.</exception>
    public void TakeJournal()
    {
        if (!HasJournal)
        {
            _session.Turn.Claim(_session.Number);
            HasJournal = true;
            Staged.AttachLate(_session.Turn.Journal, BaseNumber.Next);
        }
    }

    /// <summary>Any page, headers included, as the transaction sees it.</summary>
    public byte[] ReadImage(PageNumber page) => Staged.Find(page) ?? ReadBelow(page);

    /// <summary>Any page, staged.</summary>
    public byte[] StageImage(PageNumber page)
    {
        if (Staged.FindForWrite(page) is { } staged)
        {
            return staged;
        }

        byte[] below = ReadBelow(page);
        byte[] copy = Engine.CopyOf(below);
        Staged.Add(page, copy, below);
        return copy;
    }

    private byte[] ReadBelow(PageNumber page)
    {
        byte[]? neighbours = Engine.Plants(PlantedBug.NeighbourNotSeen)
            ? null
            : _session.Turn.Find(page);
        return neighbours ?? Engine.ReadPage(page, _session.Turn.Main.Number);
    }
}
