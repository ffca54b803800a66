using BenchmarkDotNet.Attributes;
using Quire.Pager;

namespace Quire.Benchmarks;

/// <summary>The pure parts of a transaction's start and of a lookup: no system call.</summary>
public class FormatBenchmarks
{
    private const int MapBits = (4096 - PageFormat.HeaderBytes) * 8;

    private const uint Lookups = 4096;
    private const uint FirstCached = 2;
    private const uint FirstNotCached = FirstCached + Lookups;

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
        for (uint page = FirstCached; page < FirstNotCached; page++)
        {
            _cache.Add(new PageNumber(page), new byte[8], new TransactionNumber(1));
        }
    }

    [Benchmark]
    public bool Parse_of_the_marker() =>
        MarkerSector.TryRead(_sectors.AsSpan((int)MainFormat.MarkerOffset), out _);

    [Benchmark]
    public bool Parse_of_the_header() => FileHeader.TryRead(_sectors, out _) is null;

    [Benchmark(OperationsPerInvoke = (int)Lookups)]
    public int Find_in_the_cache() => CountFound(FirstCached);

    [Benchmark(OperationsPerInvoke = (int)Lookups)]
    public int Find_what_is_not_in_the_cache() => CountFound(FirstNotCached);

    [Benchmark]
    public int Find_a_free_page_at_the_end_of_a_map() => AllocationMap.FindClear(_map, 0, MapBits);

    [Benchmark]
    public int Find_a_free_page_at_once() =>
        AllocationMap.FindClear(_map, MapBits - 1, MapBits);

    private int CountFound(uint first)
    {
        int found = 0;
        for (uint page = first; page < first + Lookups; page++)
        {
            found += _cache.Find(new PageNumber(page)) is null ? 0 : 1;
        }

        return found;
    }
}
