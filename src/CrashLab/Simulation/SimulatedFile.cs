using System.IO.Hashing;
using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>A file that a simulated process has open.</summary>
internal sealed class SimulatedFile(
    SimulatedProcess process, SimulatedInode inode, string path, bool canWrite)
    : IStorageFile, IByteRangeLocks
{
    /// <summary>ERROR_LOCK_VIOLATION as an HResult.</summary>
    private const int LockViolation = unchecked((int)0x80070021);

    private bool _isClosed;

    public SimulatedInode Inode => inode;

    public SimulatedProcess Process => process;

    /// <inheritdoc/>
    public string Path => path;

    /// <inheritdoc/>
    public bool CanWrite => canWrite;

    /// <inheritdoc/>
    public FileIdentity Identity => SimulatedProcess.IdentityOf(inode);

    public IByteRangeLocks Locks => this;

    /// <inheritdoc/>
    public LockCapabilities Capabilities => Table.Rules == LockRules.Windows
        ? LockCapabilities.Shared
        : LockCapabilities.Shared | LockCapabilities.Probe | LockCapabilities.AtomicConversion;

    private LockTable Table => process.Computer.Locks;

    /// <inheritdoc/>
    public long GetLength() =>
        Do(OperationKind.GetLength, this, static file => file.Inode.Cached.Length);

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> buffer) => Do(
        OperationKind.Read,
        new ReadRequest(this, offset, buffer),
        static read => read.File.ReadNow(read.Offset, read.Buffer),
        offset,
        buffer.Length);

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        EnsureCanWrite();

        // Whoever keeps changes needs the bytes for longer than the caller lends them.
        SimulatedComputer computer = process.Computer;
        byte[] copy = computer.KeepsMutations || computer.TracksHistory ? bytes.ToArray() : [];
        Do(
            OperationKind.Write,
            new WriteRequest(this, offset, bytes, copy),
            static write => write.File.WriteNow(write),
            offset,
            bytes.Length,
            bytes: copy);
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        EnsureCanWrite();
        Do(
            OperationKind.SetLength,
            (File: this, Length: length),
            static change => change.File.Change(MutationKind.SetLength, change.Length),
            0,
            length);
    }

    /// <inheritdoc/>
    public void Sync()
    {
        EnsureCanWrite();
        Do(OperationKind.Sync, this, static file => file.Change(MutationKind.Sync, 0));
    }

    /// <inheritdoc/>
    public bool TryAcquire(LockRange range, LockMode mode)
    {
        if (mode == LockMode.Exclusive && !canWrite)
        {
            throw new InvalidOperationException($"{path}: is open for reading only.");
        }

        if (Table.Rules != LockRules.Windows || Table.ModeOf(this, range) is not { } held)
        {
            return TryLock(range, mode);
        }

        if (held == mode)
        {
            return true;
        }

        if (mode == LockMode.Shared)
        {
            // Shared over the own exclusive lock, and the first unlock drops the exclusive one.
            bool isDowngraded = TryLock(range, mode);
            Release(range);
            return isDowngraded;
        }

        // Between the two calls nothing is held, as on Windows.
        Release(range);
        if (TryLock(range, mode))
        {
            return true;
        }

        return TryLock(range, LockMode.Shared)
            ? false
            : throw new IOException(
                $"{path}: the shared lock at byte {range.Offset} was lost while upgrading it",
                LockViolation);
    }

    /// <inheritdoc/>
    public void Release(LockRange range) => Do(
        OperationKind.Unlock,
        (File: this, Range: range),
        static unlock =>
        {
            unlock.File.Table.Release(unlock.File, unlock.Range);
            return true;
        },
        range.Offset,
        range.Length);

    /// <inheritdoc/>
    public bool IsRefused(LockRange range, LockMode mode)
    {
        if (Table.Rules == LockRules.Windows)
        {
            throw new NotSupportedException("Windows has no query for byte-range locks.");
        }

        return Do(
            OperationKind.Probe,
            (File: this, Range: range, Mode: mode),
            static probe => !probe.File.WouldBeGranted(probe.Range, probe.Mode),
            range.Offset,
            range.Length,
            mode);
    }

    /// <inheritdoc/>
    public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost) => Do(
        OperationKind.Wait,
        (process.Clock, Time: atMost),
        static wait =>
        {
            wait.Clock.Advance(wait.Time);
            return true;
        },
        range.Offset,
        range.Length,
        mode);

    /// <inheritdoc/>
    public IReadOnlyList<LockHolder> FindHolders(LockRange range)
    {
        LockHolder[] holders =
        [
            .. Table.Held
                .Where(held => held.Owner != this
                    && held.Owner.Inode == inode
                    && LockTable.Overlap(held.Range, range))
                .Select(held => new LockHolder(
                    held.Owner.Process.Number, held.Owner.Process.Name, held.Mode, held.Range)),
        ];

        // Not an operation, so that a message can name holders without another step in every
        // schedule; but what a program has seen is part of its state.
        if (process.Computer.TracksHistory)
        {
            process.RememberHolders(holders);
        }

        return holders;
    }

    /// <summary>Whether a request of this open file would be granted now.</summary>
    public bool WouldBeGranted(LockRange range, LockMode mode) =>
        Table.Conflict(this, range, mode) is null;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isClosed || process.IsKilled)
        {
            return;
        }

        Do(OperationKind.Close, this, static file =>
        {
            file._isClosed = true;
            file.Table.Close(file);
            file.Process.OpenFiles.Remove(file);
            return true;
        });
    }

    private T Do<TState, T>(
        OperationKind kind,
        TState state,
        Func<TState, T> perform,
        long offset = 0,
        long length = 0,
        LockMode mode = LockMode.Shared,
        ReadOnlyMemory<byte> bytes = default)
        where TState : allows ref struct
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var operation = new Operation(
            process.Number, kind, path, offset, length, mode, File: this) { Bytes = bytes };
        return process.Computer.Perform(process, operation, state, perform);
    }

    private void EnsureCanWrite()
    {
        if (!canWrite)
        {
            throw new InvalidOperationException($"{path}: is open for reading only.");
        }
    }

    private bool TryLock(LockRange range, LockMode mode) => Do(
        OperationKind.TryLock,
        (File: this, Range: range, Mode: mode),
        static wanted => wanted.File.Table.TryAcquire(wanted.File, wanted.Range, wanted.Mode),
        range.Offset,
        range.Length,
        mode);

    private int ReadNow(long offset, Span<byte> buffer)
    {
        EnsureNoObstacle(offset, buffer.Length, writes: false);
        int count = inode.Cached.Read(offset, buffer);
        SimulatedComputer computer = process.Computer;
        computer.Faults?.Alter(buffer[..count]);
        if (computer.TracksHistory)
        {
            process.RememberBytes(XxHash128.HashToUInt128(buffer[..count]));
        }

        return count;
    }

    private bool WriteNow(WriteRequest write)
    {
        EnsureNoObstacle(write.Offset, write.Bytes.Length, writes: true);
        SimulatedComputer computer = process.Computer;
        computer.EnsureRoom(inode, path, write.Offset + write.Bytes.Length);
        if (computer.KeepsMutations)
        {
            computer.Mutate(new Mutation(0, MutationKind.Write)
            {
                Path = path,
                Inode = inode.Number,
                Offset = write.Offset,
                Bytes = write.Copy,
            });
        }
        else
        {
            computer.MutateUnrecorded(inode, write.Offset, write.Bytes);
        }

        return true;
    }

    private bool Change(MutationKind kind, long length)
    {
        process.Computer.EnsureRoom(inode, path, length);
        process.Computer.Mutate(new Mutation(0, kind)
        {
            Path = path,
            Inode = inode.Number,
            Offset = length,
        });
        return true;
    }

    /// <summary>Windows: a lock of another handle refuses the bytes.</summary>
    private void EnsureNoObstacle(long offset, int length, bool writes)
    {
        if (Table.Obstacle(this, new LockRange(offset, length), writes) is { } obstacle)
        {
            throw new IOException(
                $"{path}: {obstacle.Owner.Process.Name} has locked bytes {obstacle.Range.Offset} to " +
                $"{obstacle.Range.Offset + obstacle.Range.Length - 1}",
                LockViolation);
        }
    }

    private readonly ref struct ReadRequest(SimulatedFile file, long offset, Span<byte> buffer)
    {
        public SimulatedFile File { get; } = file;

        public long Offset { get; } = offset;

        public Span<byte> Buffer { get; } = buffer;
    }

    private readonly ref struct WriteRequest(
        SimulatedFile file, long offset, ReadOnlySpan<byte> bytes, byte[] copy)
    {
        public SimulatedFile File { get; } = file;

        public long Offset { get; } = offset;

        public ReadOnlySpan<byte> Bytes { get; } = bytes;

        public byte[] Copy { get; } = copy;
    }
}
