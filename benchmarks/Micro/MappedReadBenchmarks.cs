using System.IO.MemoryMappedFiles;
using BenchmarkDotNet.Attributes;
using Quire.Benchmarks.Running;
using Quire.Storage;

namespace Quire.Benchmarks;

/// <summary>
/// What reading through a mapping of the file would save. It is not done: a file that somebody cuts
/// ends a process that has mapped it (a test shows that), and C8E cuts files.
/// </summary>
/// <remarks>
/// A page that is not in the cache is read, and its checksum verified, once, and has to be copied
/// even from a mapping: the next commit overwrites what is mapped.
/// </remarks>
public unsafe class MappedReadBenchmarks
{
    private const int Pages = 4096;
    private const int PageBytes = 4096;

    private readonly BenchmarkFolder _folder = new();
    private readonly byte[] _page = new byte[PageBytes];
    private OsFile _file = null!;
    private MemoryMappedFile _mapping = null!;
    private MemoryMappedViewAccessor _view = null!;
    private byte* _mapped;
    private uint _random = 1;

    [GlobalSetup]
    public void Setup()
    {
        string path = _folder.File("mapped");
        _file = OsFile.Open(path, FileOpenMode.OpenOrCreate);
        for (int i = 0; i < Pages; i++)
        {
            _file.Write((long)i * PageBytes, _page);
        }

        _mapping = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite),
            null,
            0,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: false);
        _view = _mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _mapped);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }

    [Benchmark(Baseline = true)]
    public byte Page_by_a_system_call()
    {
        _file.Read(NextOffset(), _page);
        return _page[17];
    }

    [Benchmark]
    public byte Page_copied_from_the_mapping()
    {
        Mapped(NextOffset(), PageBytes).CopyTo(_page);
        return _page[17];
    }

    [Benchmark]
    public byte Page_looked_at_in_the_mapping() => Mapped(NextOffset(), PageBytes)[17];

    [Benchmark]
    public byte Sectors_by_a_system_call()
    {
        Span<byte> sectors = stackalloc byte[1024];
        _file.Read(0, sectors);
        return sectors[512];
    }

    [Benchmark]
    public byte Sectors_copied_from_the_mapping()
    {
        Span<byte> sectors = stackalloc byte[1024];
        Mapped(0, sectors.Length).CopyTo(sectors);
        return sectors[512];
    }

    private ReadOnlySpan<byte> Mapped(long offset, int length) => new(_mapped + offset, length);

    private long NextOffset()
    {
        _random = (_random * 1_664_525) + 1_013_904_223;
        return (long)(_random >> 20) * PageBytes;
    }
}
