using Quire.Locking;
using Quire.Pager;

namespace Quire;

/// <summary>
/// A transaction that changes pages. Changes are staged in memory and in the journal; the main file
/// is not touched until <see cref="Commit"/>. Disposing without a commit rolls back.
/// </summary>
/// <remarks>
/// Belongs to one caller at a time, on any thread: it is an object, not a state of a thread. Reads see
/// the transaction's own changes.
/// </remarks>
public sealed class WriteTransaction : IDisposable
{
    /// <summary>
    /// Held by every call that reaches main or the journal: disposing the file, on another thread,
    /// must not take the journal lock from under a write into the journal.
    /// </summary>
    private readonly Lock _call = new();
    private readonly PageFile _file;
    private readonly EngineFile _engine;
    private readonly WriterProtocol _protocol;
    private readonly WriteSession _session;
    private readonly TimeSpan? _timeout;
    private readonly StagedPages _staged;
    private FileHeader _header;

    /// <summary>
    /// While a call changes things that belong together: header, map and image when a page is
    /// allocated, staged frames and their seal when the transaction commits. A failure (no space, say)
    /// can come between them, and then nothing but rolling back is left.
    /// </summary>
    private bool _isChanging;

    private bool _isEnded;

    internal WriteTransaction(
        PageFile file, WriterProtocol protocol, WriteSession session, TimeSpan? timeout)
    {
        _file = file;
        _engine = file.Engine;
        _protocol = protocol;
        _session = session;
        _timeout = timeout;
        _header = session.Main.Header;
        _staged = new StagedPages(_engine, session.Journal, session.Main.Number.Next);
    }

    /// <summary>The number that the transaction will have when it is committed with a change.</summary>
    public TransactionNumber Number => _session.Main.Number.Next;

    /// <summary>Pages of the file, those of the header and the allocation map included.</summary>
    public uint PageCount => _header.PageCount;

    /// <summary>How many of them are free.</summary>
    public uint FreePages => _header.FreePages;

    /// <summary>Where the user's data begins; <see cref="PageNumber.None"/> for nowhere.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No page of the user's has this number.</exception>
    public PageNumber Root
    {
        get => _header.Root;
        set
        {
            ThrowIfEnded();
            if (!value.IsNone)
            {
                PageAccess.ThrowIfNotUsable(_engine, value, PageCount);
            }

            _header = _header with { Root = value };
        }
    }

    /// <summary>Which version of the custom format the file has. Yours to choose.</summary>
    public uint UserVersion
    {
        get => _header.UserVersion;
        set
        {
            ThrowIfEnded();
            _header = _header with { UserVersion = value };
        }
    }

    /// <summary>Which custom format the file has. Yours to choose.</summary>
    public uint ApplicationId
    {
        get => _header.ApplicationId;
        set
        {
            ThrowIfEnded();
            _header = _header with { ApplicationId = value };
        }
    }

    /// <summary>Reads the payload of a page, with this transaction's changes.</summary>
    /// <returns>
    /// Exactly <see cref="PageFile.PayloadSize"/> bytes, valid until the next call on this transaction.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">No page of the user's has this number.</exception>
    /// <exception cref="InvalidOperationException">The page is free.</exception>
    /// <exception cref="CorruptFileException">The page is damaged.</exception>
    public ReadOnlySpan<byte> Read(PageNumber page)
    {
        lock (_call)
        {
            ThrowIfNotInUse(page);
            return ReadImage(page).AsSpan(PageFormat.HeaderBytes);
        }
    }

    /// <summary>Stages a page and gives its payload for writing, with what it holds now.</summary>
    /// <returns>
    /// Exactly <see cref="PageFile.PayloadSize"/> bytes, valid until the next call on this transaction.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">No page of the user's has this number.</exception>
    /// <exception cref="InvalidOperationException">The page is free.</exception>
    /// <exception cref="CorruptFileException">The page is damaged.</exception>
    /// <exception cref="StorageFullException">Staged pages no longer fit on the device.</exception>
    public Span<byte> Write(PageNumber page)
    {
        lock (_call)
        {
            ThrowIfNotInUse(page);
            return StageForWrite(page).AsSpan(PageFormat.HeaderBytes);
        }
    }

