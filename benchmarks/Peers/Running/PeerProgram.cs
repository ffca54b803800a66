using System.Runtime.InteropServices;
using Quire.Peers.Contenders;
using Quire.Peers.Reports;
using Quire.Peers.Workloads;
using Spectre.Console;

namespace Quire.Peers.Running;

/// <summary>The whole run: who can take part, all workloads, all reports.</summary>
internal static class PeerProgram
{
    /// <summary>What the tables need; a file as output has no width of its own.</summary>
    private const int WidthOfTables = 120;

    /// <returns>0, or 2 when the folder is memory.</returns>
    public static int Run(Options options, IAnsiConsole console)
    {
        Directory.CreateDirectory(options.Folder);
        string fileSystem = new DriveInfo(options.Folder).DriveFormat;
        if (fileSystem is "tmpfs" or "ramfs" && !options.AllowsMemory)
        {
            console.MarkupLineInterpolated(
                $"[red]{options.Folder} is memory ({fileSystem}), where a sync costs nothing.[/]");
            console.WriteLine("Choose a disk with --folder, or say --allow-tmpfs.");
            return 2;
        }

        console.Profile.Width = Math.Max(console.Profile.Width, WidthOfTables);
        IReadOnlyList<IContender> contenders = Present(options, console);
        List<MeasureResult> results = [];
        using var session = new Session(options.Folder, options.Scale, Progress(console));
        foreach (IWorkload workload in options.Workloads)
        {
            IReadOnlyList<MeasureResult> one = session.Run(workload, contenders);
            results.AddRange(one);
            foreach (MeasureResult result in one)
            {
                console.Write(ResultTable.Of(result));
                console.WriteLine();
            }
        }

        Dictionary<string, object> about = About(options, fileSystem, contenders, session);
        foreach ((string name, object value) in about)
        {
            console.WriteLine($"{name}: {value}");
        }

        ResultFiles.Write(options.Output, results, about);
        console.WriteLine($"Written to {options.Output}: peers.json and {results.Count} charts.");
        return 0;
    }

    /// <summary>Leaves out who cannot run here, and says why.</summary>
    private static List<IContender> Present(Options options, IAnsiConsole console)
    {
        List<IContender> present = [];
        foreach (IContender contender in options.Contenders)
        {
            string trial = Path.Combine(options.Folder, "trial");
            Directory.CreateDirectory(trial);
            string? reason = contender.WhyMissing(trial);
            Directory.Delete(trial, recursive: true);
            if (reason is null)
            {
                present.Add(contender);
            }
            else
            {
                console.MarkupLineInterpolated(
                    $"[yellow]{contender.Name} does not take part: {reason}[/]");
            }
        }

        return present;
    }

    private static Dictionary<string, object> About(
        Options options,
        string fileSystem,
        IReadOnlyList<IContender> contenders,
        Session session)
    {
        var about = new Dictionary<string, object>
        {
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["system"] = RuntimeInformation.OSDescription,
            ["processors"] = Environment.ProcessorCount,
            ["file system"] = fileSystem,
            ["rounds"] = options.Scale.Rounds,
            ["flush, us, least"] = Math.Round(session.Flush.Least, 1),
            ["flush, us, most"] = Math.Round(session.Flush.Most, 1),
            ["rounds kept although flushes were dear"] = session.NoisyRounds,
        };
        if (contenders.Any(one => one is SqliteContender))
        {
            about["SQLite"] = SqliteContender.Version;
        }

        if (contenders.Any(one => one is LmdbContender))
        {
            about["LMDB"] = LmdbContender.Version;
        }

        return about;
    }

    /// <summary>A line that overwrites itself in a terminal; nothing in a file.</summary>
    private static Action<string> Progress(IAnsiConsole console) =>
        console.Profile.Out.IsTerminal
            ? text => console.Write(new Text($"\r{text,-70}\r"))
            : _ => { };
}
