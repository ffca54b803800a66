using BenchmarkDotNet.Attributes;
using Quire.Pager;

namespace Quire.Benchmarks;

/// <summary>The pure parts of a transaction's start and of a lookup: no system call.</summary>
public class FormatBenchmarks
{
    private const int MapBits = (4096 - PageFormat.HeaderBytes) * 8;

    private static readonly PageNumber Cached = new(4321);
    private static readonly PageNumber NotCached = new(4322);

    private readonly byte[] _sectors = new byte[MainFormat.SectorsBytes];
    private readonly byte[] _map = new byte[MapBits / 8];
    private readonly PageCache _cache = new(32 * 1024 * 1024, 4096);

    [GlobalSetup]
    public void Setup()
    {
        var id = Guid.NewGuid();
        new FileHeader
        {
            PageSize = 4096,
            Protocol = CommitProtocol.Classic,
            PageCount = 2,
            FreeHint = 2,
            FileId = id,
        }.WriteTo(_sectors);
        new MarkerSector(default, new TransactionNumber(1), 1, id)
            .WriteTo(_sectors.AsSpan((int)MainFormat.MarkerOffset));

        // All in use but the last page of the stretch: the longest search.
        _map.AsSpan().Fill(0xFF);
        AllocationMap.Clear(_map, MapBits - 1);

        _cache.Revalidate(new TransactionNumber(1));
        for (uint page = 2; page < 4322; page++)
        {
            _cache.Add(new PageNumber(page), new byte[8], new TransactionNumber(1));
        }
    }

    [Benchmark]
    public bool Parse_of_the_marker() =>
        MarkerSector.TryRead(_sectors.AsSpan((int)MainFormat.MarkerOffset), out _);

    [Benchmark]
    public bool Parse_of_the_header() => FileHeader.TryRead(_sectors, out _) is null;

    [Benchmark]
    public byte[]? Find_in_the_cache() => _cache.Find(Cached);

    [Benchmark]
    public byte[]? Find_what_is_not_in_the_cache() => _cache.Find(NotCached);

    [Benchmark]
    public int Find_a_free_page_at_the_end_of_a_map() => AllocationMap.FindClear(_map, 0, MapBits);

    [Benchmark]
    public int Find_a_free_page_at_once() =>
        AllocationMap.FindClear(_map, MapBits - 1, MapBits);
}
