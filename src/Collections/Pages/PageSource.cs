using Quire.Pager;

namespace Quire.Collections;

/// <summary>
/// The pages of one transaction, of either kind. The only place in which maps read pages, so that a
/// number that came from a damaged page ends in <see cref="CorruptFileException"/> and not in the
/// exception for a caller's mistake.
/// </summary>
/// <remarks>
/// A struct rather than an interface: a lookup makes no virtual call, and opening a map in a read
/// transaction allocates nothing.
/// </remarks>
internal readonly struct PageSource
{
    private readonly ReadTransaction _read;
    private readonly WriteTransaction _write;
    private readonly bool _isWriting;

    public PageSource(ReadTransaction read)
    {
        _read = read;
        Nodes = FileMemory.Of(read.Engine).Nodes;
    }

    public PageSource(WriteTransaction write)
    {
        _write = write;
        _isWriting = true;
    }

    /// <summary>Nodes that were read before; null in a write transaction.</summary>
    public OpenedNodes? Nodes { get; }

    /// <summary>The commit that a read transaction sees.</summary>
    public TransactionNumber Number => _read.Number;

    /// <summary>Where the file says that the user's data begins.</summary>
    public PageNumber Root => _isWriting ? _write.Root : _read.Root;

    public uint PageCount => _isWriting ? _write.PageCount : _read.PageCount;

    /// <summary>
    /// Whether spans live as long as the transaction, or only until its next call.
    /// </summary>
    public bool IsReadOnly => !_isWriting;

    /// <summary>
    /// What a read transaction at the same number has left for those that follow; null in a write
    /// transaction.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The transaction has ended.</exception>
    public object? Findings
    {
        get
        {
            if (_isWriting)
            {
                return null;
            }

            _read.ThrowIfEnded();
            return _read.Engine.FindingsAt(_read.Number);
        }
    }

    private EngineFile Engine => _isWriting ? _write.Engine : _read.Engine;

    /// <summary>The payload of a page that some page of a map, or the file's root, names.</summary>
    /// <exception cref="CorruptFileException">No page of a map can have this number.</exception>
    public ReadOnlySpan<byte> Read(PageNumber page)
    {
        try
        {
            return _isWriting ? _write.Read(page) : _read.Read(page);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw Corrupt(page, 0, $"a map refers to it: {error.Message}");
        }
        catch (InvalidOperationException error) when (error is not ObjectDisposedException)
        {
            throw Corrupt(page, 0, $"a map refers to it: {error.Message}");
        }
    }

    /// <summary>Leaves something for read transactions at the same number.</summary>
    public void Leave(object findings)
    {
        if (!_isWriting)
        {
            _read.Engine.LeaveFindings(_read.Number, findings);
        }
    }

    /// <summary>
    /// As <see cref="Read"/>, in a read transaction: the image, which stays as it is, for code that
    /// would read it again for each record.
    /// </summary>
    /// <exception cref="CorruptFileException">No page of a map can have this number.</exception>
    public byte[] ReadImage(PageNumber page)
    {
        if (!_read.IsInUse(page))
        {
            // Says what is wrong with the number.
            Read(page);
        }

        return _read.ReadImage(page);
    }

    /// <summary>
    /// Says that the pages of a run will be read soon; in a read transaction.
    /// </summary>
    public void ReadAhead(PageNumber first, int count)
    {
        if (first.Value + (long)count <= PageCount)
        {
            PageReadAhead.Read(_read!.Engine, first, count, Number);
        }
    }

    /// <exception cref="ObjectDisposedException">The read transaction has ended.</exception>
    public void ThrowIfEnded() => _read.ThrowIfEnded();

    /// <summary>The payload of an image that was kept.</summary>
    /// <exception cref="ObjectDisposedException">The transaction has ended.</exception>
    public ReadOnlySpan<byte> PayloadOf(byte[] image)
    {
        _read.ThrowIfEnded();
        return image.AsSpan(PageFormat.HeaderBytes);
    }

    public bool IsInUse(PageNumber page) =>
        _isWriting ? _write.IsInUse(page) : _read.IsInUse(page);

    /// <summary>The error for a page whose checksum holds and whose content cannot be.</summary>
    /// <param name="page">The page.</param>
    /// <param name="offset">Where in its payload.</param>
    /// <param name="problem">What was expected and what was found.</param>
    /// <param name="code">The kind of problem.</param>
    public CorruptFileException Corrupt(
        PageNumber page,
        int offset,
        string problem,
        QuireErrorCode code = QuireErrorCode.Corrupt) =>
        new(Engine.Path, OffsetOf(page) + offset, $"page {page}: {problem}", code);

    /// <summary>Where a page's payload begins in the main file.</summary>
    public long OffsetOf(PageNumber page) =>
        MainFormat.OffsetOf(page, Engine.PageSize) + PageFormat.HeaderBytes;
}
