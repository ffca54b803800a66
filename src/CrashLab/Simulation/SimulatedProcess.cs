using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>
/// A process of a simulated computer. Its <see cref="Files"/> or its <see cref="Host"/> are what
/// the program under test is given instead of the operating system's.
/// </summary>
/// <remarks>
/// Lives as long as the delegate that it was passed to. Methods that touch the disk throw
/// <see cref="ProcessKilledException"/> once the process was killed: let it pass.
/// </remarks>
public sealed class SimulatedProcess : IFileSystem, ILockSystem
{
    private readonly SimulatedComputer _computer;

    internal SimulatedProcess(SimulatedComputer computer, int number, string name)
    {
        _computer = computer;
        Number = number;
        Name = name;
        Clock = new SimulatedClock();
        Host = new StorageHost(this, this, Clock) { Random = new SimulatedRandom(number) };
        Files = new LabFileSystem(this);
    }

    /// <summary>Its number, from 1.</summary>
    public int Number { get; }

    /// <summary>Its name in reports.</summary>
    public string Name { get; }

    /// <summary>
    /// Files and streams in the manner of System.IO, for programs that are written against
    /// <see cref="IFiles"/> or <see cref="Stream"/>.
    /// </summary>
    public LabFileSystem Files { get; }

    /// <summary>
    /// Positional files, byte-range locks, time and chance, for programs that are written against
    /// Quire's own seam.
    /// </summary>
    public StorageHost Host { get; }

    internal SimulatedClock Clock { get; }

    internal SimulatedComputer Computer => _computer;

    internal bool IsKilled { get; set; }

    /// <summary>
    /// Everything that it did and what came of it. A program is deterministic, so equal histories
    /// mean equal states of the program.
    /// </summary>
    internal StateHash History { get; private set; } = new();

    /// <summary>The files that it has open.</summary>
    internal List<SimulatedFile> OpenFiles { get; } = [];

    /// <summary>
    /// Says that something is about to be done: from now on it may be found. Call it before the
    /// first write.
    /// </summary>
    /// <param name="promise">Its name; the built-in checks also take it for the content.</param>
    public void Begin(string promise) => Promise(promise, isAcknowledged: false);

    /// <summary>
    /// Says that something has been promised to a user: from now on it must be found. Call it where
    /// the program would report success.
    /// </summary>
    /// <param name="promise">The name that it was begun under.</param>
    public void Acknowledge(string promise) => Promise(promise, isAcknowledged: true);

    /// <summary>
    /// Says which step of its protocol the program is at. Traces show it, and an audit names the
    /// operations of the step after it.
    /// </summary>
    public void Step(string name)
    {
        CurrentStep = name;
        _computer.Perform(
            this,
            new Operation(Number, OperationKind.Note, "", Text: name) { IsStep = true },
            this,
            static _ => true);
    }

    /// <summary>The step that the program was at last; empty before any.</summary>
    internal string CurrentStep { get; private set; } = "";

    /// <inheritdoc/>
    public string ResolvePath(string path) => Normalise(path);

    /// <inheritdoc/>
    public IStorageFile Open(string path, FileOpenMode mode)
    {
        string full = Normalise(path);
        return Do(
            OperationKind.Open,
            full,
            (Process: this, Path: full, Mode: mode),
            static open => open.Process.OpenNow(open.Path, open.Mode));
    }

    /// <inheritdoc/>
    public FileIdentity? TryIdentify(string path)
    {
        string full = Normalise(path);
        return Do(
            OperationKind.Identify,
            full,
            (_computer.Disk, Path: full),
            static asked => asked.Disk.Find(asked.Path) is { } inode
                ? IdentityOf(inode)
                : (FileIdentity?)null);
    }

    /// <inheritdoc/>
    public void SyncDirectoryOf(string path)
    {
        string directory = DiskState.DirectoryOf(Normalise(path));
        Mutate(
            OperationKind.SyncDirectory,
            new Mutation(0, MutationKind.SyncDirectory) { Path = directory });
    }

    /// <summary>Removes a directory entry; open files go on.</summary>
    public void Delete(string path) => Mutate(
        OperationKind.Delete, new Mutation(0, MutationKind.Delete) { Path = Normalise(path) });

    /// <summary>Gives a file another name, replacing what had that name.</summary>
    public void Rename(string path, string newPath) => Mutate(
        OperationKind.Rename,
        new Mutation(0, MutationKind.Rename)
        {
            Path = Normalise(path),
            NewPath = Normalise(newPath),
        });

