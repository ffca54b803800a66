using System.Globalization;
using System.Text;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Reports;

/// <summary>
/// The part of docs/performance.md that a run writes, between two markers, and the charts beside
/// it. All around it is written by people.
/// </summary>
internal static class PerformanceDocument
{
    public const string Begin = "<!-- peers: begin; written by benchmarks/Peers --docs -->";
    public const string End = "<!-- peers: end -->";

    private const string ChartFolder = "charts";

    /// <summary>Whether a file can take the figures: asked before they are measured.</summary>
    /// <exception cref="ArgumentException">It cannot.</exception>
    public static void Check(string file)
    {
        if (!File.Exists(file))
        {
            throw new ArgumentException($"There is no {file} to write the figures into.");
        }

        _ = Parts(file);
    }

    public static void Rewrite(string file, RunResult run)
    {
        (string before, string after) = Parts(file);
        IReadOnlyList<Chart> charts = ChartList.Of(run);
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, ChartFolder);
        Directory.CreateDirectory(folder);
        foreach (string old in Directory.GetFiles(folder, "*.svg"))
        {
            if (!charts.Any(chart => chart.File == Path.GetFileName(old)))
            {
                File.Delete(old);
            }
        }

        foreach (Chart chart in charts)
        {
            ResultFiles.Replace(Path.Combine(folder, chart.File), chart.Svg);
        }

        ResultFiles.Replace(file, $"{before}{Begin}\n\n{Text(run, charts)}\n{End}{after}");
    }

    /// <summary>The figures as Markdown.</summary>
    public static string Text(RunResult run, IReadOnlyList<Chart> charts)
    {
        var text = new StringBuilder();
        AppendAbout(text, run);
        AppendAims(text, run);
        AppendFigures(text, run);
        AppendCharts(text, charts);
        return text.ToString().TrimEnd() + "\n";
    }

    private static (string Before, string After) Parts(string file)
    {
        string text = File.ReadAllText(file);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        int end = text.IndexOf(End, StringComparison.Ordinal);
        return begin >= 0 && end > begin
            ? (text[..begin], text[(end + End.Length)..])
            : throw new ArgumentException(
                $"{file} has no place for the figures: the lines \"{Begin}\" and \"{End}\".");
    }

    private static void AppendAbout(StringBuilder text, RunResult run)
    {
        text.Append("One run: ");
        text.AppendJoin("; ", run.About.Select(one => $"{one.Key} {one.Value}"));
        text.Append(".\n\n");
        if (AboutRun.WarningOf(run.About) is { } warning)
        {
            text.Append(CultureInfo.InvariantCulture, $"**{warning}**\n\n");
        }
    }

    private static void AppendAims(StringBuilder text, RunResult run)
    {
        text.Append(
            """
            ### Aims

            Ratios are medians of the ratios within a round, above 1 is better; limits are held
            against the worst round, a share against the median. An aim is Quire sealed's unless it
            says otherwise.

            | Workload | Aim | Quire sealed | Quire classic | |
            |---|---|--:|--:|---|

            """);
        MeasureResult[] results = [.. run.Workloads.SelectMany(one => one.Measures)];
        foreach (Aim aim in AimList.All)
        {
            MeasureResult? result = results.FirstOrDefault(one => aim.IsFor(one.Measure));
            string point = result?.Measure.FullTitle ?? aim.Title;
            AimResult? judged = result is null ? null : aim.Judge(result, aim.Contender);
            AppendRow(text,
            [
                $"{aim.Workload} {point}",
                aim.Text,
                Reached(aim, result, AimList.Sealed),
                Reached(aim, result, AimList.Classic),
                judged switch
                {
                    null => "not measured",
                    { IsMet: true } => "**met**",
                    _ => judged.Words,
                },
            ]);
        }

        text.Append('\n');
    }

    private static string Reached(Aim aim, MeasureResult? result, string contender) =>
        (result is null ? null : aim.Judge(result, contender)?.Reached) ?? "-";

    private static void AppendFigures(StringBuilder text, RunResult run)
    {
        IContender[] columns =
        [
            .. ContenderList.All.Where(contender => run.Workloads
                .SelectMany(one => one.Measures)
                .Any(one => one.Of(contender.Name) is not null)),
        ];
        text.Append(
            """
            ### Figures

            Medians, and of times the worst where it differs. In brackets the ratio to the best peer
            of the row that syncs its commits, which is in bold; WAL NORMAL is never that one where
            commits are part of it. The floor of W2 is one block for all records of a commit.


            """);
        AppendRow(text, ["", .. columns.Select(one => one.Name)]);
        AppendRow(text, ["---", .. columns.Select(_ => "--:")]);
        AppendRow(text, ["withstands", .. columns.Select(one =>
            ResultTable.Withstands(one.Durability))]);
        foreach (WorkloadResult workload in run.Workloads)
        {
            foreach (MeasureResult result in workload.Measures)
            {
                Measure measure = result.Measure;
                AppendRow(text,
                [
                    $"{measure.Workload} {measure.FullTitle}, {measure.Unit}",
                    .. columns.Select(one => Cell(workload, result, one)),
                ]);
            }
        }

        text.Append('\n').Append(ResultTable.Footnote).Append("\n\n");
        foreach (WorkloadResult workload in run.Workloads)
        {
            foreach (Failure one in workload.Failures)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"- {workload.Workload}: {one.Contender.Name} failed: {one.Reason}\n");
            }
        }
    }

    private static string Cell(WorkloadResult workload, MeasureResult result, IContender contender)
    {
        if (result.Of(contender.Name) is not { } series)
        {
            return workload.HasFailed(contender) ? "failed" : "";
        }

        string number = ResultTable.Number(series.Median);
        string worst = ResultTable.Number(series.Values.Max());
        if (result.Measure.Unit == "ms" && worst != number)
        {
            number += $", {worst}";
        }

        if (series == result.BestPeer)
        {
            return $"**{number}**";
        }

        return contender.Kind != ContenderKind.Floor
            && result.AgainstBestPeer(series) is { } ratio
            && double.IsFinite(ratio)
            ? string.Create(CultureInfo.InvariantCulture, $"{number} ({ratio:0.00})")
            : number;
    }

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(one =>
            one.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");

    private static void AppendCharts(StringBuilder text, IReadOnlyList<Chart> charts)
    {
        text.Append("\n### Charts\n\n");
        foreach (Chart chart in charts)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"![{chart.Title}]({ChartFolder}/{chart.File})\n\n");
        }
    }
}
