using System.CommandLine;
using System.Text.Json;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;
using Spectre.Console;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire verify</c>: reads every page in use, and when the file has maps, holds them against
/// their rules and proves every page reached exactly once or free. Damage is the answer no (1); a
/// file that cannot even be opened is corrupt (4). Holds main shared, so commits wait until it is
/// done.
/// </summary>
internal static class VerifyCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "verify",
        "Reads and checks every page in use, and the ordered maps. Lists damage, and exits " +
        "with 1 when there is any.",
        Run,
        "quire verify drawing.quire",
        "quire verify drawing.quire --json");

    private static int Run(CommandContext context)
    {
        using PageFile file = context.OpenReadOnly();
        using ReadTransaction read = file.BeginRead();
        VerifyReport report = Verify(read);
        MapReport maps = read.VerifyMaps();
        if (context.Json)
        {
            PrintJson(context, report, maps);
        }
        else
        {
            Print(context, file.Path, report, maps);
        }

        return report.IsSound && maps.IsSound ? ExitCode.Done : ExitCode.No;
    }

    private static VerifyReport Verify(ReadTransaction read)
    {
        if (Terminal.Progress is not { } console)
        {
            return read.Verify();
        }

        return console.Progress().AutoClear(true).Start(progress =>
        {
            ProgressTask task = progress.AddTask("verifying pages", maxValue: read.PageCount);
            return read.Verify(new Report(task));
        });
    }

    private static void Print(
        CommandContext context, string path, VerifyReport report, MapReport maps)
    {
        foreach (VerifyProblem problem in report.Problems.Concat(maps.Problems))
        {
            context.Text.WriteLine($"at byte {problem.Offset}: {problem.Text}");
        }

        int problems = report.Problems.Count + maps.Problems.Count;
        string verdict = problems == 0 ? "sound" : $"DAMAGED, {Words.Count(problems, "problem")}";
        context.Text.WriteLine(
            $"{path}: {verdict}; {Words.Count(report.PagesChecked, "page")} checked, " +
            $"{report.PagesFree} free, transaction {report.TransactionNumber}");
        if (maps.HasCatalog)
        {
            string reached = maps.IsSound
                ? $"{Words.Count(maps.PagesReached, "page")}, each reached exactly once"
                : $"{Words.Count(maps.PagesReached, "page")} reached";
            context.Text.WriteLine(
                $"{Words.Count(maps.Maps.Count, "map")}, " +
                $"{Words.Count(maps.Maps.Sum(map => map.Count), "record")}: {reached}");
        }
    }

    private static void PrintJson(
        CommandContext context, VerifyReport report, MapReport maps) =>
        context.WriteJson(json =>
        {
            json.WriteBoolean("sound", report.IsSound && maps.IsSound);
            json.WriteNumber("transactionNumber", report.TransactionNumber.Value);
            json.WriteNumber("pagesChecked", report.PagesChecked);
            json.WriteNumber("pagesFree", report.PagesFree);
            WriteProblems(json, report.Problems);
            if (maps.HasCatalog)
            {
                WriteMaps(json, maps);
            }
        });

    private static void WriteMaps(Utf8JsonWriter json, MapReport report)
    {
        json.WriteStartObject("maps");
        json.WriteBoolean("sound", report.IsSound);
        json.WriteNumber("pagesReached", report.PagesReached);
        json.WriteStartArray("maps");
        foreach (MapInfo map in report.Maps)
        {
            json.WriteStartObject();
            json.WriteString("map", map.Name);
            json.WriteNumber("records", map.Count);
            json.WriteNumber("root", map.Root.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteProblems(json, report.Problems);
        json.WriteEndObject();
    }

    private static void WriteProblems(Utf8JsonWriter json, IReadOnlyList<VerifyProblem> problems)
    {
        json.WriteStartArray("problems");
        foreach (VerifyProblem problem in problems)
        {
            json.WriteStartObject();
            json.WriteNumber("offset", problem.Offset);
            json.WriteNumber("page", problem.Page.Value);
            json.WriteString("text", problem.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Reports on the calling thread, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Report(ProgressTask task) : IProgress<uint>
    {
        void IProgress<uint>.Report(uint value) => task.Value = value;
    }
}
