using System.Text.Json;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Reports;

/// <summary>The results for other programs (peers.json) and for documents (a chart each).</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Write(
        string folder,
        IReadOnlyList<MeasureResult> results,
        IReadOnlyDictionary<string, object> about)
    {
        Directory.CreateDirectory(folder);
        var all = new { about, measures = results.Select(ToJson) };
        File.WriteAllText(
            Path.Combine(folder, "peers.json"), JsonSerializer.Serialize(all, Indented) + "\n");
        foreach (MeasureResult result in results)
        {
            File.WriteAllText(Path.Combine(folder, ChartName(result.Measure)), Chart(result));
        }
    }

    public static string ChartName(Measure measure)
    {
        string title = string.Concat(
            measure.Title.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
        return $"{measure.Workload}-{title.Replace("--", "-", StringComparison.Ordinal)}.svg";
    }

    private static string Chart(MeasureResult result) => BarChart.Draw(
        $"{result.Measure.Workload}: {result.Measure.Title}",
        result.Measure.Unit,
        result.Measure.IsHigherBetter,
        [
            .. result.Series.Select(one => new Bar(
                ResultTable.NameOf(one.Contender, result.Measure),
                KindOf(one.Contender, result.Measure),
                one.Median,
                one.Values.Min(),
                one.Values.Max())),
        ]);

    private static BarKind KindOf(IContender contender, Measure measure) => contender.Kind switch
    {
        ContenderKind.Floor => BarKind.Floor,
        ContenderKind.Quire => BarKind.Quire,
        ContenderKind.PeerWithoutDurability when measure.HasCommits =>
            BarKind.PeerWithoutDurability,
        _ => BarKind.Peer,
    };

    private static object ToJson(MeasureResult result) => new
    {
        workload = result.Measure.Workload,
        title = result.Measure.Title,
        unit = result.Measure.Unit,
        higherIsBetter = result.Measure.IsHigherBetter,
        bestPeer = result.BestPeer?.Contender.Name,
        contenders = result.Series.Select(one => new
        {
            name = one.Contender.Name,
            kind = one.Contender.Kind.ToString(),
            median = one.Median,
            lowerQuartile = Statistics.Quantile(one.Values, 0.25),
            upperQuartile = Statistics.Quantile(one.Values, 0.75),
            timesFloor = result.AgainstFloor(one),
            timesBestPeer = result.AgainstBestPeer(one),
            rounds = one.Values,
        }),
    };
}
