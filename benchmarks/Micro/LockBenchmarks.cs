using System.Runtime.Versioning;
using BenchmarkDotNet.Attributes;
using Quire.Benchmarks.Running;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Benchmarks;

/// <summary>
/// One byte-range lock, on its own: what every step that locks is made of. Beside it the base
/// library's <see cref="FileStream.Lock"/>, which is exclusive only and belongs to the process.
/// </summary>
public class LockBenchmarks
{
    private static readonly LockRange Main = LockBytes.RangeOf(LockName.Main);
    private static readonly LockRange Gate = LockBytes.RangeOf(LockName.Gate);
    private static readonly LockRange HeldByOther = LockBytes.RangeOf(LockName.Presence);

    private readonly BenchmarkFolder _folder = new();
    private OsFile _file = null!;
    private OsFile _other = null!;
    private FileStream _stream = null!;
    private IByteRangeLocks _locks = null!;

    [GlobalSetup]
    public void Setup()
    {
        _file = OsFile.Open(_folder.File("locked"), FileOpenMode.OpenOrCreate);
        _other = OsFile.Open(_folder.File("locked"), FileOpenMode.ReadWrite);
        _stream = new FileStream(
            _folder.File("stream"), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        var system = new OsLockSystem(new OperatingSystemHostOptions());
        _locks = system.LocksOf(_file);
        system.LocksOf(_other).TryAcquire(HeldByOther, LockMode.Exclusive);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _stream.Dispose();
        _other.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }

    [Benchmark(Baseline = true)]
    public bool Lock_and_unlock_exclusive()
    {
        bool granted = _locks.TryAcquire(Main, LockMode.Exclusive);
        _locks.Release(Main);
        return granted;
    }

    [Benchmark]
    public bool Lock_and_unlock_shared()
    {
        bool granted = _locks.TryAcquire(Main, LockMode.Shared);
        _locks.Release(Main);
        return granted;
    }

    [Benchmark]
    [UnsupportedOSPlatform("macos")]
    public void FileStream_lock_and_unlock()
    {
        _stream.Lock(Main.Offset, Main.Length);
        _stream.Unlock(Main.Offset, Main.Length);
    }

    [Benchmark]
    public bool Probe_of_a_free_gate() => _locks.IsRefused(Gate, LockMode.Shared);

    [Benchmark]
    public bool Try_that_is_refused() => _locks.TryAcquire(HeldByOther, LockMode.Exclusive);
}
