using System.Globalization;
using Quire.Peers.Running;

namespace Quire.Peers.Reports;

/// <summary>What came of an aim.</summary>
/// <param name="Reached">The ratio, or the value where the aim is one.</param>
/// <param name="IsMet">Whether that is enough.</param>
/// <param name="Words">"met", or by how much it is missed.</param>
internal sealed record AimResult(string Reached, bool IsMet, string Words);

/// <summary>
/// What the project has set itself for one measure: a ratio to the best of some others in the same
/// rounds, or a limit. Aims are written down once, in <see cref="AimList"/>, and never follow the
/// figures.
/// </summary>
/// <param name="Workload">The workload.</param>
/// <param name="Title">The measure's title.</param>
/// <param name="Contender">Who is to reach it.</param>
/// <param name="Text">The aim in words, as short as a table needs.</param>
internal sealed record Aim(string Workload, string Title, string Contender, string Text)
{
    /// <summary>At which point, where the measure is one of a line.</summary>
    public double At { get; init; }

    /// <summary>The ratio to reach; above 1 is better than they, whatever the unit.</summary>
    public double Ratio { get; init; } = 1;

    /// <summary>Those it is measured against: the best of them counts.</summary>
    public IReadOnlyList<string> Against { get; init; } = [];

    /// <summary>
    /// The limit, for an aim without others: the worst round counts where less is better, and the
    /// median where more is.
    /// </summary>
    public double? Limit { get; init; }

    public bool IsFor(Measure measure) =>
        measure.Workload == Workload && measure.Title == Title && measure.At == At;

    /// <summary>What a contender has reached, whether or not the aim is its own.</summary>
    /// <returns>Null when it, or all it is measured against, took no part.</returns>
    public AimResult? Judge(MeasureResult result, string contender)
    {
        if (result.Of(contender) is not { } series)
        {
            return null;
        }

        return Limit is { } limit
            ? JudgeLimit(result.Measure, series, limit)
            : JudgeRatio(result, series);
    }

    private AimResult? JudgeRatio(MeasureResult result, Series series)
    {
        Series? other = result.BestOf(one => Against.Contains(one.Contender.Name));
        if (result.Against(series, other) is not { } exact)
        {
            return null;
        }

        double ratio = Math.Round(exact, 2);
        return new AimResult(
            ratio.ToString("0.00", CultureInfo.InvariantCulture),
            ratio >= Ratio,
            ratio >= Ratio ? "met" : $"missed by {Percent(1 - (ratio / Ratio))}");
    }

    private static AimResult JudgeLimit(Measure measure, Series series, double limit)
    {
        double value = measure.IsHigherBetter ? series.Median : series.Values.Max();
        bool isMet = measure.IsHigherBetter ? value >= limit : value <= limit;
        string missed = measure.IsHigherBetter
            ? Percent(1 - (value / limit))
            : $"{ResultTable.Number(value - limit)} {measure.Unit}";
        string unit = measure.Unit == "share" ? "" : $" {measure.Unit}";
        return new AimResult(
            ResultTable.Number(value) + unit, isMet, isMet ? "met" : $"missed by {missed}");
    }

    private static string Percent(double share) =>
        (share * 100).ToString(share < 0.0095 ? "0.0" : "0", CultureInfo.InvariantCulture) + "%";
}
