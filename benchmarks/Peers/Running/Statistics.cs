namespace Quire.Peers.Running;

/// <summary>Several values of one thing, summed up without assuming how they are spread.</summary>
internal static class Statistics
{
    /// <summary>The middle value; between the two middle ones when their number is even.</summary>
    public static double Median(IReadOnlyCollection<double> values) => Quantile(values, 0.5);

    /// <summary>
    /// The value below which a share of the values lies, interpolated between neighbours.
    /// </summary>
    /// <param name="values">At least one.</param>
    /// <param name="share">From 0 (the least) to 1 (the most).</param>
    public static double Quantile(IReadOnlyCollection<double> values, double share)
    {
        if (values.Count == 0)
        {
            throw new ArgumentException("There is no value.", nameof(values));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        double[] sorted = [.. values.Order()];
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>
    /// The median of how many times one value is the other, each pair from one round: what slows
    /// down a whole round falls out.
    /// </summary>
    public static double MedianRatio(IReadOnlyList<double> values, IReadOnlyList<double> others)
    {
        if (values.Count != others.Count)
        {
            throw new ArgumentException(
                $"{values.Count} values cannot be paired with {others.Count}.", nameof(others));
        }

        return Median([.. values.Zip(others, (value, other) => value / other)]);
    }
}
