namespace Quire.CrashLab;

/// <summary>Carries a plan out on one computer.</summary>
internal sealed class PlannedFaults(FaultPlan plan) : IFaults
{
    private readonly HashSet<int> _failsNextSync = [];
    private Operation? _lastDue;
    private Operation _current;
    private DamagedPlace? _damaged;
    private int _count;

    /// <summary>How often an operation failed because of the plan.</summary>
    public int Fired { get; private set; }

    public void Before(SimulatedProcess process, Operation operation)
    {
        _current = operation;
        if (operation.Kind == OperationKind.Sync
            && _failsNextSync.Remove(operation.File!.Inode.Number))
        {
            throw Error(operation, "the sync before this one failed");
        }

        MeetDamage(operation);
        if (!IsDue(operation))
        {
            return;
        }

        Fired++;
        switch (plan.Kind)
        {
            case FaultKind.LyingSync:
                break;
            case FaultKind.BitRot:
                _damaged = new DamagedPlace(operation.File!.Inode.Number, MiddleOf(operation), 1);
                break;
            case FaultKind.LatentReadError:
                long sector = operation.Offset / SectorContent.SectorBytes;
                _damaged = new DamagedPlace(
                    operation.File!.Inode.Number,
                    sector * SectorContent.SectorBytes,
                    SectorContent.SectorBytes);
                throw Error(operation, plan.ToString());
            case FaultKind.MisdirectedWrite:
                process.Computer.Mutate(operation.WrittenAt(Misdirected(operation)));
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
        _lastDue == operation
        && (plan.Kind is FaultKind.LyingSync or FaultKind.MisdirectedWrite
            || (plan.Kind == FaultKind.SyncError
                && plan.SyncFailure == SyncFailure.ReportedLate));

    public void Alter(Span<byte> bytes)
    {
        if (plan.Kind == FaultKind.BitRot && _damaged is { } damaged
            && damaged.Overlaps(_current.File!.Inode.Number, _current.Offset, bytes.Length))
        {
            bytes[(int)(damaged.Offset - _current.Offset)] ^= 0x10;
        }
    }

    public int Shorten(int count)
    {
        if (plan.Kind != FaultKind.ShortRead || count < 2)
        {
            return count;
        }

        _count++;
        if (!IsNth())
        {
            return count;
        }

        Fired++;
        return count / 2;
    }

    /// <summary>
    /// A damaged place stays damaged when it is read, and is whole again once written.
    /// </summary>
    private void MeetDamage(Operation operation)
    {
        bool isMet = _damaged is { } damaged
            && operation.Kind is OperationKind.Read or OperationKind.Write
            && damaged.Overlaps(operation.File!.Inode.Number, operation.Offset, operation.Length);
        if (!isMet)
        {
            return;
        }

        if (operation.Kind == OperationKind.Write)
        {
            _damaged = null;
        }
        else if (plan.Kind == FaultKind.LatentReadError)
        {
            throw Error(operation, plan.ToString());
        }
    }

    private bool IsDue(Operation operation)
    {
        bool matches = plan.Kind switch
        {
            FaultKind.ReadError => operation.Kind == OperationKind.Read,
            FaultKind.LatentReadError or FaultKind.BitRot =>
                operation.Kind == OperationKind.Read && ReadableBytes(operation) > 0,
            FaultKind.WriteError =>
                operation.Kind is OperationKind.Write or OperationKind.SetLength,
            FaultKind.PartialWriteError or FaultKind.MisdirectedWrite =>
                operation.Kind == OperationKind.Write,
            FaultKind.NoSpace =>
                operation.Kind is OperationKind.Write or OperationKind.SetLength
                && operation.Offset + operation.Length > operation.File!.Inode.Cached.Length,
            FaultKind.SyncError or FaultKind.LyingSync => operation.Kind == OperationKind.Sync,
            FaultKind.DirectorySyncError => operation.Kind == OperationKind.SyncDirectory,
            _ => false,
        };
        _count += matches ? 1 : 0;
        bool isDue = matches && IsNth();
        _lastDue = isDue ? operation : null;
        return isDue;
    }

    private bool IsNth() => plan.IsPersistent ? _count >= plan.Nth : _count == plan.Nth;

    private static long ReadableBytes(Operation read) =>
        Math.Min(read.Length, read.File!.Inode.Cached.Length - read.Offset);

    private static long MiddleOf(Operation read) => read.Offset + (ReadableBytes(read) / 2);

    private static long Misdirected(Operation write)
    {
        long distance = (long)SectorContent.SectorsFor(write.Length) * SectorContent.SectorBytes;
        return write.Offset >= distance ? write.Offset - distance : write.Offset + distance;
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

    private readonly record struct DamagedPlace(int Inode, long Offset, long Length)
    {
        public bool Overlaps(int inode, long offset, long length) => inode == Inode
            && offset < Offset + Length && Offset < offset + length;
    }
}
