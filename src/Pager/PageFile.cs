using Quire.Locking;
using Quire.Pager;
using Quire.Storage;

namespace Quire;

/// <summary>
/// A file of pages that many processes read while one writer at a time prepares its change, and whose
/// commits survive a killed process and a power cut.
/// </summary>
/// <remarks>
/// <para>
/// The object may be used from any thread, and one process may open a file any number of times. Each
/// transaction belongs to one caller at a time. A file that is open elsewhere must not be deleted,
/// renamed or copied over; to copy one in use, copy it within a read transaction.
/// </para>
/// <para>Source: the reader and writer algorithms of docs/protocol.md.</para>
/// </remarks>
/// <example>
/// <code>
/// using PageFile file = PageFile.Open("drawing.quire");
/// using (WriteTransaction write = file.BeginWrite())
/// {
///     PageNumber page = write.Allocate();
///     "hello"u8.CopyTo(write.Write(page));
///     write.Root = page;
///     write.Commit();
/// }
///
/// using ReadTransaction read = file.BeginRead();
/// ReadOnlySpan&lt;byte&gt; bytes = read.Read(read.Root);
/// </code>
/// </example>
public sealed class PageFile : IDisposable
{
    private readonly EngineFile _engine;
    private readonly ReaderProtocol _reader;
    private readonly WriterProtocol _writer;

    /// <summary>The transaction that holds the writer's locks now; guarded by itself on dispose.</summary>
    private volatile WriteTransaction? _activeWriter;

    private PageFile(EngineFile engine)
    {
        _engine = engine;
        var recovery = new RecoveryProtocol(engine);
        _reader = new ReaderProtocol(engine, recovery);
        _writer = new WriterProtocol(engine, recovery);
    }

    /// <summary>The full path of the main file, symbolic links resolved.</summary>
    public string Path => _engine.Path;

    /// <summary>The size of a page in bytes, fixed at creation.</summary>
    public int PageSize => _engine.PageSize;

    /// <summary>How many bytes of each page are the user's: the page size less 24.</summary>
    public int PayloadSize => PageFormat.PayloadBytes(_engine.PageSize);

    /// <summary>Whether the file was opened with <see cref="PageFileMode.ReadOnly"/>.</summary>
    public bool IsReadOnly => _engine.IsReadOnly;

    internal EngineFile Engine => _engine;

    /// <summary>
    /// Opens a file, and by default creates it when it is absent. A commit that was cut short by a
    /// crash is completed first.
    /// </summary>
    /// <param name="path">The path of the main file; its journal is beside it, named <c>path-journal</c>.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="cancellation">Ends a wait for locks.</param>
    /// <exception cref="FileNotFoundException">The file is absent and is not to be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its directory may not be used so.</exception>
    /// <exception cref="BusyException">A lock could not be had within <see cref="PageFileOptions.LockTimeout"/>.</exception>
    /// <exception cref="CorruptFileException">Not a Quire file, a later version, or damaged.</exception>
    /// <exception cref="QuireException">
    /// Locks cannot be relied on here (<see cref="QuireErrorCode.LockingUnsupported"/>), or recovery is
    /// needed and the mode is read-only (<see cref="QuireErrorCode.RecoveryNeeded"/>).
    /// </exception>
    public static PageFile Open(
        string path, PageFileOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PageFileOptions();
        options.Validate();
        StorageHost host = options.Host ?? OperatingSystemHost.Create();
        var engine = new EngineFile(path, options, host);
        try
        {
            var file = new PageFile(engine);
            file.Start(cancellation);
            return file;
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Begins a read transaction: a view of the file that no commit changes until it is disposed.
    /// Never waits for a writer that is staging, only for one that is applying its commit; the other
    /// way round, a commit waits for it, so keep it short.
    /// </summary>
    /// <param name="timeout">How long to wait for locks; null for <see cref="PageFileOptions.LockTimeout"/>.</param>
    /// <param name="cancellation">Ends the wait; nothing is held then.</param>
    /// <exception cref="BusyException">A lock could not be had in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="FaultedException">An earlier I/O failure stopped this open file.</exception>
    public ReadTransaction BeginRead(
        TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        _engine.ThrowIfDisposed();
        LockDeadline deadline = DeadlineOf(timeout, cancellation);
        return new ReadTransaction(_engine, _reader, _reader.Begin(deadline));
    }

    /// <summary>
    /// Begins a write transaction. At most one exists at a time, in all processes together; it stages
    /// its changes while readers go on, and locks them out only while it commits.
    /// </summary>
    /// <param name="timeout">
    /// How long to wait for the writer lock, and again at the commit for readers to finish; null for
    /// <see cref="PageFileOptions.LockTimeout"/>.
    /// </param>
    /// <param name="cancellation">Ends the wait; nothing is held then.</param>
    /// <exception cref="BusyException">Another writer did not finish in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The file was opened read-only.</exception>
    /// <exception cref="FaultedException">An earlier I/O failure stopped this open file.</exception>
    public WriteTransaction BeginWrite(
        TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        _engine.ThrowIfDisposed();
        LockDeadline deadline = DeadlineOf(timeout, cancellation);
        WriteSession session = _writer.Begin(deadline);
        var transaction = new WriteTransaction(this, _writer, session, timeout);
        _activeWriter = transaction;
        if (_engine.IsClosing)
        {
            // Dispose came in between and did not see it.
            transaction.Dispose();
            _engine.ThrowIfDisposed();
        }

        return transaction;
    }

    /// <summary>
    /// Completes a commit that was cut short and clears leftovers from the journal: what every writer
    /// does at its start. Opening the file has already done what readers need.
    /// </summary>
    /// <exception cref="BusyException">A writer is at work and did not finish in time.</exception>
    public void Recover(TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        using WriteTransaction transaction = BeginWrite(timeout, cancellation);
    }

    /// <summary>Facts about the file, read in a read transaction of their own.</summary>
    public PageFileInfo GetInfo(TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        using ReadTransaction read = BeginRead(timeout, cancellation);
        return read.GetInfo();
    }

    /// <summary>
    /// Ends all transactions of this open file, rolling back one that stages, and closes its files. A
    /// commit or a recovery in progress on another thread is waited for.
    /// </summary>
    public void Dispose()
    {
        _engine.StartClosing();
        try
        {
            _activeWriter?.Dispose();
        }
        finally
        {
            // Also when the rollback could not clear the journal: the descriptors and their locks go.
            _engine.Dispose();
        }
    }

    internal void WriterEnded(WriteTransaction transaction)
    {
        if (ReferenceEquals(_activeWriter, transaction))
        {
            _activeWriter = null;
        }
    }

    internal LockDeadline DeadlineOf(TimeSpan? timeout, CancellationToken cancellation) =>
        LockDeadline.Start(
            _engine.Host.Clock, timeout ?? _engine.Options.LockTimeout, cancellation);

    /// <summary>Creates the file when it is blank, then reads it once as any reader does.</summary>
    private void Start(CancellationToken cancellation)
    {
        LockDeadline deadline = DeadlineOf(null, cancellation);
        new CreationProtocol(_engine, new RecoveryProtocol(_engine)).CreateIfBlank(deadline);
        _reader.Begin(deadline);
        _reader.End();
    }
}