    /// <summary>Takes a free page, or extends the file by one. Its payload is all zeros.</summary>
    /// <returns>The page; it is staged, and is the user's once the transaction is committed.</returns>
    /// <exception cref="InvalidOperationException">The file has as many pages as numbers allow.</exception>
    /// <exception cref="StorageFullException">
    /// Staged pages no longer fit on the device; the transaction can only be rolled back.
    /// </exception>
    public PageNumber Allocate()
    {
        lock (_call)
        {
            ThrowIfEnded();
            ThrowIfHalfChanged();
            PageNumber page = _header.FreePages > 0 ? TakeFreePage() : ExtendByOnePage();
            byte[] image = new byte[_engine.PageSize];
            PageFormat.Initialise(image, page, PageKind.Data);
            _staged.Add(page, image);
            _isChanging = false;
            return page;
        }
    }

    /// <summary>Gives a page back. What it held is gone once the transaction is committed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No page of the user's has this number.</exception>
    /// <exception cref="InvalidOperationException">The page is free already, or is the root.</exception>
    public void Free(PageNumber page)
    {
        lock (_call)
        {
            ThrowIfNotInUse(page);
            ThrowIfHalfChanged();
            if (page == _header.Root)
            {
                throw new InvalidOperationException(
                    $"Page {page} is the root; set {nameof(Root)} to another page first.");
            }

            // The one thing that can fail comes first.
            Span<byte> map = MapForWrite(page);
            AllocationMap.Clear(map, _engine.Map.BitOf(page));
            _staged.Remove(page);
            _header = _header with
            {
                FreePages = _header.FreePages + 1,
                FreeHint = Math.Min(_header.FreeHint, page.Value),
            };
        }
    }

    /// <summary>Whether a page is in use: the user's, not free and not the engine's own.</summary>
    public bool IsInUse(PageNumber page)
    {
        lock (_call)
        {
            ThrowIfEnded();
            return page.Value < PageCount
                && !_engine.Map.IsHeaderPage(page)
                && !_engine.Map.IsMapPage(page)
                && IsAllocated(page);
        }
    }

    /// <summary>
    /// Makes the changes durable and visible. Waits for the readers that are in, at most as long as the
    /// transaction's lock timeout, and keeps new ones out meanwhile. When it returns, the changes
    /// survive a power cut. A transaction without changes takes no number.
    /// </summary>
    /// <param name="cancellation">Ends the wait for readers; the transaction can then still go on.</param>
    /// <exception cref="BusyException">
    /// Readers did not finish in time. Nothing was committed; commit again, or dispose. A read
    /// transaction of the committing caller itself is such a reader.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; as for busy.</exception>
    /// <exception cref="StorageFullException">No space. Nothing was committed; make space and commit
    /// again, or dispose.</exception>
    /// <exception cref="InvalidOperationException">An earlier call failed half-way; dispose.</exception>
    /// <exception cref="CommitInDoubtException">I/O failed past the point of no return.</exception>
    /// <exception cref="IOException">I/O failed before it; nothing was committed.</exception>
    public void Commit(CancellationToken cancellation = default)
    {
        lock (_call)
        {
            ThrowIfEnded();
            ThrowIfHalfChanged();
            if (_staged.Count > 0 || _header != _session.Main.Header)
            {
                FileHeader header = _header == _session.Main.Header
                    ? _header
                    : _header with { ChangedBy = Number };
                if (header.CheckCounts() is { } problem)
                {
                    // Counts that were wrong when the file was opened have become impossible; a
                    // header that nobody could read again must not be written.
                    throw problem.ToException(_engine.Path);
                }

                CommitOrEnd(header, _file.DeadlineOf(_timeout, cancellation));
            }

            End();
        }
    }

    /// <summary>Rolls back, unless the transaction was committed.</summary>
    public void Dispose()
    {
        lock (_call)
        {
            if (!_isEnded)
            {
                RollBack();
            }
        }
    }

    /// <summary>A page as this transaction sees it, headers included.</summary>
    internal byte[] ReadImage(PageNumber page) =>
        _staged.Find(page) ?? _engine.ReadPage(page, _session.Main.Number);

    private byte[] StageForWrite(PageNumber page)
    {
        if (_staged.FindForWrite(page) is { } staged)
        {
            return staged;
        }

        byte[] copy = _engine.ReadPage(page, _session.Main.Number).AsSpan().ToArray();
        _staged.Add(page, copy);
        return copy;
    }

    private Span<byte> MapForWrite(PageNumber page) =>
        StageForWrite(_engine.Map.MapPageOf(page)).AsSpan(PageFormat.HeaderBytes);

