namespace Quire.Fuzz;

/// <summary>
/// A disk in memory: named files, shared by any number of <see cref="MemoryProcess"/>es. Makes
/// thousands of opens a second possible, and deaths at every single operation.
/// </summary>
/// <remarks>
/// What a file holds is what the system's cache would hold: processes see each other's writes at
/// once and a killed process loses nothing. What was synced is kept apart, for
/// <see cref="CutPower"/>. Not for speed comparisons: one lock guards everything.
/// </remarks>
public sealed class MemoryDisk
{
    private readonly Dictionary<string, MemoryInode> _files = [];
    private readonly List<MemoryProcess> _processes = [];
    private ulong _nextNumber = 1;
    private int _processCount;

    internal Lock Mutex { get; } = new();

    /// <summary>How many bytes one file may have; writing past it finds the device full.</summary>
    public long CapacityBytes { get; set; } = 16L * 1024 * 1024;

    /// <summary>
    /// Whether unsynced writes are remembered, which <see cref="CutPower"/> needs.
    /// </summary>
    public bool TracksSyncs { get; init; }

    /// <summary>A process that sees this disk; its host is what an engine is opened with.</summary>
    public MemoryProcess StartProcess()
    {
        lock (Mutex)
        {
            var process = new MemoryProcess(this, ++_processCount);
            if (TracksSyncs)
            {
                _processes.Add(process);
            }

            return process;
        }
    }

    /// <summary>
    /// Makes or replaces a file; a replaced file is another file of the same name.
    /// </summary>
    public void Put(string path, ReadOnlySpan<byte> bytes)
    {
        lock (Mutex)
        {
            _files[path] = new MemoryInode(_nextNumber++, TracksSyncs, bytes);
        }
    }

    public void Remove(string path)
    {
        lock (Mutex)
        {
            _files.Remove(path);
        }
    }

    public bool Exists(string path) => Find(path) is not null;

    /// <summary>A copy of the bytes of a file.</summary>
    public byte[] Get(string path)
    {
        lock (Mutex)
        {
            return Find(path)?.Content().ToArray() ?? throw new FileNotFoundException(path);
        }
    }

    /// <summary>
    /// Power fails: all processes die, and of what was written to each file since its last sync
    /// any set of sectors is lost. Lengths shrink to the last byte that was kept.
    /// </summary>
    public void CutPower(Random random)
    {
        lock (Mutex)
        {
            foreach (MemoryProcess process in _processes)
            {
                process.Kill();
            }

            foreach (MemoryInode file in _files.Values)
            {
                file.LoseUnsynced(random);
            }
        }
    }

    internal MemoryInode? Find(string path)
    {
        lock (Mutex)
        {
            return _files.GetValueOrDefault(path);
        }
    }

    internal MemoryInode FindOrCreate(string path)
    {
        lock (Mutex)
        {
            if (!_files.TryGetValue(path, out MemoryInode? file))
            {
                file = new MemoryInode(_nextNumber++, TracksSyncs, []);
                _files.Add(path, file);
            }

            return file;
        }
    }
}
