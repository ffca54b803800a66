namespace Quire.CrashLab;

/// <summary>
/// The bytes of a file as a list of sectors, each of which never changes once it is stored. A copy
/// shares the list until one of the two is written to, and the sectors even then, so a thousand
/// crash states of one file share almost all of their bytes.
/// </summary>
internal sealed class SectorContent
{
    public const int SectorBytes = 512;

    private Sector?[] _sectors;
    private bool _isShared;

    public SectorContent() => _sectors = [];

    private SectorContent(Sector?[] sectors, long length)
    {
        _sectors = sectors;
        Length = length;
    }

    /// <summary>The length of the file in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>How many sectors the length covers, the last one perhaps in part.</summary>
    public int SectorCount => SectorsFor(Length);

    public static int SectorsFor(long length) =>
        checked((int)((length + SectorBytes - 1) / SectorBytes));

    public SectorContent Clone()
    {
        _isShared = true;
        return new SectorContent(_sectors, Length) { _isShared = true };
    }

    /// <summary>One sector; null stands for zeros.</summary>
    public Sector? SectorAt(int index) => index < _sectors.Length ? _sectors[index] : null;

    /// <summary>Replaces one sector without touching the length.</summary>
    public void SetSector(int index, Sector? sector)
    {
        EnsureCapacity(index + 1);
        _sectors[index] = sector;
    }

    public int Read(long offset, Span<byte> buffer)
    {
        if (offset >= Length)
        {
            return 0;
        }

        int count = (int)Math.Min(buffer.Length, Length - offset);
        for (int done = 0; done < count;)
        {
            int sector = (int)((offset + done) / SectorBytes);
            int within = (int)((offset + done) % SectorBytes);
            int chunk = Math.Min(SectorBytes - within, count - done);
            Span<byte> target = buffer.Slice(done, chunk);
            if (SectorAt(sector) is { } stored)
            {
                stored.Bytes.AsSpan(within, chunk).CopyTo(target);
            }
            else
            {
                target.Clear();
            }

            done += chunk;
        }

        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        EnsureCapacity(SectorsFor(offset + bytes.Length));
        for (int done = 0; done < bytes.Length;)
        {
            int sector = (int)((offset + done) / SectorBytes);
            int within = (int)((offset + done) % SectorBytes);
            int chunk = Math.Min(SectorBytes - within, bytes.Length - done);
            byte[] fresh = new byte[SectorBytes];
            if (chunk < SectorBytes)
            {
                _sectors[sector]?.Bytes.CopyTo(fresh, 0);
            }

            bytes.Slice(done, chunk).CopyTo(fresh.AsSpan(within));
            _sectors[sector] = Stored(fresh);
            done += chunk;
        }

        Length = Math.Max(Length, offset + bytes.Length);
    }

    /// <summary>
    /// Cuts the file, zeroing what a later extension would show again, or extends it.
    /// </summary>
    public void SetLength(long length)
    {
        bool isCut = length < Length;
        Length = length;
        if (isCut)
        {
            ClearFrom(length);
        }
    }

    /// <summary>
    /// Zeroes what lies past the length: whatever was on its way there when power was lost, no file
    /// system shows it when the file grows again.
    /// </summary>
    public void ClearPastLength() => ClearFrom(Length);

    /// <summary>Sets the length and leaves all sectors as they are.</summary>
    public void SetLengthOnly(long length)
    {
        EnsureCapacity(SectorsFor(length));
        Length = length;
    }

    /// <summary>Becomes the same as another content.</summary>
    public void CopyFrom(SectorContent other)
    {
        _sectors = [.. other._sectors];
        _isShared = false;
        Length = other.Length;
    }

    /// <summary>Tells contents apart.</summary>
    public void AddTo(ref StateHash hash)
    {
        hash.Add(Length);
        for (int i = 0; i < SectorCount; i++)
        {
            hash.Add(SectorAt(i)?.Hash ?? UInt128.Zero);
        }
    }

    public byte[] ToArray()
    {
        byte[] bytes = new byte[Length];
        Read(0, bytes);
        return bytes;
    }

    /// <summary>
    /// Zeros have one form, so that a crash state that lost written zeros is the one that has them.
    /// </summary>
    private static Sector? Stored(byte[] bytes) =>
        bytes.AsSpan().ContainsAnyExcept((byte)0) ? new Sector(bytes) : null;

    private void ClearFrom(long length)
    {
        int kept = SectorsFor(length);
        int within = (int)(length % SectorBytes);
        bool cutsLast = within > 0 && SectorAt(kept - 1) is { } last
            && last.Bytes.AsSpan(within).ContainsAnyExcept((byte)0);
        bool isClear = !cutsLast;
        for (int i = kept; i < _sectors.Length && isClear; i++)
        {
            isClear = _sectors[i] is null;
        }

        if (isClear)
        {
            return;
        }

        EnsureCapacity(0);
        _sectors.AsSpan(Math.Min(kept, _sectors.Length)).Clear();
        if (cutsLast)
        {
            byte[] cut = [.. _sectors[kept - 1]!.Bytes];
            cut.AsSpan(within).Clear();
            _sectors[kept - 1] = Stored(cut);
        }
    }

    /// <summary>Called before any change: makes room, and stops sharing.</summary>
    private void EnsureCapacity(int sectors)
    {
        if (sectors > _sectors.Length)
        {
            Array.Resize(ref _sectors, Math.Max(sectors, _sectors.Length * 2));
            _isShared = false;
        }
        else if (_isShared)
        {
            _sectors = [.. _sectors];
            _isShared = false;
        }
    }
}
