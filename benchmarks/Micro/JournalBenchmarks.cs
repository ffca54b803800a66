using BenchmarkDotNet.Attributes;
using Quire.Benchmarks.Running;
using Quire.Journal;
using Quire.Storage;

namespace Quire.Benchmarks;

/// <summary>
/// The scan of a journal, from the system's cache: empty at the start of every writer, sealed in
/// recovery.
/// </summary>
public class JournalBenchmarks
{
    private const int PageSize = 4096;

    private readonly BenchmarkFolder _folder = new();
    private readonly Guid _id = Guid.NewGuid();
    private OsFile _journal = null!;

    /// <summary>0 for a journal without a transaction.</summary>
    [Params(0, 8, 1000)]
    public int Frames { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _journal = OsFile.Open(_folder.File("journal"), FileOpenMode.CreateNew);
        var header = new JournalHeader(_id, PageSize, Salt: 1, default);
        var writer = new JournalWriter(_journal, PageSize, long.MaxValue);
        writer.Create(header);
        if (Frames > 0)
        {
            byte[] page = new byte[PageSize];
            writer.Begin(header, new TransactionNumber(1));
            for (uint i = 0; i < Frames; i++)
            {
                writer.Append(FrameKind.Page, new PageNumber(i + 2), page);
            }

            writer.Seal();
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _journal.Dispose();
        _folder.Dispose();
    }

    [Benchmark]
    public object Scan_of_a_journal() => JournalScan.Read(_journal, _id, PageSize);
}
