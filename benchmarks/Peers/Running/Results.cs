using Quire.Peers.Contenders;

namespace Quire.Peers.Running;

/// <summary>The values of one contender for one measure, one for each round.</summary>
internal sealed record Series(IContender Contender, List<double> Values)
{
    public double Median => Statistics.Median(Values);
}

/// <summary>
/// One measure of all contenders, and how they compare: each ratio is the median of the ratios
/// within a round, and above 1 means better, whatever the unit.
/// </summary>
internal sealed class MeasureResult(Measure measure)
{
    public Measure Measure { get; } = measure;

    public List<Series> Series { get; } = [];

    private Series? Floor => Series.Find(one => one.Contender.Kind == ContenderKind.Floor);

    /// <summary>
    /// The best of the peers that keep the same promise; null when none took part.
    /// </summary>
    public Series? BestPeer
    {
        get
        {
            IEnumerable<Series> peers = Series.Where(IsComparable);
            return Measure.IsHigherBetter
                ? peers.MaxBy(one => one.Median)
                : peers.MinBy(one => one.Median);
        }
    }

    public void Add(IContender contender, double value)
    {
        Series? series = Series.Find(one => one.Contender == contender);
        if (series is null)
        {
            Series.Add(series = new Series(contender, []));
        }

        series.Values.Add(value);
    }

    public double? AgainstFloor(Series series) => Against(series, Floor);

    public double? AgainstBestPeer(Series series) => Against(series, BestPeer);

    private double? Against(Series series, Series? other)
    {
        if (other is null)
        {
            return null;
        }

        return Measure.IsHigherBetter
            ? Statistics.MedianRatio(series.Values, other.Values)
            : Statistics.MedianRatio(other.Values, series.Values);
    }

    private bool IsComparable(Series one) =>
        one.Contender.Kind == ContenderKind.DurablePeer
        || (one.Contender.Kind == ContenderKind.PeerWithoutDurability && !Measure.HasCommits);
}
