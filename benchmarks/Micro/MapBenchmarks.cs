using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Quire.Benchmarks.Running;

namespace Quire.Benchmarks;

/// <summary>
/// Ordered maps of 100,000 records with 16-byte keys and 100-byte values in 4096-byte pages, all in
/// the cache; one thread. Beside them a dictionary in memory, which has neither pages nor
/// transactions: a floor, not a peer.
/// </summary>
public class MapBenchmarks
{
    private const int Records = 100_000;
    private const int Batch = 1000;
    private const string Loaded = "loaded";

    private readonly BenchmarkFolder _folder = new();
    private readonly SortedDictionary<byte[], byte[]> _floor = new(new ByteOrder());
    private readonly byte[][] _keys = new byte[Records][];
    private readonly byte[] _value = new byte[100];
    private PageFile _file = null!;
    private int _at;

    [GlobalSetup]
    public void Setup()
    {
        _file = PageFile.Open(
            _folder.File("maps.quire"), new PageFileOptions { CacheBytes = 256 << 20 });
        for (int i = 0; i < Records; i++)
        {
            _keys[i] = KeyOf(i);
            _floor.Add(_keys[i], _value);
        }

        using (WriteTransaction write = _file.BeginWrite())
        {
            Load(write.Map(Loaded));
            write.Commit();
        }

        new Random(1).Shuffle(_keys);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Lookups_in_one_transaction()
    {
        using ReadTransaction read = _file.BeginRead();
        MapReader map = read.Map(Loaded);
        int found = 0;
        for (int i = 0; i < Batch; i++)
        {
            found += map.TryGet(NextKey(), out ReadOnlySpan<byte> value) ? value.Length : 0;
        }

        return found;
    }

    [Benchmark]
    public int Transaction_of_one_lookup()
    {
        using ReadTransaction read = _file.BeginRead();
        return read.Map(Loaded).TryGet(NextKey(), out ReadOnlySpan<byte> value) ? value.Length : 0;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Lookups_in_a_dictionary()
    {
        int found = 0;
        for (int i = 0; i < Batch; i++)
        {
            found += _floor.TryGetValue(NextKey(), out byte[]? value) ? value.Length : 0;
        }

        return found;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public int Scan()
    {
        using ReadTransaction read = _file.BeginRead();
        int bytes = 0;
        foreach (MapEntry entry in read.Map(Loaded).Scan())
        {
            bytes += entry.Key.Length + entry.Value.Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public int Scan_backwards()
    {
        using ReadTransaction read = _file.BeginRead();
        int bytes = 0;
        foreach (MapEntry entry in read.Map(Loaded).Scan(new MapRange { IsReversed = true }))
        {
            bytes += entry.Key.Length + entry.Value.Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public int Scan_of_a_dictionary()
    {
        int bytes = 0;
        foreach ((byte[] key, byte[] value) in _floor)
        {
            bytes += key.Length + value.Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Bulk_load_without_the_commit()
    {
        using WriteTransaction write = _file.BeginWrite();
        return Load(write.Map("new"));
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Bulk_load_and_commit()
    {
        using WriteTransaction write = _file.BeginWrite();
        MapWriter map = write.Map("new");
        map.Clear();
        long count = Load(map);
        write.Commit();
        return count;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Replacing_puts_without_the_commit()
    {
        using WriteTransaction write = _file.BeginWrite();
        return PutBatch(write.Map(Loaded));
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Replacing_puts_and_commit()
    {
        using WriteTransaction write = _file.BeginWrite();
        int count = PutBatch(write.Map(Loaded));
        write.Commit();
        return count;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Puts_in_order_without_the_commit()
    {
        using WriteTransaction write = _file.BeginWrite();
        MapWriter map = write.Map("new in order");
        for (int i = 0; i < Records; i++)
        {
            map.Put(KeyOf(i), _value);
        }

        return map.Count;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Puts_in_any_order_without_the_commit()
    {
        using WriteTransaction write = _file.BeginWrite();
        MapWriter map = write.Map("new in any order");
        foreach (byte[] key in _keys)
        {
            map.Put(key, _value);
        }

        return map.Count;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Puts_in_any_order_into_a_dictionary()
    {
        var map = new SortedDictionary<byte[], byte[]>(new ByteOrder());
        foreach (byte[] key in _keys)
        {
            map[key] = _value;
        }

        return map.Count;
    }

    private long Load(MapWriter map)
    {
        using MapLoader loader = map.BeginLoad();
        Span<byte> key = stackalloc byte[16];
        for (int i = 0; i < Records; i++)
        {
            WriteKey(i, key);
            loader.Add(key, _value);
        }

        return loader.Complete();
    }

    private int PutBatch(MapWriter map)
    {
        int count = 0;
        for (int i = 0; i < Batch; i++)
        {
            count += map.Put(NextKey(), _value) ? 0 : 1;
        }

        return count;
    }

    private byte[] NextKey() => _keys[_at = _at + 1 < Records ? _at + 1 : 0];

    private static byte[] KeyOf(int i)
    {
        byte[] key = new byte[16];
        WriteKey(i, key);
        return key;
    }

    private static void WriteKey(int i, Span<byte> key)
    {
        key[..8].Fill((byte)'k');
        BinaryPrimitives.WriteInt64BigEndian(key[8..], i);
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
