using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// What the protocol roles of one open file share: the files, the locks, the cache and what is
/// known of the file. Owned by <see cref="PageFile"/>.
/// </summary>
/// <remarks>
/// Main is open twice, once for readers and once for writers: the OS then keeps the readers and the
/// writer of one process apart by the same locks as those of different processes. The writer's
/// descriptors are opened when first needed.
/// </remarks>
internal sealed class EngineFile : IDisposable
{
    private readonly Lock _mutex = new();
    private WriterSide? _writer;
    private volatile MainState? _known;
    private volatile Findings? _findings;
    private int _optimistic;
    private int _isClosing;
    private volatile bool _isDisposed;

    public EngineFile(string path, PageFileOptions options, StorageHost host)
    {
        Options = options;
        Host = host;
        Path = host.Files.ResolvePath(path);
        Latch = new FaultLatch();
        Logger = options.Logger ?? NullLogger.Instance;
        IsReadOnly = options.Mode == PageFileMode.ReadOnly;
        FileOpenMode mode = options.Mode switch
        {
            PageFileMode.ReadOnly => FileOpenMode.ReadOnly,
            PageFileMode.OpenExisting => FileOpenMode.ReadWrite,
            _ => FileOpenMode.OpenOrCreate,
        };
        Observe(ProtocolStep.R1);
        ReaderMain = Open(Path, mode);
        try
        {
            ReaderLock = new SharedMainLock(
                ReaderMain.File,
                Plants(PlantedBug.ReaderIgnoresGate)
                    ? new PlantedMistakes.WithoutGate(ReaderMain.Locks)
                    : ReaderMain.Locks,
                LookOf(options, host));
        }
        catch
        {
            ReaderMain.Dispose();
            throw;
        }

        Connection = new LockLadder(
            ReaderMain.File,
            ReaderMain.Locks,
            ReaderMain.File,
            ReaderMain.Locks,
            options.Observer is null ? null : options.Observer.OnLock);
    }

    public PageFileOptions Options { get; }

    public StorageHost Host { get; }

    public string Path { get; }

    public string JournalPath => Path + JournalFormat.FileSuffix;

    public bool IsReadOnly { get; }

    /// <summary>Whether the locks are gone.</summary>
    public bool IsDisposed => _isDisposed;

    /// <summary>Whether nothing new may begin; what has begun still has its locks.</summary>
    public bool IsClosing => Volatile.Read(ref _isClosing) != 0;

    public FaultLatch Latch { get; }

    public ILogger Logger { get; }

    /// <summary>Main as readers see it; never locked exclusive.</summary>
    public LockableFile ReaderMain { get; }

    public SharedMainLock ReaderLock { get; }

    /// <summary>
    /// Open and presence of a sealed file, on the descriptor that lives as long as the connection.
    /// </summary>
    public LockLadder Connection { get; }

    /// <summary>Known once the header has been read; fixed for the life of the file.</summary>
    public int PageSize { get; private set; }

    public Guid FileId { get; private set; }

    /// <summary>Whether the file uses the sealed protocol.</summary>
    public bool IsSealed { get; private set; }

    public long PageSeed { get; private set; }

    public AllocationMap Map { get; private set; }

    public PageCache Cache { get; private set; } = null!;

    /// <summary>
    /// What the collections of another assembly keep for this open file; they alone know what it
    /// is.
    /// </summary>
    public object? Companion { get; set; }

    /// <summary>
    /// What somebody has found in main's pages as they are at a number, to spare the next one the
    /// search; null when it was another number. Whoever leaves it last is right.
    /// </summary>
    public object? FindingsAt(TransactionNumber number) =>
        _findings is { } findings && findings.Number == number ? findings.What : null;

    /// <summary>Leaves something for <see cref="FindingsAt"/>.</summary>
    public void LeaveFindings(TransactionNumber number, object findings) =>
        _findings = new Findings(number, findings);

    /// <summary>The last usable state of main that was read; a cache, never a truth.</summary>
    public MainState? Known
    {
        get => _known;
        set => _known = value;
    }

    /// <summary>Tells the observer, if there is one.</summary>
    public void Observe(ProtocolStep step) => Options.Observer?.OnStep(step);

    /// <summary>Whether the engine is to make this mistake; never, but in tests.</summary>
    public bool Plants(PlantedBug bug) => Options.PlantedBug == bug;

    /// <summary>
    /// Whether the engine is to make one of two mistakes that have a line in common.
    /// </summary>
    public bool Plants(PlantedBug one, PlantedBug other) => Plants(one) || Plants(other);

    /// <summary>Syncs a file, unless the mistake is to leave that out.</summary>
    public void SyncUnless(PlantedBug bug, IStorageFile opened)
    {
        if (!Plants(bug))
        {
            opened.Sync();
        }
    }

    /// <summary>Takes over what never changes, from the first sound header that was read.</summary>
    public void Identify(FileHeader header)
    {
        PageSize = header.PageSize;
        FileId = header.FileId;
        IsSealed = header.Protocol == CommitProtocol.Sealed;
        PageSeed = PageFormat.SeedOf(header.FileId);
        Map = new AllocationMap(header.PageSize);
        Cache = new PageCache(Options.CacheBytes, header.PageSize);
    }

