using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Quire.Benchmarks.Running;

/// <summary>
/// The least and the most that a flush cost beside a group of durable benchmarks.
/// </summary>
internal sealed class FlushColumn : TextColumn
{
    public override string ColumnName => "Flush, us";

    public override string Legend => "Least and most that the flush probe found beside the benchmark";

    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        FlushProbe.Find(GroupOf(benchmarkCase)) is { } seen
            ? string.Create(CultureInfo.InvariantCulture, $"{seen.Least:0}-{seen.Most:0}")
            : "";

    /// <summary>
    /// The class and its parameters; the class itself says the same to the probe.
    /// </summary>
    private static string GroupOf(BenchmarkCase benchmarkCase) => string.Join(
        '/',
        [benchmarkCase.Descriptor.Type.Name,
            .. benchmarkCase.Parameters.Items.Select(item => item.Value.ToString())]);
}

/// <summary>The median as a multiple of the baseline's median, both of one run.</summary>
internal sealed class MedianRatioColumn : TextColumn
{
    public override string ColumnName => "Ratio";

    public override string Legend => "Median as a multiple of the baseline's median";

    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        string? group = summary.GetLogicalGroupKey(benchmarkCase);
        BenchmarkCase? floor = summary.BenchmarksCases.FirstOrDefault(other =>
            summary.IsBaseline(other) && summary.GetLogicalGroupKey(other) == group);
        double? ratio = MedianOf(summary, benchmarkCase) / MedianOf(summary, floor);
        return ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "";
    }

    private static double? MedianOf(Summary summary, BenchmarkCase? benchmark) =>
        benchmark is null ? null : summary[benchmark]?.ResultStatistics?.Median;
}

/// <summary>What columns that are only text have in common.</summary>
internal abstract class TextColumn : IColumn
{
    public abstract string ColumnName { get; }

    public abstract string Legend { get; }

    public string Id => ColumnName;

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => false;

    public UnitType UnitType => UnitType.Dimensionless;

    public abstract string GetValue(Summary summary, BenchmarkCase benchmarkCase);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) =>
        summary.BenchmarksCases.Any(benchmark => GetValue(summary, benchmark).Length > 0);
}
