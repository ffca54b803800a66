using Quire.Pager;

namespace Quire;

/// <summary>
/// A view of the file at one committed transaction. While it lives no commit is applied, in any
/// process. Dispose it soon.
/// </summary>
/// <remarks>
/// A value, so that beginning one allocates nothing. All copies are the same transaction: when one
/// is disposed all have ended, and say so. Belongs to one caller at a time, on any thread.
/// </remarks>
public readonly struct ReadTransaction : IDisposable
{
    private readonly ReadSlot? _slot;
    private readonly MainState? _main;
    private readonly long _turn;
    private readonly TransactionNumber _number;

    internal ReadTransaction(ReadSlot slot, MainState main)
    {
        _slot = slot;
        _main = main;
        _turn = slot.Turn;
        _number = main.Number;
    }

    /// <summary>The transaction whose result is seen.</summary>
    public TransactionNumber Number => _slot is null ? throw NeverBegun() : _number;

    /// <summary>
    /// Where the user's data begins; <see cref="PageNumber.None"/> in a new file.
    /// </summary>
    public PageNumber Root => Main.Header.Root;

    /// <summary>Pages of the file, those of the header and the allocation map included.</summary>
    public uint PageCount => Main.Header.PageCount;

    /// <summary>Which version of the custom format the file has.</summary>
    public uint UserVersion => Main.Header.UserVersion;

    /// <summary>Which custom format the file has.</summary>
    public uint ApplicationId => Main.Header.ApplicationId;

    /// <summary>The transaction that last changed the header.</summary>
    internal TransactionNumber HeaderChangedBy => Main.Header.ChangedBy;

    /// <summary>When the transaction has ended it may be another commit's.</summary>
    private MainState Main
    {
        get
        {
            MainState main = _main ?? throw NeverBegun();
            ObjectDisposedException.ThrowIf(_slot!.Turn != _turn, typeof(ReadTransaction));
            return main;
        }
    }

    internal EngineFile Engine => (_slot ?? throw NeverBegun()).Engine;

    /// <summary>Reads the payload of a page.</summary>
    /// <param name="page">A page that is in use.</param>
    /// <returns>
    /// Exactly <see cref="PageFile.PayloadSize"/> bytes, valid until the transaction is disposed; after
    /// that they may become those of another page.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The page is past the end of the file, or one of the engine's own.
    /// </exception>
    /// <exception cref="InvalidOperationException">The page is free.</exception>
    /// <exception cref="CorruptFileException">The page is damaged.</exception>
    public ReadOnlySpan<byte> Read(PageNumber page)
    {
        ThrowIfEnded();
        PageAccess.ThrowIfNotUsable(Engine, page, PageCount);
        if (!IsAllocated(page))
        {
            throw PageAccess.IsFree(page);
        }

        return ReadImage(page).AsSpan(PageFormat.HeaderBytes);
    }

    /// <summary>Whether a page is in use: the user's, not free and not the engine's own.</summary>
    public bool IsInUse(PageNumber page)
    {
        ThrowIfEnded();
        return page.Value < PageCount
            && !Engine.Map.IsHeaderPage(page)
            && !Engine.Map.IsMapPage(page)
            && IsAllocated(page);
    }

    /// <summary>Facts about the file, as this transaction sees it.</summary>
    public PageFileInfo GetInfo()
    {
        ThrowIfEnded();
        FileHeader header = Main.Header;
        return new PageFileInfo
        {
            Path = Engine.Path,
            FormatVersion = FileHeader.CurrentVersion,
            Protocol = header.Protocol,
            PageSize = header.PageSize,
            FileId = header.FileId,
            ApplicationId = header.ApplicationId,
            UserVersion = header.UserVersion,
            TransactionNumber = Number,
            PageCount = header.PageCount,
            FreePages = header.FreePages,
            Root = header.Root,
            LengthBytes = Engine.ReaderMain.File.GetLength(),
        };
    }

    /// <summary>
    /// Holds the whole file against its own rules: every page in use has a sound checksum and its
    /// own number, the allocation map adds up, the file is as long as it says.
    /// </summary>
    /// <param name="progress">Told the number of pages checked so far, now and then.</param>
    /// <param name="cancellation">Ends the check.</param>
    public VerifyReport Verify(
        IProgress<uint>? progress = null, CancellationToken cancellation = default)
    {
        ThrowIfEnded();
        return Verifier.Run(Engine, Main, progress, cancellation);
    }

    /// <summary>
    /// Ends the transaction and lets commits go on; does nothing when it has ended.
    /// </summary>
    public void Dispose() => _slot?.TryEnd(_turn);

    internal byte[] ReadImage(PageNumber page) => Engine.ReadPage(page, _number);

    private bool IsAllocated(PageNumber page) =>
        PageAccess.IsAllocated(Engine, page, _number);

    /// <summary>For what keeps an image instead of asking for it again.</summary>
    internal void ThrowIfEnded()
    {
        ReadSlot slot = _slot ?? throw NeverBegun();
        slot.Engine.ThrowIfDisposed();
        ObjectDisposedException.ThrowIf(slot.Turn != _turn, typeof(ReadTransaction));
    }

    private static InvalidOperationException NeverBegun() =>
        new($"The {nameof(ReadTransaction)} was never begun; it comes from {nameof(PageFile)}.");
}
