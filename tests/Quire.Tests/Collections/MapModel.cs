using Xunit;

namespace Quire.Tests.Collections;

/// <summary>How the keys of a run look.</summary>
public enum KeyShape
{
    /// <summary>Any length, few different bytes: many share beginnings or are beginnings.</summary>
    Dense,

    /// <summary>Any bytes, short.</summary>
    Random,

    /// <summary>A long common beginning, then a number.</summary>
    Prefixed,

    /// <summary>As long as keys may be.</summary>
    Longest,

    /// <summary>Very short or as long as they may be.</summary>
    Mixed,
}

/// <summary>
/// Random operations on a map and on a sorted list, compared after each and, with everything else,
/// after commits, rollbacks, reopenings and power cuts.
/// </summary>
internal sealed class MapModel : IDisposable
{
    private const string Name = "model";

    private readonly MapFile _file;
    private readonly Random _random;
    private readonly KeyShape _shape;
    private readonly int _maxKey;
    private SortedList<byte[], byte[]> _committed = new(ByteOrder.Instance);
    private SortedList<byte[], byte[]> _staged = new(ByteOrder.Instance);
    private WriteTransaction? _write;
    private MapWriter _map;
    private bool _isGrowing = true;

    public MapModel(int pageSize, KeyShape shape, int seed, long stagingBytes)
    {
        _file = new MapFile(pageSize, stagingBytes);
        _random = new Random(seed);
        _shape = shape;
        using WriteTransaction write = _file.File.BeginWrite();
        _maxKey = write.Map(Name).MaxKeyBytes;
        write.Commit();
    }

    /// <summary>How many operations were compared.</summary>
    public long Operations { get; private set; }

    public void Run(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            Step();
        }

