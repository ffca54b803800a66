using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>Everything that the processes of a computer did, for people to read.</summary>
internal sealed class Trace
{
    private readonly List<TraceEntry> _entries = [];

    public IReadOnlyList<TraceEntry> Entries => _entries;

    /// <summary>
    /// Notes an operation after it was performed, and what locks and files are like then.
    /// </summary>
    public void Add(
        SimulatedComputer computer,
        SimulatedProcess process,
        in Operation operation,
        bool? isGranted,
        string note,
        bool isFailure) =>
        _entries.Add(new TraceEntry(operation, isGranted, note)
        {
            Step = process.CurrentStep,
            IsStep = operation.IsStep,
            IsFailure = isFailure,
            Locks = LocksOf(computer),
            Files = FilesOf(computer),
            UnsyncedEntries = computer.Disk.PendingEntries.Count,
            Changes = computer.Mutations.Count,
        });

    /// <summary>Notes what happened to a process.</summary>
    public void AddKill(SimulatedComputer computer, SimulatedProcess process) =>
        _entries.Add(new TraceEntry(
            new Operation(process.Number, OperationKind.Note, ""), null, "")
        {
            IsKill = true,
            Step = process.CurrentStep,
            Locks = LocksOf(computer),
            Files = FilesOf(computer),
            UnsyncedEntries = computer.Disk.PendingEntries.Count,
            Changes = computer.Mutations.Count,
        });

    private static TracedLock[] LocksOf(SimulatedComputer computer) =>
    [
        .. computer.Locks.Held
            .Select(held => new TracedLock(
                held.Owner.Process.Number, held.Owner.Path, held.Range, held.Mode))
            .OrderBy(held => held.Process)
            .ThenBy(held => held.Path, StringComparer.Ordinal)
            .ThenBy(held => held.Range.Offset),
    ];

    private static TracedFile[] FilesOf(SimulatedComputer computer) =>
    [
        .. computer.Disk.Inodes.Select(inode => new TracedFile(
            computer.Disk.Entries
                .Where(entry => entry.Value == inode.Number)
                .Select(entry => entry.Key)
                .Order(StringComparer.Ordinal)
                .FirstOrDefault(""),
            inode.Pending.Count)),
    ];
}

/// <summary>One thing that happened.</summary>
/// <param name="Operation">What a process did.</param>
/// <param name="IsGranted">The answer, for operations that have a yes or no.</param>
/// <param name="Note">What is special about it: an error, left out.</param>
internal sealed record TraceEntry(Operation Operation, bool? IsGranted, string Note)
{
    public bool IsKill { get; init; }

    /// <summary>Whether it announces a step.</summary>
    public bool IsStep { get; init; }

    /// <summary>Whether the operation threw.</summary>
    public bool IsFailure { get; init; }

    /// <summary>The step that the process was at.</summary>
    public string Step { get; init; } = "";

    public IReadOnlyList<TracedLock> Locks { get; init; } = [];

    public IReadOnlyList<TracedFile> Files { get; init; } = [];

    public int UnsyncedEntries { get; init; }

    /// <summary>How many changes of the file system there had been.</summary>
    public int Changes { get; init; }
}

/// <summary>A lock that was held.</summary>
internal readonly record struct TracedLock(int Process, string Path, LockRange Range, LockMode Mode);

/// <summary>How many changes of a file no sync had made certain.</summary>
internal readonly record struct TracedFile(string Path, int Unsynced);
