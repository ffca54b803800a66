using BenchmarkDotNet.Attributes;
using Quire.Benchmarks.Running;
using Quire.Collections;

namespace Quire.Benchmarks;

/// <summary>
/// The search within one node of a map, by the heads in its slots, and beside it a plain binary
/// search that looks at the key of each entry it passes. Keys are 16 random bytes.
/// </summary>
public class NodeBenchmarks
{
    private const int Searches = 1024;

    private readonly BenchmarkFolder _folder = new();
    private readonly byte[][] _keys = new byte[Searches][];
    private PageFile _file = null!;
    private PageNumber _root;

    /// <summary>How many records: 30 are one leaf, 3000 have an inner root.</summary>
    [Params(30, 3000)]
    public int Records { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _file = PageFile.Open(_folder.File("node.quire"));
        var random = new Random(1);
        for (int i = 0; i < Searches; i++)
        {
            _keys[i] = new byte[16];
            random.NextBytes(_keys[i]);
        }

        using WriteTransaction write = _file.BeginWrite();
        MapWriter map = write.Map("m");
        for (int i = 0; i < Records; i++)
        {
            byte[] key = new byte[16];
            random.NextBytes(key);
            map.Put(key, new byte[100]);
        }

        _root = write.ListMaps()[0].Root;
        write.Commit();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Searches)]
    public int Search_by_heads()
    {
        using ReadTransaction read = _file.BeginRead();
        Node node = Node.Open(new PageSource(read), _root, _root, -1);
        int sum = 0;
        foreach (byte[] key in _keys)
        {
            sum += node.Find(key, out _);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Searches)]
    public int Search_by_whole_keys()
    {
        using ReadTransaction read = _file.BeginRead();
        Node node = Node.Open(new PageSource(read), _root, _root, -1);
        int sum = 0;
        foreach (byte[] key in _keys)
        {
            sum += FindByKeys(node, key);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Searches)]
    public int Open_the_node()
    {
        using ReadTransaction read = _file.BeginRead();
        var pages = new PageSource(read);
        int sum = 0;
        for (int i = 0; i < Searches; i++)
        {
            sum += Node.Open(pages, _root, _root, -1).Count;
        }

        return sum;
    }

    private static int FindByKeys(in Node node, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = node.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (node.SuffixOf(middle).SequenceCompareTo(key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
