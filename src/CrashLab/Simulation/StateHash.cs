namespace Quire.CrashLab;

/// <summary>A 128-bit hash of a sequence of numbers: two multiply-and-rotate lanes.</summary>
internal struct StateHash
{
    private ulong _low = 0x9E3779B97F4A7C15;
    private ulong _high = 0xC2B2AE3D27D4EB4F;

    public StateHash()
    {
    }

    public readonly UInt128 Value => new(_high, _low);

    public void Add(UInt128 number)
    {
        Add(unchecked((long)(ulong)number));
        Add(unchecked((long)(ulong)(number >> 64)));
    }

    public void Add(long number)
    {
        ulong value = unchecked((ulong)number);
        _low = ulong.RotateLeft((_low ^ value) * 0x9FB21C651E98DF25, 29);
        _high = ulong.RotateLeft((_high + value) * 0xD6E8FEB86659FD93, 37) ^ _low;
    }

    public void Add(string text)
    {
        Add(text.Length);
        foreach (char c in text)
        {
            Add((long)c);
        }
    }
}
