using Quire.Storage;

namespace Quire.Fuzz;

/// <summary>The bytes of one file of a <see cref="MemoryDisk"/>, and the locks on it.</summary>
/// <remarks>Guarded by the disk's mutex.</remarks>
internal sealed class MemoryInode
{
    private const int SectorBytes = 512;

    private readonly List<(long Offset, byte[] Bytes)>? _unsynced;
    private byte[] _bytes;
    private byte[] _synced;

    public MemoryInode(ulong number, bool tracksSyncs, ReadOnlySpan<byte> bytes)
    {
        Number = number;
        _bytes = bytes.ToArray();
        _synced = tracksSyncs ? bytes.ToArray() : [];
        Length = bytes.Length;
        _unsynced = tracksSyncs ? [] : null;
    }

    public ulong Number { get; }

    public int Length { get; private set; }

    /// <summary>Who holds what: the owner is an open file.</summary>
    public List<(MemoryFile Owner, LockRange Range, LockMode Mode)> Locks { get; } = [];

    public ReadOnlySpan<byte> Content() => _bytes.AsSpan(0, Length);

    public int Read(long offset, Span<byte> buffer)
    {
        int count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        if (count > 0)
        {
            _bytes.AsSpan((int)offset, count).CopyTo(buffer);
        }

        return count;
    }

    /// <param name="offset">Where; the caller has checked that it fits.</param>
    /// <param name="bytes">What.</param>
    public void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > Length)
        {
            Resize(offset + bytes.Length);
        }

        bytes.CopyTo(_bytes.AsSpan(offset));
        _unsynced?.Add((offset, bytes.ToArray()));
    }

    public void SetLength(int length)
    {
        Resize(length);
        _unsynced?.Add((length, []));
    }

    public void Sync()
    {
        if (_unsynced is { Count: > 0 })
        {
            _synced = Content().ToArray();
            _unsynced.Clear();
        }
    }

    /// <summary>Keeps what was synced and any set of the sectors written since.</summary>
    public void LoseUnsynced(Random random)
    {
        if (_unsynced is null)
        {
            throw new InvalidOperationException("The disk does not track syncs.");
        }

        int oddsOfLoss = random.Next(5);
        var pending = _unsynced.ToArray();
        _bytes = _synced.ToArray();
        Length = _synced.Length;
        foreach ((long offset, byte[] bytes) in pending)
        {
            for (long at = offset; at < offset + bytes.Length;)
            {
                long end = Math.Min(
                    (at / SectorBytes * SectorBytes) + SectorBytes, offset + bytes.Length);
                if (random.Next(4) >= oddsOfLoss)
                {
                    Write((int)at, bytes.AsSpan((int)(at - offset), (int)(end - at)));
                }

                at = end;
            }
        }

        _unsynced.Clear();
        _synced = Content().ToArray();
        Locks.Clear();
    }

    private void Resize(int length)
    {
        if (length > _bytes.Length)
        {
            int room = Math.Min(2 * _bytes.Length, length + (1 << 20));
            Array.Resize(ref _bytes, Math.Max(length, room));
        }

        if (length > Length)
        {
            _bytes.AsSpan(Length, length - Length).Clear();
        }

        Length = length;
    }
}