        Commit();
        _file.Reopen();
        CheckAll();
    }

    public void Dispose()
    {
        _write?.Dispose();
        _file.Dispose();
    }

    private void Step()
    {
        Operations++;
        if (_write is null)
        {
            _write = _file.File.BeginWrite();
            _map = _write.Value.Map(Name);
        }

        // Grows for a while, then shrinks, so that nodes split and merge on all levels.
        _isGrowing = _staged.Count < 20 || (_staged.Count < 1500 && _isGrowing);
        int kind = _random.Next(1000);
        switch (kind)
        {
            case < 500:
                PutOrDelete(_random.Next(10) < (_isGrowing ? 8 : 2));
                break;
            case < 560:
                TryAdd();
                break;
            case < 760:
                Look();
                break;
            case < 960:
                Walk();
                break;
            case < 985:
                Commit();
                break;
            case < 990:
                RollBack();
                break;
            case < 994:
                RollBack();
                _file.CutPower(_random);
                CheckAll();
                break;
            case < 995 when _random.Next(8) == 0:
                _map.Clear();
                _staged.Clear();
                break;
            default:
                Commit();
                _file.Reopen();
                CheckAll();
                break;
        }
    }

    private void PutOrDelete(bool puts)
    {
        byte[] key = AnyKey();
        if (puts)
        {
            byte[] value = AnyValue();
            Assert.Equal(!_staged.ContainsKey(key), _map.Put(key, value));
            _staged[key] = value;
        }
        else
        {
            if (_staged.Count > 0 && _random.Next(4) != 0)
            {
                key = _staged.Keys[_random.Next(_staged.Count)];
            }

            Assert.Equal(_staged.Remove(key), _map.Delete(key));
        }

        Assert.Equal(_staged.Count, _map.Count);
    }

    private void TryAdd()
    {
        byte[] key = AnyKey();
        byte[] value = AnyValue();
        Assert.Equal(_staged.TryAdd(key, value), _map.TryAdd(key, value));
    }

    private void Look()
    {
        byte[] key = AnyKey();
        bool isThere = _staged.TryGetValue(key, out byte[]? expected);
        Assert.Equal(isThere, _map.TryGet(key, out ReadOnlySpan<byte> value));
        if (isThere)
        {
            Assert.Equal(expected, value);
            Assert.True(_map.TryGetStream(key, out Stream? stream));
            byte[] read = new byte[expected!.Length];
            stream.ReadExactly(read);
            Assert.Equal(expected, read);
        }
    }

    /// <summary>Places a cursor anywhere and takes some steps, with a turn.</summary>
    private void Walk()
    {
        MapCursor cursor = _map.OpenCursor();
        byte[] key = AnyKey();
        int at = FirstAtLeast(key);
        bool isExact = at < _staged.Count && _staged.Keys[at].AsSpan().SequenceEqual(key);
        bool isPlaced;
        switch (_random.Next(5))
        {
            case 0:
                isPlaced = cursor.MoveFirst();
                at = 0;
                break;
            case 1:
                isPlaced = cursor.MoveLast();
                at = _staged.Count - 1;
                break;
            case 2:
                isPlaced = cursor.Seek(key);
                break;
            case 3:
                isPlaced = cursor.SeekAtMost(key);
                at -= isExact ? 0 : 1;
                break;
            default:
                isPlaced = cursor.SeekBelow(key);
                at--;
                break;
        }

        int turn = _random.Next(12);
        bool isBackward = _random.Next(2) == 0;
        for (int step = 0; step < 16; step++)
        {
            bool isExpected = at >= 0 && at < _staged.Count;
            Assert.Equal(isExpected, isPlaced);
            Assert.Equal(isExpected, cursor.IsPlaced);
            if (!isExpected)
            {
                return;
            }

            Assert.Equal(_staged.Keys[at], cursor.Key);
            Assert.Equal(_staged.Values[at], cursor.Value);
            isBackward ^= step == turn;
            isPlaced = isBackward ? cursor.MovePrevious() : cursor.MoveNext();
            at += isBackward ? -1 : 1;
        }
    }

    private void Commit()
    {
        if (_write is not null)
        {
            _write.Value.Commit();
            _write.Value.Dispose();
            _write = null;
            _committed = new(_staged, ByteOrder.Instance);
        }
    }

    private void RollBack()
    {
        _write?.Dispose();
        _write = null;
        _staged = new(_committed, ByteOrder.Instance);
    }

    private void CheckAll()
    {
        _file.Verify();
        using ReadTransaction read = _file.File.BeginRead();
        MapReader map = read.Map(Name);
        Assert.Equal(_committed.Count, map.Count);
        int at = 0;
        foreach (MapEntry entry in map.Scan())
        {
            Assert.Equal(_committed.Keys[at], entry.Key);
            Assert.Equal(_committed.Values[at], entry.Value);
            at++;
        }

        Assert.Equal(_committed.Count, at);
        foreach (MapEntry entry in map.Scan(new MapRange { IsReversed = true }))
        {
            Assert.Equal(_committed.Keys[--at], entry.Key);
        }

        Assert.Equal(0, at);
    }

    private int FirstAtLeast(byte[] key)
    {
        int low = 0;
        int high = _staged.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_staged.Keys[middle].AsSpan().SequenceCompareTo(key) < 0)
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

    private byte[] AnyKey()
    {
        if (_staged.Count > 0 && _random.Next(4) == 0)
        {
            return _staged.Keys[_random.Next(_staged.Count)];
        }

        byte[] key;
        switch (_shape)
        {
            case KeyShape.Dense:
                key = new byte[_random.Next(Math.Min(12, _maxKey))];
                Fill(key, 3);
                return key;
            case KeyShape.Random:
                key = new byte[_random.Next(1, 9)];
                Fill(key, 256);
                return key;
            case KeyShape.Prefixed:
                key = new byte[Math.Min(_maxKey, 60)];
                key.AsSpan().Fill((byte)'p');
                Fill(key.AsSpan(key.Length - 3), 40);
                key[_random.Next(key.Length)] += (byte)(_random.Next(6) / 5);
                return key;
            case KeyShape.Longest:
                key = new byte[_maxKey];
                Fill(key, 2);
                return key;
            default:
                key = new byte[_random.Next(2) == 0 ? _random.Next(4) : _maxKey];
                Fill(key, _random.Next(2) == 0 ? 2 : 256);
                return key;
        }
    }

    private void Fill(Span<byte> bytes, int different)
    {
        foreach (ref byte b in bytes)
        {
            b = (byte)(_random.Next(different) * (different > 200 ? 1 : 85));
        }
    }

    private byte[] AnyValue()
    {
        int length = _random.Next(100) switch
        {
            < 10 => 0,
            < 60 => _random.Next(20),
            < 95 => _random.Next(_file.PageSize / 4),
            < 99 => _random.Next(_file.PageSize * 2),
            _ => _random.Next(_file.PageSize * 10),
        };
        byte[] value = new byte[length];
        _random.NextBytes(value);
        return value;
    }
}
