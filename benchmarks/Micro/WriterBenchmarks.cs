using BenchmarkDotNet.Attributes;
using Quire.Benchmarks.Running;
using Quire.Storage;

namespace Quire.Benchmarks;

/// <summary>
/// A write transaction without a commit, W1 to W7, and the system calls in it: what it costs
/// besides the syncs. Nothing here waits for the disk.
/// </summary>
public class WriterBenchmarks
{
    private readonly BenchmarkFolder _folder = new();
    private readonly OsFileSystem _files = new();
    private PageFile _file = null!;
    private OsFile _plain = null!;
    private PageNumber _page;

    [GlobalSetup]
    public void Setup()
    {
        _file = PageFile.Open(_folder.File("a.quire"));
        using (WriteTransaction write = _file.BeginWrite())
        {
            _page = write.Allocate();
            write.Commit();
        }

        _plain = OsFile.Open(_folder.File("a.quire"), FileOpenMode.ReadOnly);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _plain.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }

    [Benchmark]
    public ulong Transaction_that_changes_nothing()
    {
        using WriteTransaction write = _file.BeginWrite();
        return write.Number.Value;
    }

    [Benchmark]
    public void Transaction_that_stages_a_page_and_rolls_back()
    {
        using WriteTransaction write = _file.BeginWrite();
        write.Write(_page)[0] = 1;
    }

    [Benchmark]
    public FileIdentity? Identity_of_a_path() => _files.TryIdentify(_plain.Path);

    [Benchmark]
    public long Length_of_an_open_file() => _plain.GetLength();
}
