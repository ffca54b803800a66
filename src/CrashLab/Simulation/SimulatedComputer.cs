using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>
/// A computer in memory: a disk, the operating system's cache over it, its byte-range locks, and
/// processes that share them through the Storage seam.
/// </summary>
/// <remarks>
/// Every call of a process passes <see cref="Perform{TState, T}"/> first, one at a time: there a
/// process can be stopped, killed or made to wait, and everything it does is recorded. Nothing is
/// left to the real machine, so the same program with the same schedule does the same, byte for
/// byte.
/// </remarks>
internal sealed class SimulatedComputer(DiskState disk)
{
    /// <summary>How often a program may come back after it was told to end.</summary>
    private const int MaximumRefusals = 1000;

    private readonly Lock _mutex = new();
    private readonly List<Mutation> _mutations = [];
    private readonly List<SimulatedProcess> _processes = [];
    private StateHash _promiseHistory = new();
    private StateHash _mutationHistory = new();
    private int _operations;
    private int _refusals;

    public SimulatedComputer()
        : this(new DiskState())
    {
    }

    public DiskState Disk => disk;

    public LockTable Locks { get; private init; } = new(LockRules.OpenFile);

    /// <summary>Whose locks it has.</summary>
    public LockRules LockRules
    {
        get => Locks.Rules;
        init => Locks = new LockTable(value);
    }

    /// <summary>How many bytes all files together may have.</summary>
    public long CapacityBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>After how many operations a program is taken to go on for ever.</summary>
    public int OperationLimit { get; init; } = 1_000_000;

    /// <summary>
    /// Told of each operation, so that others can see that something still happens.
    /// </summary>
    public ProgressMeter? Meter { get; init; }

    /// <summary>
    /// Whether the changes are kept, to be applied again. Without, the disk must not track
    /// durability.
    /// </summary>
    public bool KeepsMutations { get; init; } = true;

    /// <summary>Whether processes keep a history that tells their states apart.</summary>
    public bool TracksHistory { get; init; }

    /// <summary>Everything that changed the file system, in order.</summary>
    public IReadOnlyList<Mutation> Mutations => _mutations;

    /// <summary>Whether anything changed the file system, kept or not.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>What was begun and acknowledged, and after how many changes.</summary>
    public List<PromiseEntry> PromiseLog { get; } = [];

    /// <summary>Told everything that any process does; null when nobody looks.</summary>
    public Trace? Trace { get; init; }

    /// <summary>What goes wrong, or is left out on purpose; null for a sound computer.</summary>
    public IFaults? Faults { get; set; }

    /// <summary>Called before each operation, outside the lock: the scheduler's place.</summary>
    public IOperationControl? Control { get; set; }

    /// <summary>What has been promised by now.</summary>
    public Promises Promises() => new(
        PromiseLog.Where(p => !p.IsAcknowledged).Select(p => p.Name),
        PromiseLog.Where(p => p.IsAcknowledged).Select(p => p.Name));

    public SimulatedProcess StartProcess(string name)
    {
        var process = new SimulatedProcess(this, _processes.Count + 1, name);
        _processes.Add(process);
        return process;
    }

    /// <summary>
    /// Ends a process as SIGKILL does: its next call never returns, its locks are gone.
    /// </summary>
    public void Kill(SimulatedProcess process)
    {
        process.IsKilled = true;
        CloseFilesOf(process);
    }

    /// <summary>What the system does for a process that ends without closing its files.</summary>
    public void CloseFilesOf(SimulatedProcess process)
    {
        lock (_mutex)
        {
            foreach (SimulatedFile file in process.OpenFiles)
            {
                Locks.Close(file);
            }

            process.OpenFiles.Clear();
        }
    }

    /// <summary>Performs one operation of a process.</summary>
    internal T Perform<TState, T>(
        SimulatedProcess process, in Operation operation, TState state, Func<TState, T> perform)
        where TState : allows ref struct
    {
        ThrowIfOver(process);
        Control?.Before(process, operation);
        ThrowIfOver(process);
        Meter?.Tick();
        lock (_mutex)
        {
            _operations++;
            try
            {
                Faults?.Before(process, operation);
                bool isLeftOut = Faults?.Skips(process, operation) == true;
                T result = isLeftOut ? Pretend<T>(operation) : perform(state);
                Remember(process, operation, isLeftOut ? "left out" : "", result, isFailure: false);
                return result;
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                Remember(process, operation, failure.Message, failure.HResult, isFailure: true);
                throw;
            }
        }
    }

    /// <summary>
    /// Tells the disks that a power cut may leave apart, and what must be on them.
    /// </summary>
    /// <param name="withOrder">
    /// Whether the order of changes of different files matters, as it does to
    /// <see cref="PersistenceModel.Ordered"/> alone.
    /// </param>
    internal UInt128 DiskKey(bool withOrder)
    {
        var key = new StateHash();
        key.Add(_promiseHistory.Value);
        key.Add(withOrder ? _mutationHistory.Value : UInt128.Zero);
        disk.AddTo(ref key);
        return key.Value;
    }

