using System.Globalization;
using Quire.Peers.Contenders;
using Quire.Peers.Running;
using Spectre.Console;

namespace Quire.Peers.Reports;

/// <summary>A measure as a table in the terminal.</summary>
internal static class ResultTable
{
    public static Table Of(MeasureResult result)
    {
        Table table = new Table()
            .Title($"{result.Measure.Workload}: {result.Measure.Title}".EscapeMarkup())
            .AddColumn(new TableColumn("").NoWrap())
            .AddColumn(new TableColumn(result.Measure.Unit.EscapeMarkup()).RightAligned().NoWrap())
            .AddColumn(new TableColumn("least..most").RightAligned().NoWrap())
            .AddColumn(new TableColumn("x floor").RightAligned().NoWrap())
            .AddColumn(new TableColumn("x best peer").RightAligned().NoWrap());
        Series? best = result.BestPeer;
        foreach (Series series in result.Series)
        {
            table.AddRow(
                NameOf(series.Contender, result.Measure).EscapeMarkup(),
                Number(series.Median),
                $"{Number(series.Values.Min())}..{Number(series.Values.Max())}",
                Ratio(result.AgainstFloor(series)),
                series == best ? "best" : Ratio(result.AgainstBestPeer(series)));
        }

        return table;
    }

    /// <summary>A peer that promises less says so in every row that is about commits.</summary>
    public static string NameOf(IContender contender, Measure measure) =>
        measure.HasCommits && contender.Kind == ContenderKind.PeerWithoutDurability
            ? $"{contender.Name} (not durable)"
            : contender.Name;

    public static string Number(double value) => value.ToString(
        Math.Abs(value) switch { >= 100 => "N0", >= 1 => "N1", _ => "N3" },
        CultureInfo.InvariantCulture);

    private static string Ratio(double? ratio) =>
        ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
