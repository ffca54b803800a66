using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Checks on <see cref="LockRange"/> that every backend makes before it asks the system.
/// </summary>
internal static class LockRanges
{
    /// <summary>
    /// Refuses ranges that the systems would misread: a length of 0 means "to the end" on Unix, a
    /// negative one reaches backwards, and an end past 2^63 - 1 overflows.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The range is empty, negative or overflows.
    /// </exception>
    public static void Check(LockRange range)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range.Offset, nameof(range));
        ArgumentOutOfRangeException.ThrowIfLessThan(range.Length, 1, nameof(range));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            range.Length - 1, long.MaxValue - range.Offset, nameof(range));
    }

    /// <summary>Whether two checked ranges have a byte in common.</summary>
    public static bool Overlap(LockRange a, LockRange b) =>
        LastByte(a) >= b.Offset && LastByte(b) >= a.Offset;

    private static long LastByte(LockRange range) => range.Offset + (range.Length - 1);
}
