using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Reports;

/// <summary>A chart, and the file that it goes into.</summary>
internal sealed record Chart(string File, string Title, string Svg);

/// <summary>
/// The charts of a run: lines where something was varied, bars where not. Only rates and times of
/// workloads are drawn, not every number of the tables.
/// </summary>
internal static class ChartList
{
    private static readonly string[] NotDrawn =
    [
        "kills in the commit that left the marker set", "of it with readers kept out",
        "longest block beyond that", "the commit itself", "lookups before the writer",
        "lookups while it stages", "first to finish of the last", "managed heap, store open",
        "killed in the apply, marker set: open to first read",
    ];

    public static IReadOnlyList<Chart> Of(RunResult run) =>
    [
        .. run.Workloads
            .SelectMany(one => one.Measures)
            .Where(one => !NotDrawn.Contains(one.Measure.Title))
            .GroupBy(one => (one.Measure.Workload, one.Measure.Title))
            .Select(group => Of([.. group])),
    ];

    private static Chart Of(IReadOnlyList<MeasureResult> results)
    {
        Measure measure = results[0].Measure;
        string title = $"{measure.Workload}: {measure.Title}";
        return new Chart(
            NameOf(measure), title, measure.Along is null ? Bars(results[0]) : Lines(results));
    }

    private static string NameOf(Measure measure)
    {
        IEnumerable<char> letters = $"{measure.Workload} {measure.Title}"
            .Select(one => char.IsAsciiLetterOrDigit(one) ? char.ToLowerInvariant(one) : '-');
        string name = string.Concat(letters);
        while (name.Contains("--", StringComparison.Ordinal))
        {
            name = name.Replace("--", "-", StringComparison.Ordinal);
        }

        return $"{name}.svg";
    }

    private static string Bars(MeasureResult result) => BarChart.Draw(
        $"{result.Measure.Workload}: {result.Measure.Title}",
        result.Measure.Unit,
        result.Measure.IsHigherBetter,
        [
            .. result.Series.Select(one => new Bar(
                ResultTable.NameOf(one.Contender, result.Measure),
                KindOf(one.Contender, result.Measure),
                one.Median,
                one.Values.Min(),
                one.Values.Max())
            {
                TimesFloor = result.AgainstFloor(one),
            }),
        ]);

    private static string Lines(IReadOnlyList<MeasureResult> results)
    {
        Measure measure = results[0].Measure;
        IContender[] contenders =
            [.. results.SelectMany(one => one.Series).Select(one => one.Contender).Distinct()];
        return LineChart.Draw(
            $"{measure.Workload}: {measure.Title} " +
                (measure.IsHigherBetter ? "(more is better)" : "(less is better)"),
            measure.Along!,
            measure.Unit,
            [
                .. contenders.Select(contender => new ChartLine(
                    ResultTable.NameOf(contender, measure),
                    KindOf(contender, measure),
                    [
                        .. results
                            .Where(one => one.Of(contender.Name) is { Median: > 0 })
                            .OrderBy(one => one.Measure.At)
                            .Select(one => (one.Measure.At, one.Of(contender.Name)!.Median)),
                    ])),
            ]);
    }

    private static BarKind KindOf(IContender contender, Measure measure) => contender.Kind switch
    {
        ContenderKind.Floor => BarKind.Floor,
        ContenderKind.Quire => BarKind.Quire,
        ContenderKind.PeerWithoutDurability when measure.HasCommits =>
            BarKind.PeerWithoutDurability,
        _ => BarKind.Peer,
    };
}
