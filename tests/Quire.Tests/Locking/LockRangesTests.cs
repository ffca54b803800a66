using Quire.Locking;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.Locking;

public sealed class LockRangesTests
{
    private const long Near = LockBytes.Base;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(Near, 1)]
    [InlineData(1L << 62, 1L << 62)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(0, long.MaxValue)]
    public void Ranges_up_to_the_last_byte_are_accepted(long offset, long length) =>
        LockRanges.Check(new LockRange(offset, length));

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    [InlineData(Near, 0)]
    [InlineData(long.MaxValue, 2)]
    [InlineData(1L << 62, (1L << 62) + 1)]
    [InlineData(2, long.MaxValue)]
    public void Empty_negative_and_overflowing_ranges_are_refused(long offset, long length) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => LockRanges.Check(new LockRange(offset, length)));

    [Theory]
    [InlineData(Near, 1, Near, 1, true)]
    [InlineData(Near, 1, Near + 1, 1, false)]
    [InlineData(Near, 2, Near + 1, 1, true)]
    [InlineData(0, Near, Near, 1, false)]
    [InlineData(0, Near + 1, Near, 1, true)]
    [InlineData(0, long.MaxValue, Near, 1, true)]
    [InlineData(long.MaxValue, 1, 1L << 62, (1L << 62) - 1, false)]
    [InlineData(long.MaxValue, 1, (1L << 62) + 1, (1L << 62) - 1, true)]
    public void Ranges_overlap_when_they_share_a_byte(
        long offset, long length, long otherOffset, long otherLength, bool overlap)
    {
        var one = new LockRange(offset, length);
        var two = new LockRange(otherOffset, otherLength);
        Assert.Equal(overlap, LockRanges.Overlap(one, two));
        Assert.Equal(overlap, LockRanges.Overlap(two, one));
    }

    [Fact]
    public void The_self_test_region_lies_below_the_lock_bytes_and_above_all_data()
    {
        const long largestFile = 1L << 48;
        Assert.Equal(LockBytes.Base, LockSelfTest.RegionStart + LockSelfTest.RegionLength);
        Assert.True(LockSelfTest.RegionStart > largestFile);
    }
}
