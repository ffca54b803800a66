namespace Quire.CrashLab;

/// <summary>What goes wrong, and when: the Nth operation of some kinds fails.</summary>
/// <param name="Kind">How it fails.</param>
/// <param name="Nth">Which operation that can fail so, from 1.</param>
public sealed record FaultPlan(FaultKind Kind, int Nth)
{
    /// <summary>Whether every later operation of the kind fails as well.</summary>
    public bool IsPersistent { get; init; }

    /// <summary>What a failing sync does to the changes that it did not write.</summary>
    public SyncFailure SyncFailure { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Kind} {Nth}{(IsPersistent ? " and all later ones" : "")}" +
        (Kind == FaultKind.SyncError ? $" ({SyncFailure})" : "");
}

/// <summary>Ways in which an operation fails.</summary>
public enum FaultKind
{
    /// <summary>A read fails with an I/O error.</summary>
    ReadError,

    /// <summary>A write, or a change of length, fails with an I/O error; nothing is written.</summary>
    WriteError,

    /// <summary>A write fails with an I/O error after its first half.</summary>
    PartialWriteError,

    /// <summary>A write that makes a file longer finds no space.</summary>
    NoSpace,

    /// <summary>A sync fails.</summary>
    SyncError,

    /// <summary>A sync reports success and does nothing: a device that lies.</summary>
    LyingSync,

    /// <summary>A sync of a directory fails.</summary>
    DirectorySyncError,

    /// <summary>One bit of what a read returns is wrong.</summary>
    BitRot,
}

/// <summary>Carries a plan out.</summary>
internal sealed class PlannedFaults(FaultPlan plan) : IFaults
{
    private readonly HashSet<int> _failsNextSync = [];
    private Operation? _lastDue;
    private int _count;

    /// <summary>How often an operation failed because of the plan.</summary>
    public int Fired { get; private set; }

    public void Before(SimulatedProcess process, Operation operation)
    {
        if (operation.Kind == OperationKind.Sync
            && _failsNextSync.Remove(operation.File!.Inode.Number))
        {
            throw Error(operation, "the sync before this one failed");
        }

        if (!IsDue(operation))
        {
            return;
        }

        Fired++;
        switch (plan.Kind)
        {
            case FaultKind.LyingSync or FaultKind.BitRot:
                break;
            case FaultKind.SyncError:
                FailSync(process.Computer, operation);
                break;
            case FaultKind.NoSpace:
                throw new StorageFullException($"{operation.Path}: no space ({plan})");
            case FaultKind.PartialWriteError:
                process.Computer.Mutate(operation.FirstHalf());
                throw Error(operation, plan.ToString());
            default:
                throw Error(operation, plan.ToString());
        }
    }

    public bool Skips(SimulatedProcess process, Operation operation) =>
        operation.Kind == OperationKind.Sync
        && _lastDue == operation
        && (plan.Kind == FaultKind.LyingSync
            || (plan.Kind == FaultKind.SyncError
                && plan.SyncFailure == SyncFailure.ReportedLate));

    public void Alter(Span<byte> bytes)
    {
        if (plan.Kind == FaultKind.BitRot && _lastDue is not null && bytes.Length > 0)
        {
            _lastDue = null;
            bytes[bytes.Length / 2] ^= 0x10;
        }
    }

    private bool IsDue(Operation operation)
    {
        bool matches = plan.Kind switch
        {
            FaultKind.ReadError or FaultKind.BitRot => operation.Kind == OperationKind.Read,
            FaultKind.WriteError =>
                operation.Kind is OperationKind.Write or OperationKind.SetLength,
            FaultKind.PartialWriteError => operation.Kind == OperationKind.Write,
            FaultKind.NoSpace => operation.Kind == OperationKind.Write
                && operation.Offset + operation.Length > operation.File!.Inode.Cached.Length,
            FaultKind.SyncError or FaultKind.LyingSync => operation.Kind == OperationKind.Sync,
            FaultKind.DirectorySyncError => operation.Kind == OperationKind.SyncDirectory,
            _ => false,
        };
        if (!matches)
        {
            return false;
        }

        _count++;
        bool isDue = plan.IsPersistent ? _count >= plan.Nth : _count == plan.Nth;
        _lastDue = isDue ? operation : null;
        return isDue;
    }

    private void FailSync(SimulatedComputer computer, Operation operation)
    {
        int inode = operation.File!.Inode.Number;
        computer.Mutate(new Mutation(0, MutationKind.FailSync)
        {
            Path = operation.Path,
            Inode = inode,
            SyncFailure = plan.SyncFailure,
        });
        if (plan.SyncFailure == SyncFailure.ReportedLate)
        {
            _failsNextSync.Add(inode);
        }
        else
        {
            throw Error(operation, plan.ToString());
        }
    }

    private static IOException Error(Operation operation, string why) =>
        new($"{operation.Path}: simulated I/O error at byte {operation.Offset}: {why}", 5);
}
