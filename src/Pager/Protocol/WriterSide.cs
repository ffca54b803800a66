using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// The writer's descriptors, its lock ladder, and the queue of this process's writers.
/// </summary>
internal sealed class WriterSide : IDisposable
{
    private readonly LockableFile _main;
    private readonly LockableFile _journal;
    private volatile WriterTurn? _turn;

    public WriterSide(
        LockableFile main,
        LockableFile journal,
        IFileSystem files,
        Func<NextLock?> openNext,
        TimeProvider? clock,
        ProtocolObserver? observer)
    {
        _main = main;
        _journal = journal;
        Ladder = new LockLadder(
            main.File,
            main.Locks,
            journal.File,
            journal.Locks,
            observer is null ? null : observer.OnLock);
        Line = new JournalLine(Ladder, journal.Locks, openNext, clock);
        Paths = new PathCheck(files, main.File, journal.File, clock);
    }

    public IStorageFile Main => _main.File;

    public IStorageFile Journal => _journal.File;

    public LockLadder Ladder { get; }

    /// <summary>Comes to the journal lock, behind the writers of other processes.</summary>
    public JournalLine Line { get; }

    /// <summary>Whether the paths still name these files.</summary>
    public PathCheck Paths { get; }

    public FifoQueue Queue { get; } = new();

    /// <summary>
    /// What goes on under the journal lock; null between turns. Whoever has the place in the queue
    /// finds it standing still.
    /// </summary>
    public WriterTurn? Turn
    {
        get => _turn;
        set => _turn = value;
    }

    /// <summary>
    /// A turn that is over and can begin again; belongs to who has the place in the queue.
    /// </summary>
    public WriterTurn? SpareTurn { get; set; }

    /// <summary>
    /// The salt of the cycle whose log header this connection has itself written and synced.
    /// </summary>
    public ulong? DurableCycle { get; set; }

    /// <summary>What the log was like at the last look at it.</summary>
    public LogMemory Log { get; } = new();

    /// <summary>
    /// Held while a thread recovers: the locks must not be taken from under its writes, or they
    /// would fall into the next process's transaction.
    /// </summary>
    public Lock Recovering { get; } = new();

    /// <summary>Another transaction of this process did not end in time.</summary>
    public BusyException BusyHere(in LockDeadline deadline) => new(
        Journal.Path,
        LockBytes.NameOf(LockName.Journal),
        LockMode.Exclusive,
        deadline.Waited,
        [new LockHolder(
            Environment.ProcessId,
            "this process, another transaction",
            LockMode.Exclusive,
            LockBytes.RangeOf(LockName.Journal))]);

    /// <summary>
    /// Takes the place of this process's writers when nobody has it, and no commit is on its way.
    /// </summary>
    public bool TryEnter()
    {
        if (!Queue.TryEnter())
        {
            return false;
        }

        if (Turn is { } turn)
        {
            turn.Leave();
            return false;
        }

        return true;
    }

    /// <summary>
    /// Gives up the locks and the turn of this process's writers; the turn also when the files were
    /// closed meanwhile, or those who wait for it would wait for ever.
    /// </summary>
    public void Leave()
    {
        try
        {
            Ladder.ReleaseAll();
        }
        finally
        {
            Queue.Exit();
        }
    }

    public void Dispose()
    {
        lock (Recovering)
        {
            // Unlock before closing: at close the system may take its time (Windows), or a child
            // that inherited a descriptor may keep the lock.
            Ladder.ReleaseAll();
            Ladder.Next?.Dispose();
            _journal.Dispose();
            _main.Dispose();
        }
    }
}