    /// <summary>The writer's own descriptors; null when there was no writer yet.</summary>
    public WriterSide? Writer => Volatile.Read(ref _writer);

    /// <summary>W1: the writer's own descriptors, opened once.</summary>
    /// <param name="isClosing">Whether it is the end of the connection that needs them.</param>
    public WriterSide OpenWriter(bool isClosing = false)
    {
        if (IsReadOnly)
        {
            throw new InvalidOperationException($"{Path}: the file was opened read-only.");
        }

        lock (_mutex)
        {
            if (!isClosing)
            {
                ThrowIfDisposed();
            }

            return _writer ??= NewWriter();
        }
    }

    private WriterSide NewWriter()
    {
        LockableFile main = Open(Path, FileOpenMode.ReadWrite);
        try
        {
            LockableFile journal = Open(JournalPath, FileOpenMode.OpenOrCreate);
            return new WriterSide(
                main,
                journal,
                Host.Files,
                () => TryOpenForNext(journal),
                IsTimeReal(Options, Host) ? Host.Clock : null,
                Options.Observer);
        }
        catch
        {
            main.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens the journal to look at it, without creating it: null when there is none.
    /// </summary>
    public IStorageFile? OpenJournalToLook() => Host.Files.TryIdentify(JournalPath) is null
        ? null
        : Host.Files.Open(JournalPath, FileOpenMode.ReadOnly);

    /// <summary>Reads a page of main that is not staged, through the cache.</summary>
    /// <exception cref="CorruptFileException">The page is damaged.</exception>
    public byte[] ReadPage(PageNumber page, TransactionNumber number)
    {
        byte[]? cached = Cache.Find(page);
        if (cached is not null)
        {
            return cached;
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(PageSize);
        long offset = MainFormat.OffsetOf(page, PageSize);
        int length = ReaderMain.File.Read(offset, bytes);

        // Disposed meanwhile by another thread: main was perhaps not locked during the read.
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(PageFile));
        string? problem = length < bytes.Length
            ? $"page {page} ends after {length} of {PageSize} bytes"
            : PageFormat.Check(bytes, page, PageSeed);
        if (problem is not null)
        {
            throw new CorruptFileException(Path, offset, problem);
        }

        Cache.Add(page, bytes, number);
        return bytes;
    }

    /// <summary>A copy of a page's image, to be changed.</summary>
    public byte[] CopyOf(byte[] image)
    {
        byte[] copy = Cache.TakeSpare() ?? GC.AllocateUninitializedArray<byte>(PageSize);
        image.CopyTo(copy, 0);
        return copy;
    }

    /// <summary>
    /// How many optimistic transactions have not ended: they may have images of pages without a lock
    /// on main.
    /// </summary>
    public int OptimisticTransactions => Volatile.Read(ref _optimistic);

    public void OptimisticBegins() => Interlocked.Increment(ref _optimistic);

    public void OptimisticEnds() => Interlocked.Decrement(ref _optimistic);

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsClosing, typeof(PageFile));

    /// <summary>Lets nothing new begin.</summary>
    public void StartClosing() => Interlocked.Exchange(ref _isClosing, 1);

    public void Dispose()
    {
        StartClosing();
        lock (_mutex)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _writer?.Dispose();
            ReaderMain.Locks.Release(LockBytes.RangeOf(LockName.Main));

            Connection.ReleaseAll();
            ReaderMain.Dispose();
        }
    }

    /// <summary>
    /// Where time is made by somebody else it may stand still, and each step is to be seen: there
    /// every reader looks at the gate, unless it is told otherwise.
    /// </summary>
    private static GateLook LookOf(PageFileOptions options, StorageHost host) =>
        IsTimeReal(options, host) ? GateLook.MeasuredWith(host.Clock) : GateLook.EachTime;

    private static bool IsTimeReal(PageFileOptions options, StorageHost host) =>
        options.SharesLooks ?? ReferenceEquals(host.Clock, TimeProvider.System);

    /// <summary>
    /// Opens the journal once more, where next can be waited for on an open file of its own.
    /// </summary>
    private NextLock? TryOpenForNext(LockableFile journal)
    {
        if (!journal.Locks.Capabilities.HasFlag(LockCapabilities.Blocking))
        {
            return null;
        }

        lock (_mutex)
        {
            ThrowIfDisposed();
            IStorageFile? again = null;
            try
            {
                again = Host.Files.Open(JournalPath, FileOpenMode.ReadWrite);
                return new NextLock(again, Host.Locks.LocksOf(again));
            }
            catch (FileNotFoundException)
            {
                // Deleted by somebody: W3 will say so.
                return null;
            }
            catch
            {
                again?.Dispose();
                throw;
            }
        }
    }

    /// <summary>Opens a file behind the latch, with its locks.</summary>
    private LockableFile Open(string path, FileOpenMode mode)
    {
        IStorageFile file = Host.Files.Open(path, mode);
        try
        {
            return new LockableFile(new LatchedFile(file, Latch), Host.Locks.LocksOf(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private sealed record Findings(TransactionNumber Number, object What);
}

/// <summary>An open file and its locks.</summary>
internal sealed record LockableFile(IStorageFile File, IByteRangeLocks Locks) : IDisposable
{
    public void Dispose() => File.Dispose();
}
