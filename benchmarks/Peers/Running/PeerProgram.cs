using System.Diagnostics;
using Quire.Peers.Children;
using Quire.Peers.Contenders;
using Quire.Peers.Reports;
using Quire.Peers.Workloads;
using Spectre.Console;

namespace Quire.Peers.Running;

/// <summary>The whole run: who can take part, all workloads, all reports.</summary>
internal static class PeerProgram
{
    /// <summary>What the tables need; a file as output has no width of its own.</summary>
    private const int WidthOfTables = 160;

    /// <summary>
    /// Where all files are made, in the folder that was named: what a run that was cut off has left
    /// there is removed by the next one.
    /// </summary>
    private const string FilesFolder = "quire-peers";

    /// <returns>0; 1 when a contender failed; 2 when the folder is memory.</returns>
    /// <exception cref="ArgumentException">What is to be read or written does not do.</exception>
    public static int Run(Options options, IAnsiConsole console)
    {
        RunResult run = options.Former is null
            ? new RunResult(new Dictionary<string, string>(), [])
            : ResultFiles.Read(options.Former);
        if (options.Document is not null)
        {
            PerformanceDocument.Check(options.Document);
        }

        console.Profile.Width = Math.Max(console.Profile.Width, WidthOfTables);
        if (options.Workloads.Count > 0)
        {
            Directory.CreateDirectory(options.Folder);
            string fileSystem = new DriveInfo(options.Folder).DriveFormat;
            if (fileSystem is "tmpfs" or "ramfs" && !options.AllowsMemory)
            {
                console.MarkupLineInterpolated(
                    $"[red]{options.Folder} is memory ({fileSystem}): a sync costs nothing.[/]");
                console.WriteLine("Choose a disk with --folder, or say --allow-tmpfs.");
                return 2;
            }

            run = Measure(options, fileSystem, console, run);
        }

        Report(options, run, console);
        return run.Workloads.Any(one => one.Failures.Count > 0) ? 1 : 0;
    }

    /// <summary>All workloads, each in the files as soon as it is done.</summary>
    private static RunResult Measure(
        Options options, string fileSystem, IAnsiConsole console, RunResult former)
    {
        string files = Path.Combine(options.Folder, FilesFolder);
        if (Directory.Exists(files))
        {
            Directory.Delete(files, recursive: true);
        }

        Directory.CreateDirectory(files);
        List<Failure> missing = Missing(options, files);
        List<WorkloadResult> results =
        [
            .. former.Workloads.Where(one =>
                !options.Workloads.Any(workload => workload.Name == one.Workload)),
        ];
        List<ChildProcess> spinners = [];
        RunResult run = former;
        try
        {
            using var session = new Session(files, options.Scale, Progress(console));
            for (int i = 0; options.KeepsAwake && i < Environment.ProcessorCount; i++)
            {
                spinners.Add(ChildProcess.WithoutContender(ChildProgram.Spinner));
            }

            foreach (IWorkload workload in options.Workloads)
            {
                if (!workload.IsIn(options.Scale))
                {
                    continue;
                }

                long started = Stopwatch.GetTimestamp();
                WorkloadResult result = session.Run(workload, options.Contenders, missing);
                Show(result, console);
                TimeSpan took = Stopwatch.GetElapsedTime(started);
                console.WriteLine($"{workload.Name} took {took.TotalSeconds:0} s.");
                results.Add(result);
                run = new RunResult(
                    AboutRun.Describe(options, fileSystem, session, former.About),
                    [.. results.OrderBy(one => WorkloadList.PlaceOf(one.Workload))]);
                ResultFiles.Write(options.Output, run);
            }
        }
        finally
        {
            spinners.ForEach(one => one.Dispose());
            Directory.Delete(files, recursive: true);
        }

        return run;
    }

    private static void Show(WorkloadResult result, IAnsiConsole console)
    {
        if (result.Measures.Count == 0)
        {
            console.Write(ResultTable.OfFailures(result));
        }

        foreach (MeasureResult one in result.Measures)
        {
            console.Write(ResultTable.Of(one, result.Failures));
            console.WriteLine();
        }
    }

    private static void Report(Options options, RunResult run, IAnsiConsole console)
    {
        console.WriteLine(ResultTable.Footnote);
        foreach ((string name, string value) in run.About)
        {
            console.WriteLine($"{name}: {value}");
        }

        if (AboutRun.WarningOf(run.About) is { } warning)
        {
            console.MarkupLineInterpolated($"[red]{warning}[/]");
        }

        ResultFiles.Write(options.Output, run);
        IReadOnlyList<Chart> charts = ChartList.Of(run);
        foreach (Chart chart in charts)
        {
            ResultFiles.Replace(Path.Combine(options.Output, chart.File), chart.Svg);
        }

        console.WriteLine(
            $"Written to {options.Output}: {ResultFiles.Name} and {charts.Count} charts.");
        if (options.Document is not null)
        {
            PerformanceDocument.Rewrite(options.Document, run);
            console.WriteLine($"Written into {options.Document}.");
        }
    }

    /// <summary>Who cannot run here, and why.</summary>
    private static List<Failure> Missing(Options options, string folder)
    {
        List<Failure> missing = [];
        foreach (IContender contender in options.Contenders)
        {
            string trial = Path.Combine(folder, "trial");
            Directory.CreateDirectory(trial);
            if (contender.WhyMissing(trial) is { } reason)
            {
                missing.Add(new Failure(contender, reason));
            }

            Directory.Delete(trial, recursive: true);
        }

        return missing;
    }

    /// <summary>A line that overwrites itself in a terminal; nothing in a file.</summary>
    private static Action<string> Progress(IAnsiConsole console) =>
        console.Profile.Out.IsTerminal
            ? text => console.Write(new Text($"\r{text,-70}\r"))
            : _ => { };
}