    private PageNumber TakeFreePage()
    {
        var at = new PageNumber(_header.FreeHint);
        while (at.Value < PageCount)
        {
            PageNumber mapPage = _engine.Map.MapPageOf(at);
            uint pagesLeft = PageCount - mapPage.Value;
            int bit = AllocationMap.FindClear(
                ReadImage(mapPage).AsSpan(PageFormat.HeaderBytes),
                _engine.Map.BitOf(at),
                (int)Math.Min(pagesLeft, _engine.Map.PagesPerMap));
            if (bit >= 0)
            {
                var page = new PageNumber(mapPage.Value + (uint)bit);
                ThrowIfMapPage(page);
                _isChanging = true;
                AllocationMap.Set(MapForWrite(page), bit);
                _header = _header with
                {
                    FreePages = _header.FreePages - 1,
                    FreeHint = page.Value + 1,
                };
                return page;
            }

            if (pagesLeft <= _engine.Map.PagesPerMap)
            {
                break;
            }

            at = new PageNumber(mapPage.Value + _engine.Map.PagesPerMap);
        }

        throw new CorruptFileException(
            _engine.Path,
            MainFormat.HeaderOffset,
            $"the header counts {_header.FreePages} free pages, but the allocation map has none " +
            $"from page {_header.FreeHint} on");
    }

    /// <summary>A map page that says of itself that it is free would be given away and overwritten.</summary>
    private void ThrowIfMapPage(PageNumber page)
    {
        if (_engine.Map.IsMapPage(page))
        {
            throw new CorruptFileException(
                _engine.Path,
                MainFormat.OffsetOf(page, _engine.PageSize),
                $"map page {page} says that it is free itself");
        }
    }

    private PageNumber ExtendByOnePage()
    {
        uint next = _header.PageCount;
        if (next >= uint.MaxValue - 1)
        {
            throw new InvalidOperationException($"The file is full: it has {next} pages.");
        }

        _isChanging = true;
        if (_engine.Map.IsMapPage(new PageNumber(next)))
        {
            var mapNumber = new PageNumber(next++);
            byte[] map = new byte[_engine.PageSize];
            PageFormat.Initialise(map, mapNumber, PageKind.AllocationMap);
            AllocationMap.Set(map.AsSpan(PageFormat.HeaderBytes), _engine.Map.BitOf(mapNumber));
            _staged.Add(mapNumber, map);
        }

        var page = new PageNumber(next);
        AllocationMap.Set(MapForWrite(page), _engine.Map.BitOf(page));
        _header = _header with
        {
            PageCount = next + 1,
            FreeHint = _header.FreePages == 0 ? next + 1 : _header.FreeHint,
        };
        return page;
    }

    private void CommitOrEnd(FileHeader header, in LockDeadline deadline)
    {
        _isChanging = true;
        try
        {
            _protocol.Commit(_session, _staged, header, deadline);
        }
        catch (Exception before) when (
            before is BusyException or OperationCanceledException or StorageFullException)
        {
            // Nothing is marked and everything is still staged: it can be committed again, or go on.
            _isChanging = false;
            throw;
        }
        catch (CommitInDoubtException)
        {
            End();
            throw;
        }
    }

    /// <summary>Leaves main as it was; the journal is cleared so that the next writer finds it so.</summary>
    private void RollBack()
    {
        try
        {
            if (!_engine.Latch.IsSet && !_engine.IsDisposed)
            {
                _session.Journal.Clear();
            }
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        _isEnded = true;
        WriterProtocol.Release(_session);
        _file.WriterEnded(this);
    }

    private bool IsAllocated(PageNumber page) => AllocationMap.IsSet(
        ReadImage(_engine.Map.MapPageOf(page)).AsSpan(PageFormat.HeaderBytes),
        _engine.Map.BitOf(page));

    private void ThrowIfNotInUse(PageNumber page)
    {
        ThrowIfEnded();
        PageAccess.ThrowIfNotUsable(_engine, page, PageCount);
        if (!IsAllocated(page))
        {
            throw PageAccess.IsFree(page);
        }
    }

    private void ThrowIfHalfChanged()
    {
        if (_isChanging)
        {
            throw new InvalidOperationException(
                "An earlier call of this transaction failed half-way; it can only be rolled back.");
        }
    }

    private void ThrowIfEnded()
    {
        _engine.ThrowIfDisposed();
        ObjectDisposedException.ThrowIf(_isEnded, this);
    }
}
