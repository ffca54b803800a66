using BenchmarkDotNet.Attributes;
using Quire.Benchmarks.Running;
using Quire.Storage;

namespace Quire.Benchmarks;

/// <summary>
/// A durable commit of some changed pages of 4096 bytes, classic and sealed, and the floors: the
/// cheapest that the disk allows.
/// </summary>
/// <remarks>
/// <code>
///   floor of 1 sync       overwrite 4096 bytes, sync
///   floor of 4 syncs      that, four times: a classic commit has four syncs
///   the same by hand      the writes and syncs of C1 to C9 with the same sizes, without an engine
/// </code>
/// </remarks>
[InvocationCount(32, unrollFactor: 1)]
[WarmupCount(2)]
[IterationCount(31)]
public class CommitBenchmarks
{
    private const int PageSize = 4096;
    private const int FrameBytes = PageSize + 40;

    private readonly BenchmarkFolder _folder = new();
    private readonly byte[] _zeros = new byte[40];
    private readonly byte[] _sector = new byte[512];
    private byte[] _frames = null!;
    private PageFile _classic = null!;
    private PageFile _sealed = null!;
    private OsFile _plainMain = null!;
    private OsFile _plainJournal = null!;
    private PageNumber[] _pages = null!;
    private byte _stamp;

    [Params(1, 8, 64)]
    public int Pages { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _classic = Create(CommitProtocol.Classic);
        _sealed = Create(CommitProtocol.Sealed);
        _frames = new byte[(Pages * FrameBytes) + 40];
        _plainMain = OsFile.Open(_folder.File("main"), FileOpenMode.CreateNew);
        _plainMain.Write(0, new byte[(4 * Pages * PageSize) + (2 * PageSize)]);
        _plainMain.Sync();
        _plainJournal = OsFile.Open(_folder.File("journal"), FileOpenMode.CreateNew);
        _plainJournal.Write(0, new byte[4096 + (((_frames.Length / 65536) + 1) * 65536)]);
        _plainJournal.Sync();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _plainJournal.Dispose();
        _plainMain.Dispose();
        _sealed.Dispose();
        _classic.Dispose();
        _folder.Dispose();
    }

    [IterationSetup]
    public void WaitForAQuietDisk() => FlushProbe.WaitForQuiet(Group(), _folder.Path);

    [IterationCleanup]
    public void ProbeTheFlush() => FlushProbe.Probe(Group(), _folder.Path);

    [Benchmark]
    public void Floor_of_1_sync()
    {
        _plainMain.Write(0, _frames.AsSpan(0, PageSize));
        _plainMain.Sync();
    }

    [Benchmark(Baseline = true)]
    public void Floor_of_4_syncs()
    {
        for (int i = 0; i < 4; i++)
        {
            _plainMain.Write(0, _frames.AsSpan(0, PageSize));
            _plainMain.Sync();
        }
    }

    [Benchmark]
    public void The_same_writes_and_syncs_by_hand()
    {
        _plainJournal.Write(4096, _frames);
        _plainJournal.Sync();
        _plainMain.Write(512, _sector);
        _plainMain.Sync();
        for (int i = 0; i < Pages; i++)
        {
            _plainMain.Write((2 + (4L * i)) * PageSize, _frames.AsSpan(0, PageSize));
        }

        _plainMain.Sync();
        _plainMain.Write(512, _sector);
        _plainMain.Sync();
        _plainJournal.Write(4096, _zeros);
    }

    [Benchmark]
    public void Classic_commit() => Commit(_classic);

    [Benchmark]
    public void Sealed_commit() => Commit(_sealed);

    private PageFile Create(CommitProtocol protocol)
    {
        PageFile file = PageFile.Open(
            _folder.File($"{protocol}.quire"), new PageFileOptions { Protocol = protocol });
        using WriteTransaction write = file.BeginWrite();

        // Scattered: every fourth page of the file is one that is changed.
        _pages = [.. Enumerable.Range(0, Pages * 4)
            .Select(_ => write.Allocate())
            .Where((_, i) => i % 4 == 0)];
        write.Commit();
        return file;
    }

    private void Commit(PageFile file)
    {
        _stamp++;
        using WriteTransaction write = file.BeginWrite();
        foreach (PageNumber page in _pages)
        {
            write.Write(page)[0] = _stamp;
        }

        write.Commit();
    }

    private string Group() => $"{nameof(CommitBenchmarks)}/{Pages}";
}
