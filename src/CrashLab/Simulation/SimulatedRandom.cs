namespace Quire.CrashLab;

/// <summary>
/// Chance that is the same in every run (SplitMix64, Steele and others, OOPSLA 2014). The base
/// library's seeded generator takes longer to set up than most crash states take to check.
/// </summary>
internal sealed class SimulatedRandom(int seed) : Random
{
    private ulong _state = unchecked((ulong)seed * 0x9E3779B97F4A7C15);

    public override int Next() => Next(int.MaxValue);

    public override int Next(int maxValue) => (int)NextInt64(maxValue);

    public override int Next(int minValue, int maxValue) => (int)NextInt64(minValue, maxValue);

    public override long NextInt64() => NextInt64(long.MaxValue);

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        ulong span = unchecked((ulong)maxValue - (ulong)minValue);
        return span == 0 ? minValue : unchecked(minValue + (long)(Draw() % span));
    }

    public override double NextDouble() => Sample();

    public override float NextSingle() => (Draw() >> 40) * (1f / (1 << 24));

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref byte value in buffer)
        {
            value = (byte)Draw();
        }
    }

    protected override double Sample() => (Draw() >> 11) * (1.0 / (1L << 53));

    private ulong Draw()
    {
        unchecked
        {
            ulong mixed = _state += 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }
}
