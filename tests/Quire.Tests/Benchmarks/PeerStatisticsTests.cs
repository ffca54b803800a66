using Quire.Peers.Running;
using Xunit;

namespace Quire.Tests.Benchmarks;

/// <summary>How the comparison with other engines sums up its rounds.</summary>
public sealed class PeerStatisticsTests
{
    [Fact]
    public void The_median_is_the_middle_one_or_between_the_two_middle_ones()
    {
        Assert.Equal(3, Statistics.Median([9, 1, 3]));
        Assert.Equal(2.5, Statistics.Median([4, 1, 2, 3]));
        Assert.Equal(7, Statistics.Median([7]));
    }

    [Fact]
    public void Quantiles_run_from_the_least_to_the_most()
    {
        double[] values = [50, 10, 30, 20, 40];
        Assert.Equal(10, Statistics.Quantile(values, 0));
        Assert.Equal(20, Statistics.Quantile(values, 0.25));
        Assert.Equal(36, Statistics.Quantile(values, 0.65), 9);
        Assert.Equal(50, Statistics.Quantile(values, 1));
    }

    [Fact]
    public void No_values_and_shares_outside_of_0_to_1_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Statistics.Median([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Statistics.Quantile([1], 1.1));
        Assert.Throws<ArgumentException>(() => Statistics.MedianRatio([1, 2], [1]));
    }

    [Fact]
    public void A_round_that_is_slow_for_both_leaves_their_ratio_as_it_is()
    {
        Assert.Equal(0.5, Statistics.MedianRatio([50, 1, 60], [100, 2, 120]));
    }
}
