using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Quire.Benchmarks.Running;

/// <summary>How the benchmarks are run and what is shown of them.</summary>
/// <remarks>
/// All run in this process: no project is generated and built for each, so the whole set takes
/// minutes, and the flush probes are at hand when the table is made. The price is that one
/// benchmark's garbage is another's; the medians do not show it.
/// </remarks>
internal static class BenchmarkConfig
{
    public static IConfig Full => Make(Job.Default
        .WithWarmupCount(5)
        .WithIterationCount(15)
        .WithIterationTime(TimeInterval.FromMilliseconds(200)));

    public static IConfig Quick => Make(Job.Default
        .WithWarmupCount(3)
        .WithIterationCount(5)
        .WithIterationTime(TimeInterval.FromMilliseconds(100)));

    private static ManualConfig Make(Job job) => ManualConfig.CreateEmpty()
        .AddJob(job.WithToolchain(InProcessEmitToolchain.Instance).DontEnforcePowerPlan())
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(
            DefaultColumnProviders.Descriptor,
            DefaultColumnProviders.Params,
            DefaultColumnProviders.Metrics)
        .AddColumn(
            StatisticColumn.Median,
            StatisticColumn.P95,
            new MedianRatioColumn(),
            new FlushColumn())
        .AddLogger(ConsoleLogger.Default)
        .AddExporter(MarkdownExporter.GitHub)
        .WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Declared))
        .WithOptions(ConfigOptions.DisableLogFile);
}
