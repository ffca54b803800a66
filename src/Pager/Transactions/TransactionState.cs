namespace Quire.Pager;

/// <summary>
/// What a write transaction is at the moment: a reader that may become a writer, the writer, or an
/// optimistic one without any lock. The calls of <see cref="WriteTransaction"/> land here.
/// </summary>
internal abstract class TransactionState(EngineFile engine)
{
    /// <summary>The file as the transaction sees it now.</summary>
    public abstract FileHeader Header { get; }

    /// <summary>The number of the last commit that it sees.</summary>
    public abstract TransactionNumber BaseNumber { get; }

    protected EngineFile Engine => engine;

    /// <summary>The root, which the transaction from now on depends on.</summary>
    public virtual PageNumber ReadRoot() => Header.Root;

    /// <summary>The user version, which the transaction from now on depends on.</summary>
    public virtual uint ReadUserVersion() => Header.UserVersion;

    /// <summary>The application id, which the transaction from now on depends on.</summary>
    public virtual uint ReadApplicationId() => Header.ApplicationId;

    /// <summary>A page in use, headers included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// No page of the user's has this number.
    /// </exception>
    /// <exception cref="InvalidOperationException">The page is free.</exception>
    public abstract byte[] ReadPage(PageNumber page);

    /// <summary>Whether a page that is the user's own is in use.</summary>
    public abstract bool IsAllocated(PageNumber page);

    /// <summary>Whether a page is in use and the user's own.</summary>
    public bool IsInUse(PageNumber page) =>
        page.Value < Header.PageCount
        && !engine.Map.IsHeaderPage(page)
        && !engine.Map.IsMapPage(page)
        && IsAllocated(page);

    protected void ThrowIfNotInUse(PageNumber page)
    {
        PageAccess.ThrowIfNotUsable(engine, page, Header.PageCount);
        if (!IsAllocated(page))
        {
            throw PageAccess.IsFree(page);
        }
    }
}

/// <summary>
/// A deferred transaction before its first change: it holds main shared, as any reader.
/// </summary>
internal sealed class ReadingState(EngineFile engine, MainState main) : TransactionState(engine)
{
    public override FileHeader Header => main.Header;

    public override TransactionNumber BaseNumber => main.Number;

    public override byte[] ReadPage(PageNumber page)
    {
        ThrowIfNotInUse(page);
        return Engine.ReadPage(page, main.Number);
    }

    public override bool IsAllocated(PageNumber page) =>
        PageAccess.IsAllocated(Engine, page, main.Number);
}

/// <summary>A transaction that can change pages: staged, and not seen by anybody.</summary>
internal abstract class ChangingState(EngineFile engine, StagedPages staged)
    : TransactionState(engine)
{
    /// <summary>The changed pages.</summary>
    public StagedPages Staged { get; protected set; } = staged;

    /// <summary>
    /// While a call changes things that belong together: header, map and image when a page is
    /// allocated, staged frames and their seal when the transaction commits. A failure (no space,
    /// say) can come between them, and then nothing but rolling back is left.
    /// </summary>
    public bool IsHalfChanged { get; set; }

    public abstract bool HasChanges { get; }

    public abstract void SetRoot(PageNumber root);

    public abstract void SetUserVersion(uint version);

    public abstract void SetApplicationId(uint id);

    /// <summary>The image of a page in use, staged.</summary>
    public abstract byte[] WritePage(PageNumber page);

    /// <summary>Takes a free page, or a new one, and stages it with an empty payload.</summary>
    public abstract PageNumber Allocate();

    /// <summary>Gives a page in use back.</summary>
    public abstract void Free(PageNumber page);

    /// <summary>Gives up free pages at the end of the file.</summary>
    /// <returns>How many.</returns>
    public abstract uint GiveUpTail();

    /// <summary>Remembers everything, so that <see cref="RollBackTo"/> can bring it back.</summary>
    public abstract object Mark();

    /// <summary>Brings everything back.</summary>
    /// <param name="index">The mark, counted from 0 for the outermost.</param>
    /// <param name="memory">What <see cref="Mark"/> returned.</param>
    public abstract void RollBackTo(int index, object memory);

    protected byte[] NewPage(PageNumber page)
    {
        byte[] image = new byte[Engine.PageSize];
        PageFormat.Initialise(image, page, PageKind.Data);
        Staged.Add(page, image);
        return image;
    }

    protected void ThrowIfRoot(PageNumber page)
    {
        if (page == ReadRoot())
        {
            throw new InvalidOperationException(
                $"Page {page} is the root; set {nameof(WriteTransaction.Root)} to another page first.");
        }
    }
}
