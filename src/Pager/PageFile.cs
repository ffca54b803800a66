using Quire.Locking;
using Quire.Pager;
using Quire.Storage;

namespace Quire;

/// <summary>
/// A file of pages that many processes read while one writer at a time prepares its change, and
/// whose commits survive a killed process and a power cut.
/// </summary>
/// <remarks>
/// <para>
/// The object may be used from any thread, and one process may open a file any number of times.
/// Each transaction belongs to one caller at a time. A file that is open elsewhere must not be
/// deleted, renamed or copied over; to copy one in use, copy it and its journal within a write
/// transaction that changes nothing.
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
public sealed partial class PageFile : IDisposable
{
    private readonly EngineFile _engine;
    private readonly ReaderProtocol _reader;
    private readonly SlotRack<ReadSlot> _readSlots = new();
    private readonly SlotRack<WriteSlot> _writeSlots = new();
    private readonly WriterProtocol _writer;
    private readonly CommitWatch _commits;
    private readonly RecoveryProtocol _recovery;
    private readonly OpeningProtocol _opening;

    /// <summary>
    /// The transaction that holds the writer's locks now; guarded by itself on dispose.
    /// </summary>
    private volatile WriteSlot? _activeWriter;

    private PageFile(EngineFile engine)
    {
        _engine = engine;
        _recovery = new RecoveryProtocol(engine);
        _reader = new ReaderProtocol(engine, _recovery);
        _writer = new WriterProtocol(engine, _recovery);
        _opening = new OpeningProtocol(engine, _recovery.Log);
        _commits = new CommitWatch(engine, _reader);
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
    /// <param name="path">
    /// The path of the main file; its journal is beside it, named <c>path-journal</c>.
    /// </param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="cancellation">Ends a wait for locks.</param>
    /// <exception cref="FileNotFoundException">
    /// The file is absent and is not to be created.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">
    /// The file or its directory may not be used so.
    /// </exception>
    /// <exception cref="BusyException">
    /// A lock could not be had within <see cref="PageFileOptions.LockTimeout"/>.
    /// </exception>
    /// <exception cref="CorruptFileException">
    /// Not a Quire file, a later version, or damaged.
    /// </exception>
    /// <exception cref="QuireException">
    /// Locks cannot be relied on here (<see cref="QuireErrorCode.LockingUnsupported"/>), or
    /// recovery is needed and the mode is read-only (<see cref="QuireErrorCode.RecoveryNeeded"/>).
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
    /// Never waits for a writer that is staging, only for one that is applying its commit; the
    /// other way round, a commit waits for it, so keep it short.
    /// </summary>
    /// <param name="timeout">
    /// How long to wait for locks; null for <see cref="PageFileOptions.LockTimeout"/>.
    /// </param>
    /// <param name="cancellation">Ends the wait; nothing is held then.</param>
    /// <exception cref="BusyException">A lock could not be had in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="FaultedException">
    /// An earlier I/O failure stopped this open file.
    /// </exception>
    public ReadTransaction BeginRead(
        TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        _engine.ThrowIfDisposed();
        LockDeadline deadline = DeadlineOf(timeout, cancellation);
        MainState main = _reader.Begin(deadline);
        return NewReader(main);
    }

    /// <summary>As <see cref="BeginRead"/>, without a thread that waits for locks.</summary>
    /// <inheritdoc cref="BeginRead"/>
    public async ValueTask<ReadTransaction> BeginReadAsync(
        TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        _engine.ThrowIfDisposed();
        LockDeadline deadline = DeadlineOf(timeout, cancellation);
        MainState main = await _reader.BeginAsync(deadline).ConfigureAwait(false);
        return NewReader(main);
    }

    /// <summary>
    /// Begins a write transaction in immediate mode. At most one exists at a time, in all processes
    /// together; it stages its changes while readers go on, and locks them out only while it
    /// commits.
    /// </summary>
    /// <param name="timeout">
    /// How long to wait for the writer lock, and again at the commit for readers to finish; null
    /// for <see cref="PageFileOptions.LockTimeout"/>.
    /// </param>
    /// <param name="cancellation">Ends the wait; nothing is held then.</param>
    /// <exception cref="BusyException">Another writer did not finish in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">
    /// The file was opened read-only, or this thread is in a write transaction of this object
    /// already and would wait for itself.
    /// </exception>
    /// <exception cref="FaultedException">
    /// An earlier I/O failure stopped this open file.
    /// </exception>
    public WriteTransaction BeginWrite(
        TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        BeginWrite(TransactionMode.Immediate, timeout, cancellation);

    /// <summary>Begins a write transaction.</summary>
    /// <param name="mode">How it comes by its locks.</param>
    /// <param name="timeout">
    /// How long to wait, each time that it waits for locks; null for
    /// <see cref="PageFileOptions.LockTimeout"/>.
    /// </param>
    /// <param name="cancellation">Ends the wait of this call; nothing is held then.</param>
    /// <inheritdoc cref="BeginWrite(TimeSpan?, CancellationToken)"/>
    public WriteTransaction BeginWrite(
        TransactionMode mode,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default)
    {
        LockDeadline deadline = DeadlineOf(timeout, cancellation);
        return Begin(NewTransaction(mode, timeout), deadline);
    }

    /// <summary>
    /// As <see cref="BeginWrite(TimeSpan?, CancellationToken)"/>, without a thread that waits for
    /// locks.
    /// </summary>
    /// <inheritdoc cref="BeginWrite(TimeSpan?, CancellationToken)"/>
    public ValueTask<WriteTransaction> BeginWriteAsync(
        TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        BeginWriteAsync(TransactionMode.Immediate, timeout, cancellation);

    /// <summary>
    /// As <see cref="BeginWrite(TransactionMode, TimeSpan?, CancellationToken)"/>, without a thread
    /// that waits for locks.
    /// </summary>
    /// <inheritdoc cref="BeginWrite(TransactionMode, TimeSpan?, CancellationToken)"/>
    public ValueTask<WriteTransaction> BeginWriteAsync(
        TransactionMode mode,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default)
    {
        LockDeadline deadline = DeadlineOf(timeout, cancellation);
        return BeginAsync(NewTransaction(mode, timeout), deadline);
    }

    /// <summary>
    /// Completes a commit that was cut short and clears leftovers from the journal: what every
    /// writer does at its start. Opening the file has already done what readers need.
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
    /// Ends all transactions of this open file, rolling back one that stages, ends the waits for
    /// commits with <see cref="ObjectDisposedException"/>, and closes its files.
    /// A commit or a recovery in progress on another thread is waited for.
    /// </summary>
    public void Dispose()
    {
        _engine.StartClosing();
        _commits.Dispose();
        try
        {
            _activeWriter?.RollBackForClosing();
            _writer.Drain();
            _opening.Leave();
        }
        finally
        {
            // Also when the rollback could not clear the journal: the descriptors and their locks
            // go.
            _engine.Dispose();
        }
    }

    internal ReaderProtocol Reader => _reader;

    internal WriterProtocol Writer => _writer;

    internal OptimisticState NewOptimisticState(Func<LockDeadline> deadline) =>
        new(_engine, _reader, deadline);

    /// <summary>W1 to W6 on behalf of a transaction, which <see cref="Activate"/> follows.</summary>
    internal WriteSession EnterWriter(WriterNeeds needs, in LockDeadline deadline)
    {
        WriterFlow.ThrowIfNested(this);
        return _writer.Begin(needs, deadline);
    }

    /// <summary>
    /// As <see cref="EnterWriter"/>, without a thread that waits for the writer lock.
    /// </summary>
    internal ValueTask<WriteSession> EnterWriterAsync(WriterNeeds needs, LockDeadline deadline) =>
        _writer.BeginAsync(needs, deadline);

    /// <summary>A transaction has the writer's locks: to dispose the file is to end it.</summary>
    /// <exception cref="ObjectDisposedException">
    /// The file was disposed meanwhile; the locks are given up.
    /// </exception>
    internal void Activate(WriteSlot slot, in WriteSession session)
    {
        _activeWriter = slot;

        // Dispose does the same the other way round; one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (_engine.IsClosing)
        {
            // Dispose came in between and did not see it.
            _activeWriter = null;
            session.Turn.Leave();
            _engine.ThrowIfDisposed();
        }
    }

    internal void WriterEnded(WriteSlot slot)
    {
        if (ReferenceEquals(_activeWriter, slot))
        {
            _activeWriter = null;
        }
    }

    /// <summary>Nobody uses the slot any more.</summary>
    internal void Return(WriteSlot slot) => _writeSlots.Return(slot);

    internal LockDeadline DeadlineOf(TimeSpan? timeout, CancellationToken cancellation) =>
        LockDeadline.Start(
            _engine.Host.Clock, timeout ?? _engine.Options.LockTimeout, cancellation);

    private ReadTransaction NewReader(MainState main) =>
        new(_readSlots.Take() ?? new ReadSlot(_engine, _reader, _readSlots), main);

    private WriteTransaction NewTransaction(
        TransactionMode mode, TimeSpan? timeout, in LockDeadline? overall = null, int attempt = 1)
    {
        _engine.ThrowIfDisposed();
        if (!Enum.IsDefined(mode))
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not a transaction mode.");
        }

        if (IsReadOnly)
        {
            throw new InvalidOperationException($"{Path}: the file was opened read-only.");
        }

        WriteSlot slot = _writeSlots.Take() ?? new WriteSlot(this);
        return slot.Begin(mode, timeout, overall, attempt);
    }

    private static WriteTransaction Begin(WriteTransaction transaction, in LockDeadline deadline)
    {
        try
        {
            transaction.Enter(deadline);
            return transaction;
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    private static async ValueTask<WriteTransaction> BeginAsync(
        WriteTransaction transaction, LockDeadline deadline)
    {
        try
        {
            await transaction.EnterAsync(deadline).ConfigureAwait(false);
            return transaction;
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    /// <summary>Creates the file when it is blank, then reads it once as any reader does.</summary>
    private void Start(CancellationToken cancellation)
    {
        LockDeadline deadline = DeadlineOf(null, cancellation);
        FileHeader? seen = new CreationProtocol(_engine, _recovery).CreateIfBlank(deadline);
        _opening.Enter(seen, deadline);
        _reader.Begin(deadline);
        _reader.End();
    }
}
