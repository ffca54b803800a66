using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using Quire.Pager;

namespace Quire.Benchmarks;

/// <summary>The checksum of a page, as it is verified on each load; CRC-32 beside it.</summary>
public class ChecksumBenchmarks
{
    private static readonly PageNumber Number = new(7);

    private byte[] _page = null!;

    [Params(512, 4096, 65536)]
    public int PageSize { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _page = new byte[PageSize];
        PageFormat.Initialise(_page, Number, PageKind.Data);
        new Random(1).NextBytes(_page.AsSpan(PageFormat.HeaderBytes));
        PageFormat.Finish(_page, new TransactionNumber(1), seed: 1);
    }

    [Benchmark(Baseline = true)]
    public string? Check_of_a_page() => PageFormat.Check(_page, Number, seed: 1);

    [Benchmark]
    public void Finish_of_a_page() =>
        PageFormat.Finish(_page, new TransactionNumber(1), seed: 1);

    [Benchmark]
    public uint Crc32_of_a_page() => Crc32.HashToUInt32(_page);
}