    /// <summary>Changes the file system, within <see cref="Perform{TState, T}"/>.</summary>
    internal void Mutate(Mutation mutation)
    {
        IsChanged = true;
        if (!KeepsMutations)
        {
            disk.Apply(mutation);
            return;
        }

        Mutation numbered = mutation with { Number = _mutations.Count };
        disk.Apply(numbered);
        _mutations.Add(numbered);
        _mutationHistory.Add(((long)mutation.Kind << 32) + mutation.Inode);
    }

    /// <summary>A write that nobody will ask for again.</summary>
    internal void MutateUnrecorded(SimulatedInode inode, long offset, ReadOnlySpan<byte> bytes)
    {
        IsChanged = true;
        inode.Cached.Write(offset, bytes);
    }

    internal void Promise(string name, bool isAcknowledged)
    {
        PromiseLog.Add(new PromiseEntry(_mutations.Count, name, isAcknowledged));
        _promiseHistory.Add(name);
        _promiseHistory.Add(isAcknowledged ? 1L : 0L);
    }

    /// <exception cref="StorageFullException">The file would not fit.</exception>
    internal void EnsureRoom(SimulatedInode inode, string path, long length)
    {
        if (length <= inode.Cached.Length)
        {
            return;
        }

        long used = 0;
        foreach (SimulatedInode other in disk.Inodes)
        {
            used += other == inode ? 0 : other.Cached.Length;
        }

        if (used + length > CapacityBytes)
        {
            throw new StorageFullException(
                $"{path}: no space: {length} bytes beside {used} of {CapacityBytes}");
        }
    }

    /// <summary>What a program is told of an operation that was left out: that it worked.</summary>
    private static T Pretend<T>(in Operation operation) => typeof(T) == typeof(bool)
        ? (T)(object)(operation.Kind != OperationKind.Probe)
        : default!;

    private static UInt128 OutcomeOf<T>(T result) => result switch
    {
        bool value => value ? UInt128.One : UInt128.Zero,
        int value => (UInt128)(uint)value,
        long value => (UInt128)(ulong)value,
        SimulatedFile file => (UInt128)(uint)file.Inode.Number,
        FileIdentity identity => (UInt128)identity.FileNumber,
        string text => HashOf(text),
        null => UInt128.MaxValue,
        _ => throw new ArgumentException($"An outcome cannot be a {typeof(T)}.", nameof(result)),
    };

    private static UInt128 HashOf(string text)
    {
        var hash = new StateHash();
        hash.Add(text);
        return hash.Value;
    }

    private void Remember<T>(
        SimulatedProcess process,
        in Operation operation,
        string note,
        T result,
        bool isFailure)
    {
        if (TracksHistory)
        {
            process.Remember(operation, OutcomeOf(result));
        }

        Trace?.Add(
            this, process, operation, result is bool value ? value : null, note, isFailure);
    }

    /// <summary>
    /// Keeps a process that was killed, or that does too much, from doing anything. One that will
    /// not hear of it is never let go again: there is no other way to stop a thread.
    /// </summary>
    private void ThrowIfOver(SimulatedProcess process)
    {
        bool isEndless = _operations >= OperationLimit;
        if (!process.IsKilled && !isEndless)
        {
            return;
        }

        if (++_refusals > MaximumRefusals)
        {
            Control?.Defied(process);
            Thread.Sleep(Timeout.Infinite);
        }

        throw process.IsKilled
            ? new ProcessKilledException(process.Name)
            : new ProgramHangsException(
                $"{process.Name} performed {OperationLimit} operations and did not end.");
    }
}

/// <summary>Something begun or acknowledged, and after how many changes.</summary>
internal readonly record struct PromiseEntry(int After, string Name, bool IsAcknowledged)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"'{(IsAcknowledged ? "acknowledge" : "begin")} {Name}' after {After} changes";
}

/// <summary>Decides what happens at each operation of a simulated process.</summary>
internal interface IOperationControl
{
    /// <summary>
    /// Called before the operation takes effect. May block the caller and kill processes.
    /// </summary>
    void Before(SimulatedProcess process, in Operation operation);

    /// <summary>
    /// A process goes on and on although it was killed; its thread will not come back.
    /// </summary>
    void Defied(SimulatedProcess process);
}

/// <summary>
/// What goes wrong on a simulated computer, or is left out of the program under test.
/// </summary>
internal interface IFaults
{
    /// <summary>Throws the error that the operation shall fail with, or returns.</summary>
    void Before(SimulatedProcess process, Operation operation);

    /// <summary>Whether the operation is left out and reported as done.</summary>
    bool Skips(SimulatedProcess process, Operation operation);

    /// <summary>May change what a read returns.</summary>
    void Alter(Span<byte> bytes);

    /// <summary>How many of the bytes that a stream was asked for it reads at once.</summary>
    int Shorten(int count) => count;
}

/// <summary>
/// Unwinds a simulated process that was killed. Not an I/O error: no code under test may handle it.
/// </summary>
public sealed class ProcessKilledException : Exception
{
    internal ProcessKilledException(string processName)
        : base($"The simulated process '{processName}' was killed.")
    {
    }
}

/// <summary>
/// A program or a check does not end: it performs operations for ever, waits for something outside
/// the simulated computer, or handles <see cref="ProcessKilledException"/> and goes on.
/// </summary>
public sealed class ProgramHangsException : Exception
{
    internal ProgramHangsException(string message)
        : base(message)
    {
    }
}
