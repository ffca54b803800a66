using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;
using Spectre.Console;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire verify</c>: reads every page in use. Damage is the answer no (1); a file that cannot
/// even be opened is corrupt (4). Holds main shared, so commits wait until it is done.
/// </summary>
internal static class VerifyCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "verify",
        "Reads and checks every page in use. Lists damage, and exits with 1 when there is any.",
        Run,
        "quire verify drawing.quire",
        "quire verify drawing.quire --json");

    private static int Run(CommandContext context)
    {
        using PageFile file = context.OpenReadOnly();
        using ReadTransaction read = file.BeginRead();
        VerifyReport report = Verify(read);
        if (context.Json)
        {
            PrintJson(context, report);
        }
        else
        {
            Print(context, file.Path, report);
        }

        return report.IsSound ? ExitCode.Done : ExitCode.No;
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

    private static void Print(CommandContext context, string path, VerifyReport report)
    {
        foreach (VerifyProblem problem in report.Problems)
        {
            context.Text.WriteLine($"at byte {problem.Offset}: {problem.Text}");
        }

        string verdict = report.IsSound
            ? "sound"
            : $"DAMAGED, {Words.Count(report.Problems.Count, "problem")}";
        context.Text.WriteLine(
            $"{path}: {verdict}; {Words.Count(report.PagesChecked, "page")} checked, " +
            $"{report.PagesFree} free, transaction {report.TransactionNumber}");
    }

    private static void PrintJson(CommandContext context, VerifyReport report) =>
        context.WriteJson(json =>
        {
            json.WriteBoolean("sound", report.IsSound);
            json.WriteNumber("transactionNumber", report.TransactionNumber.Value);
            json.WriteNumber("pagesChecked", report.PagesChecked);
            json.WriteNumber("pagesFree", report.PagesFree);
            json.WriteStartArray("problems");
            foreach (VerifyProblem problem in report.Problems)
            {
                json.WriteStartObject();
                json.WriteNumber("offset", problem.Offset);
                json.WriteNumber("page", problem.Page.Value);
                json.WriteString("text", problem.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    /// <summary>Reports on the calling thread, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Report(ProgressTask task) : IProgress<uint>
    {
        void IProgress<uint>.Report(uint value) => task.Value = value;
    }
}
