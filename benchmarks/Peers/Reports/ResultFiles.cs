using System.Text.Json;
using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Reports;

/// <summary>A whole run: what it ran on, and what came of each workload.</summary>
internal sealed record RunResult(
    IReadOnlyDictionary<string, string> About, IReadOnlyList<WorkloadResult> Workloads);

/// <summary>
/// The results as peers.json, for other programs and for the report, which can be made from it
/// again at any time. Rounds are what counts; medians and ratios are written for readers only.
/// </summary>
internal static class ResultFiles
{
    public const string Name = "peers.json";

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
    };

    /// <summary>Replaces the file in one step, so that a cut-off run leaves a whole one.</summary>
    public static void Write(string folder, RunResult run)
    {
        Directory.CreateDirectory(folder);
        var all = new RunRecord(
            run.About,
            [.. run.Workloads.SelectMany(one => one.Measures).Select(ToRecord)],
            [
                .. run.Workloads.SelectMany(workload => workload.Failures.Select(one =>
                    new FailureRecord(workload.Workload, one.Contender.Name, one.Reason))),
            ]);
        Replace(Path.Combine(folder, Name), JsonSerializer.Serialize(all, Layout) + "\n");
    }

    /// <exception cref="ArgumentException">It is not such a file.</exception>
    public static RunResult Read(string file)
    {
        try
        {
            RunRecord all = JsonSerializer.Deserialize<RunRecord>(File.ReadAllText(file), Layout)
                ?? throw new JsonException("it is empty");
            List<WorkloadResult> workloads = [];
            foreach (MeasureRecord one in all.Measures)
            {
                WorkloadOf(workloads, one.Workload).Measures.Add(FromRecord(one));
            }

            foreach (FailureRecord one in all.Failures)
            {
                WorkloadOf(workloads, one.Workload).Failures.Add(
                    new Failure(ContenderList.Find(one.Contender), one.Reason));
            }

            return new RunResult(all.About, workloads);
        }
        catch (Exception problem) when (problem is JsonException or NullReferenceException)
        {
            throw new ArgumentException($"{file} has no results: {problem.Message}", problem);
        }
    }

    /// <summary>Writes a text beside a file and then puts it in its place.</summary>
    public static void Replace(string file, string text)
    {
        File.WriteAllText(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }

    private static WorkloadResult WorkloadOf(List<WorkloadResult> workloads, string name)
    {
        WorkloadResult? result = workloads.Find(one => one.Workload == name);
        if (result is null)
        {
            workloads.Add(result = new WorkloadResult(name));
        }

        return result;
    }

    private static MeasureResult FromRecord(MeasureRecord record)
    {
        var measure = new Measure(
            record.Workload, record.Title, record.Unit, record.HigherIsBetter)
        {
            HasCommits = record.HasCommits,
            Along = record.Along,
            At = record.At,
        };
        var result = new MeasureResult(measure);
        foreach (SeriesRecord series in record.Contenders)
        {
            IContender contender = ContenderList.Find(series.Name);
            Array.ForEach(series.Rounds, value => result.Add(contender, value));
        }

        return result;
    }

    private static MeasureRecord ToRecord(MeasureResult result) => new(
        result.Measure.Workload,
        result.Measure.Title,
        result.Measure.Along,
        result.Measure.At,
        result.Measure.Unit,
        result.Measure.IsHigherBetter,
        result.Measure.HasCommits,
        result.BestPeer?.Contender.Name,
        [
            .. result.Series.Select(one => new SeriesRecord(
                one.Contender.Name,
                ResultTable.Withstands(one.Contender.Durability),
                one.Median,
                Statistics.Quantile(one.Values, 0.25),
                Statistics.Quantile(one.Values, 0.75),
                Finite(result.AgainstFloor(one)),
                Finite(result.AgainstBestPeer(one)),
                [.. one.Values])),
        ]);

    /// <summary>JSON has no infinity: a ratio to zero is none.</summary>
    private static double? Finite(double? ratio) =>
        ratio is { } number && double.IsFinite(number) ? number : null;

    private sealed record RunRecord(
        IReadOnlyDictionary<string, string> About,
        MeasureRecord[] Measures,
        FailureRecord[] Failures);

    private sealed record MeasureRecord(
        string Workload,
        string Title,
        string? Along,
        double At,
        string Unit,
        bool HigherIsBetter,
        bool HasCommits,
        string? BestPeer,
        SeriesRecord[] Contenders);

    private sealed record SeriesRecord(
        string Name,
        string Withstands,
        double Median,
        double LowerQuartile,
        double UpperQuartile,
        double? TimesFloor,
        double? TimesBestPeer,
        double[] Rounds);

    private sealed record FailureRecord(string Workload, string Contender, string Reason);
}
