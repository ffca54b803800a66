using Quire.Peers.Contenders;

namespace Quire.Peers.Running;

/// <summary>The values of one contender for one measure, round by round.</summary>
internal sealed record Series(IContender Contender, List<double> Values)
{
    public double Median => Statistics.Median(Values);
}

/// <summary>A contender that could not do its workload, or did not do it right.</summary>
/// <param name="Contender">Who.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record Failure(IContender Contender, string Reason);

/// <summary>All that is known of a workload once it has run.</summary>
internal sealed record WorkloadResult(string Workload)
{
    public List<MeasureResult> Measures { get; } = [];

    /// <summary>Those who have no values in any of its measures, and why.</summary>
    public List<Failure> Failures { get; } = [];

    public bool HasFailed(IContender contender) =>
        Failures.Exists(one => one.Contender == contender);

    /// <summary>
    /// What is not complete is not shown: ratios pair values that were measured together.
    /// </summary>
    public void Fail(IContender contender, string reason)
    {
        if (!HasFailed(contender))
        {
            Failures.Add(new Failure(contender, reason));
        }

        Measures.ForEach(one => one.Series.RemoveAll(series => series.Contender == contender));
        Measures.RemoveAll(one => one.Series.Count == 0);
    }

    public void Add(IContender contender, Measurement value)
    {
        MeasureResult? result = Measures.Find(one => one.Measure == value.Measure);
        if (result is null)
        {
            Measures.Add(result = new MeasureResult(value.Measure));
        }

        result.Add(contender, value.Value);
    }

    /// <summary>The order of turns is no order for a table.</summary>
    public void SortBy(IReadOnlyList<IContender> contenders)
    {
        List<IContender> order = [.. contenders];
        foreach (MeasureResult result in Measures)
        {
            result.Series.Sort((a, b) =>
                order.IndexOf(a.Contender).CompareTo(order.IndexOf(b.Contender)));
        }

        Failures.Sort((a, b) =>
            order.IndexOf(a.Contender).CompareTo(order.IndexOf(b.Contender)));
    }
}

/// <summary>
/// One measure of all contenders, and how they compare: each ratio is the median of the ratios
/// within a round, and above 1 means better, whatever the unit.
/// </summary>
internal sealed class MeasureResult(Measure measure)
{
    public Measure Measure { get; } = measure;

    public List<Series> Series { get; } = [];

    public Series? Floor => Series.Find(one => one.Contender.Kind == ContenderKind.Floor);

    /// <summary>
    /// The best of the peers that keep the same promise; null when none took part.
    /// </summary>
    public Series? BestPeer => BestOf(IsComparable);

    /// <summary>The best of some; null when none of them took part.</summary>
    public Series? BestOf(Func<Series, bool> isMeant)
    {
        IEnumerable<Series> meant = Series.Where(isMeant);
        return Measure.IsHigherBetter
            ? meant.MaxBy(one => one.Median)
            : meant.MinBy(one => one.Median);
    }

    public Series? Of(string contender) => Series.Find(one => one.Contender.Name == contender);

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

    public double? Against(Series series, Series? other)
    {
        if (other is null || other.Values.Count != series.Values.Count)
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
