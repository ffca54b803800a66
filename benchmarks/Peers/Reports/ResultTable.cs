using System.Globalization;
using Quire.Peers.Contenders;
using Quire.Peers.Running;
using Spectre.Console;

namespace Quire.Peers.Reports;

/// <summary>A measure as a table in the terminal.</summary>
internal static class ResultTable
{
    public static Table Of(MeasureResult result, IReadOnlyList<Failure> failures)
    {
        Measure measure = result.Measure;
        Table table = Empty($"{measure.Workload}: {measure.FullTitle}", measure.Unit);
        Series? best = result.BestPeer;
        foreach (Series series in result.Series)
        {
            table.AddRow(
                NameOf(series.Contender, measure).EscapeMarkup(),
                DurabilityOf(series.Contender, measure),
                Number(series.Median),
                $"{Number(series.Values.Min())}..{Number(series.Values.Max())}",
                Ratio(result.AgainstFloor(series)),
                series == best ? "best" : Ratio(result.AgainstBestPeer(series)),
                AimsOf(result, series.Contender).EscapeMarkup());
        }

        AddFailures(table, failures);
        return table;
    }

    /// <summary>A workload in which nobody got as far as a value.</summary>
    public static Table OfFailures(WorkloadResult result)
    {
        Table table = Empty(result.Workload, "");
        AddFailures(table, result.Failures);
        return table;
    }

    /// <summary>A peer that promises less says so in every row that is about commits.</summary>
    public static string NameOf(IContender contender, Measure measure) =>
        measure.HasCommits && contender.Kind == ContenderKind.PeerWithoutDurability
            ? $"{contender.Name} (not durable)"
            : contender.Name;

    /// <summary>What a contender's acknowledged commits withstand.</summary>
    public static string Withstands(Durability durability) => durability switch
    {
        Durability.PowerCut => "power cut",
        Durability.PowerCutMostly => "power cut (1)",
        _ => "kill only",
    };

    /// <summary>What the (1) stands for.</summary>
    public const string Footnote =
        "(1) DELETE FULL does not sync the removal of its journal: cutting power on a recorded " +
        "block device with ext4 took back acknowledged commits in 115 of 448 states; EXTRA, " +
        "TRUNCATE, PERSIST and WAL FULL lose none.";

    public static string Number(double value) => value.ToString(
        Math.Abs(value) switch { >= 100 => "N0", >= 1 => "N1", 0 => "0", _ => "N3" },
        CultureInfo.InvariantCulture);

    private static Table Empty(string title, string unit) => new Table()
        .Title(title.EscapeMarkup())
        .AddColumn(new TableColumn("").NoWrap())
        .AddColumn(new TableColumn("withstands").NoWrap())
        .AddColumn(new TableColumn(unit.EscapeMarkup()).RightAligned().NoWrap())
        .AddColumn(new TableColumn("least..most").RightAligned().NoWrap())
        .AddColumn(new TableColumn("x floor").RightAligned().NoWrap())
        .AddColumn(new TableColumn("x best peer").RightAligned().NoWrap())
        .AddColumn(new TableColumn("aim").NoWrap());

    private static void AddFailures(Table table, IReadOnlyList<Failure> failures)
    {
        foreach (Failure one in failures)
        {
            table.AddRow(
                $"[red]{one.Contender.Name.EscapeMarkup()}[/]",
                "", "", "", "", "",
                $"[red]failed: {one.Reason.EscapeMarkup()}[/]");
        }
    }

    private static string DurabilityOf(IContender contender, Measure measure) =>
        measure.HasCommits ? Withstands(contender.Durability) : "";

    private static string AimsOf(MeasureResult result, IContender contender) => string.Join(
        '\n',
        AimList.All
            .Where(aim => aim.IsFor(result.Measure) && aim.Contender == contender.Name)
            .Select(aim => aim.Judge(result, contender.Name) is { } judged
                ? $"{aim.Text}: {judged.Words} ({judged.Reached})"
                : $"{aim.Text}: not measured"));

    private static string Ratio(double? ratio) =>
        ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
