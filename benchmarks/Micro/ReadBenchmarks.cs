using BenchmarkDotNet.Attributes;
using Quire.Benchmarks.Running;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Benchmarks;

/// <summary>
/// Read transactions of one thread, nobody else there. Beside them the system calls that the
/// protocol needs for one (R2, R3, R7), made by hand: what is above that is the engine's own.
/// </summary>
public class ReadBenchmarks
{
    private const int Pages = 4096;

    private readonly BenchmarkFolder _folder = new();
    private PageFile _file = null!;
    private PageFile _uncached = null!;
    private OsFile _plain = null!;
    private IByteRangeLocks _locks = null!;
    private PageNumber _first;
    private uint _next;

    [GlobalSetup]
    public void Setup()
    {
        string path = _folder.File("a.quire");
        _file = PageFile.Open(path);
        using (WriteTransaction write = _file.BeginWrite())
        {
            _first = write.Allocate();
            for (int i = 1; i < Pages; i++)
            {
                write.Allocate();
            }

            write.Commit();
        }

        // The smallest cache there is holds 8 pages: the map page stays, a data page never does.
        _uncached = PageFile.Open(path, new PageFileOptions { CacheBytes = 0 });
        _plain = OsFile.Open(path, FileOpenMode.ReadWrite);
        _locks = new OsLockSystem(new OperatingSystemHostOptions()).LocksOf(_plain);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _plain.Dispose();
        _uncached.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }

    [Benchmark(Baseline = true)]
    public int System_calls_of_a_transaction()
    {
        Span<byte> sectors = stackalloc byte[1024];
        _locks.IsRefused(LockBytes.RangeOf(LockName.Gate), LockMode.Shared);
        _locks.TryAcquire(LockBytes.RangeOf(LockName.Main), LockMode.Shared);
        int length = _plain.Read(0, sectors);
        _locks.Release(LockBytes.RangeOf(LockName.Main));
        return length;
    }

    [Benchmark]
    public ulong Transaction_that_reads_nothing()
    {
        using ReadTransaction read = _file.BeginRead();
        return read.Number.Value;
    }

    [Benchmark]
    public int Transaction_that_reads_a_cached_page()
    {
        using ReadTransaction read = _file.BeginRead();
        return read.Read(_first)[0];
    }

    [Benchmark]
    public int Transaction_that_reads_a_page_from_the_file()
    {
        using ReadTransaction read = _uncached.BeginRead();
        return read.Read(NextPage())[0];
    }

    [Benchmark]
    public int Plain_read_of_a_page()
    {
        Span<byte> page = stackalloc byte[4096];
        return _plain.Read((long)NextPage().Value * 4096, page);
    }

    [Benchmark]
    public int Open_read_a_page_and_close()
    {
        using PageFile file = PageFile.Open(_plain.Path);
        using ReadTransaction read = file.BeginRead();
        return read.Read(_first)[0];
    }

    private PageNumber NextPage() => new(_first.Value + (_next++ % Pages));
}
