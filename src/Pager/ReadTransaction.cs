using Quire.Pager;

namespace Quire;

/// <summary>
/// A view of the file at one committed transaction. While it lives no commit is applied, in any
/// process. Dispose it soon.
/// </summary>
/// <remarks>Belongs to one caller at a time, on any thread.</remarks>
public sealed class ReadTransaction : IDisposable
{
    private readonly EngineFile _engine;
    private readonly ReaderProtocol _protocol;
    private readonly MainState _main;
    private int _isEnded;

    internal ReadTransaction(EngineFile engine, ReaderProtocol protocol, MainState main)
    {
        _engine = engine;
        _protocol = protocol;
        _main = main;
    }

    /// <summary>The transaction whose result is seen.</summary>
    public TransactionNumber Number => _main.Number;

    /// <summary>
    /// Where the user's data begins; <see cref="PageNumber.None"/> in a new file.
    /// </summary>
    public PageNumber Root => _main.Header.Root;

    /// <summary>Pages of the file, those of the header and the allocation map included.</summary>
    public uint PageCount => _main.Header.PageCount;

    /// <summary>Which version of the custom format the file has.</summary>
    public uint UserVersion => _main.Header.UserVersion;

    /// <summary>Which custom format the file has.</summary>
    public uint ApplicationId => _main.Header.ApplicationId;

    internal MainState Main => _main;

    internal EngineFile Engine => _engine;

    /// <summary>Reads the payload of a page.</summary>
    /// <param name="page">A page that is in use.</param>
    /// <returns>
    /// Exactly <see cref="PageFile.PayloadSize"/> bytes, valid until the transaction is disposed.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The page is past the end of the file, or one of the engine's own.
    /// </exception>
    /// <exception cref="InvalidOperationException">The page is free.</exception>
    /// <exception cref="CorruptFileException">The page is damaged.</exception>
    public ReadOnlySpan<byte> Read(PageNumber page)
    {
        ThrowIfEnded();
        PageAccess.ThrowIfNotUsable(_engine, page, PageCount);
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
            && !_engine.Map.IsHeaderPage(page)
            && !_engine.Map.IsMapPage(page)
            && IsAllocated(page);
    }

    /// <summary>Facts about the file, as this transaction sees it.</summary>
    public PageFileInfo GetInfo()
    {
        ThrowIfEnded();
        FileHeader header = _main.Header;
        return new PageFileInfo
        {
            Path = _engine.Path,
            FormatVersion = FileHeader.CurrentVersion,
            Protocol = header.Protocol,
            PageSize = header.PageSize,
            FileId = header.FileId,
            ApplicationId = header.ApplicationId,
            UserVersion = header.UserVersion,
            TransactionNumber = _main.Number,
            PageCount = header.PageCount,
            FreePages = header.FreePages,
            Root = header.Root,
            LengthBytes = _engine.ReaderMain.File.GetLength(),
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
        return Verifier.Run(_engine, _main, progress, cancellation);
    }

    /// <summary>Ends the transaction and lets commits go on.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
        {
            _protocol.End();
        }
    }

    internal byte[] ReadImage(PageNumber page) => _engine.ReadPage(page, _main.Number);

    private bool IsAllocated(PageNumber page) =>
        PageAccess.IsAllocated(_engine, page, _main.Number);

    /// <summary>For what keeps an image instead of asking for it again.</summary>
    internal void ThrowIfEnded()
    {
        _engine.ThrowIfDisposed();
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isEnded) != 0, this);
    }
}
