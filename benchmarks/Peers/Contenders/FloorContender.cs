using Microsoft.Win32.SafeHandles;
using Quire.Peers.Native;

namespace Quire.Peers.Contenders;

/// <summary>
/// No engine: a preallocated file of which 4096 bytes are overwritten and synced for each commit.
/// Nobody who keeps the same promise can be faster by more than luck.
/// </summary>
internal sealed class FloorContender : IContender
{
    public string Name => "floor";

    public ContenderKind Kind => ContenderKind.Floor;

    public Durability Durability => Durability.PowerCut;

    public string MainFile => "floor";

    public string? WhyMissing(string folder) =>
        OperatingSystem.IsLinux() ? null : "the floor is measured with fdatasync, on Linux only";

    public IStore Open(string folder, int cacheBytes = RecordBytes.CacheBytes) =>
        new FloorStore(Path.Combine(folder, MainFile));

    private sealed class FloorStore : IStore
    {
        private const int Blocks = 256;

        private readonly SafeFileHandle _file;
        private readonly byte[] _block = new byte[RecordBytes.PageSize];
        private readonly bool _isShared;
        private int _at;

        public FloorStore(string path)
        {
            // Not .NET's own way, which takes a flock itself and fails while a process counts.
            _file = PosixNative.OpenFile(path);
            if (RandomAccess.GetLength(_file) == 0)
            {
                RandomAccess.Write(_file, new byte[Blocks * RecordBytes.PageSize], 0);
                RandomAccess.FlushToDisk(_file);
            }
        }

        private FloorStore(FloorStore other)
        {
            _file = other._file;
            _isShared = true;
            _at = Random.Shared.Next(Blocks);
        }

        public void Load(int count)
        {
        }

        public void Commit(ReadOnlySpan<int> records, long version)
        {
            _at = (_at + 1) % Blocks;
            _block.AsSpan().Fill((byte)version);
            RandomAccess.Write(_file, _block, (long)_at * RecordBytes.PageSize);
            Check(PosixNative.FDataSync(_file));
        }

        public void CommitStaged(
            IReadOnlyList<int[]> batches, long version, Action<int> staged) =>
            throw new NotSupportedException("The floor stages nothing.");

        public void ReadVersions(int first, Span<long> versions) =>
            throw new NotSupportedException("The floor has no records.");

        /// <summary>One block at a time in all processes, in the order of a kernel lock.</summary>
        public long Increment()
        {
            Check(PosixNative.FLock(_file, PosixNative.LockExclusive));
            RandomAccess.Read(_file, _block.AsSpan(0, 8), 0);
            long next = BitConverter.ToInt64(_block) + 1;
            BitConverter.TryWriteBytes(_block, next);
            RandomAccess.Write(_file, _block, 0);
            Check(PosixNative.FDataSync(_file));
            Check(PosixNative.FLock(_file, PosixNative.Unlock));
            return next;
        }

        public long LookUpEach(ReadOnlySpan<int> records)
        {
            RandomAccess.Read(_file, _block, 0);
            return records.Length;
        }

        public long LookUpTogether(ReadOnlySpan<int> records) => LookUpEach(records);

        public int Scan() => throw new NotSupportedException("The floor has no records.");

        public IStore Share() => new FloorStore(this);

        public void Dispose()
        {
            if (!_isShared)
            {
                _file.Dispose();
            }
        }

        private static void Check(int result)
        {
            if (result != 0)
            {
                throw new IOException($"The call failed with error " +
                    $"{System.Runtime.InteropServices.Marshal.GetLastPInvokeError()}.");
            }
        }
    }
}