    /// <summary>
    /// The files directly in a directory, sorted by name, as full or relative as it is.
    /// </summary>
    internal IReadOnlyList<string> ListFiles(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        string prefix = directory.Length == 0 ? "" : directory.TrimEnd('/') + "/";
        string full = prefix.StartsWith('/') ? prefix : "/" + prefix;
        string names = Do(
            OperationKind.Identify,
            full,
            (_computer.Disk, Prefix: prefix, Full: full),
            static asked => string.Join('\n', asked.Disk.Entries.Keys
                .Where(path => DiskState.DirectoryOf(path) == asked.Full)
                .Select(path => asked.Prefix + path[asked.Full.Length..])
                .Order(StringComparer.Ordinal)));
        return names.Length == 0 ? [] : names.Split('\n');
    }

    /// <inheritdoc/>
    public IByteRangeLocks LocksOf(IStorageFile file) =>
        file is SimulatedFile simulated
            ? simulated.Locks
            : throw new ArgumentException("The file is not of this computer.", nameof(file));

    internal static FileIdentity IdentityOf(SimulatedInode inode) =>
        new(1, (ulong)inode.Number + 1);

    /// <summary>Enters what was read into the history.</summary>
    internal void RememberBytes(UInt128 hash)
    {
        StateHash history = History;
        history.Add(hash);
        History = history;
    }

    /// <summary>Enters who was seen to hold locks into the history.</summary>
    internal void RememberHolders(IReadOnlyList<LockHolder> holders)
    {
        StateHash history = History;
        history.Add(holders.Count);
        foreach (LockHolder holder in holders)
        {
            history.Add(holder.ProcessId);
            history.Add((long)holder.Mode);
            history.Add(holder.Range.Offset);
            history.Add(holder.Range.Length);
        }

        History = history;
    }

    /// <summary>Enters an operation and its outcome into the history.</summary>
    internal void Remember(Operation operation, UInt128 outcome)
    {
        StateHash history = History;
        operation.AddTo(ref history);
        history.Add(outcome);
        History = history;
    }

    private T Do<TState, T>(
        OperationKind kind,
        string path,
        TState state,
        Func<TState, T> perform,
        string text = "") =>
        _computer.Perform(
            this, new Operation(Number, kind, path, Text: text), state, perform);

    private void Promise(string promise, bool isAcknowledged) => Do(
        OperationKind.Note,
        "",
        (Computer: _computer, Name: promise, isAcknowledged),
        static made =>
        {
            made.Computer.Promise(made.Name, made.isAcknowledged);
            return true;
        },
        text: $"{(isAcknowledged ? "acknowledge" : "begin")} {promise}");

    private void Mutate(OperationKind kind, Mutation mutation) => Do(
        kind,
        mutation.Path,
        (Computer: _computer, Mutation: mutation),
        static change =>
        {
            Mutation mutation = change.Mutation;
            bool needsEntry = mutation.Kind is MutationKind.Delete or MutationKind.Rename;
            if (needsEntry && change.Computer.Disk.Find(mutation.Path) is null)
            {
                throw new FileNotFoundException($"{mutation.Path}: no such file", mutation.Path);
            }

            change.Computer.Mutate(mutation);
            return true;
        },
        text: mutation.NewPath);

    private SimulatedFile OpenNow(string path, FileOpenMode mode)
    {
        SimulatedInode? inode = _computer.Disk.Find(path);
        if (inode is null)
        {
            if (mode is FileOpenMode.ReadOnly or FileOpenMode.ReadWrite)
            {
                throw new FileNotFoundException($"{path}: no such file", path);
            }

            _computer.Mutate(new Mutation(0, MutationKind.Create) { Path = path });
            inode = _computer.Disk.Find(path)!;
        }
        else if (mode == FileOpenMode.CreateNew)
        {
            throw new IOException($"{path}: the file exists");
        }

        var file = new SimulatedFile(this, inode, path, mode != FileOpenMode.ReadOnly);
        OpenFiles.Add(file);
        return file;
    }

    private static string Normalise(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path[0] == '/' ? path : "/" + path;
    }
}

/// <summary>Time that passes only while somebody waits.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => Start + TimeSpan.FromTicks(_ticks);

    public void Advance(TimeSpan time) => _ticks += Math.Max(1, time.Ticks);

    /// <summary>
    /// A timer that has gone off: whoever waits for a time to pass has nothing else to do, and
    /// nobody else's time depends on it.
    /// </summary>
    /// <exception cref="NotSupportedException">The timer is to go off more than once.</exception>
    public override ITimer CreateTimer(
        TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan)
        {
            throw new NotSupportedException("Simulated time has no periodic timers.");
        }

        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            Advance(dueTime);
            callback(state);
        }

        return new SpentTimer();
    }

    private sealed class SpentTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
