using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Inspection;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire pages</c>: one line per page, written as the pages are read. Damage is the answer no
/// (1).
/// </summary>
internal static class PagesCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "pages",
        "Lists the pages of a file: kind, last transaction, checksum, bytes used.",
        Run,
        "quire pages drawing.quire",
        "quire pages drawing.quire --json | jq 'select(.kind == \"data\")'");

    private static int Run(CommandContext context)
    {
        using PageFile file = context.OpenReadOnly();
        if (!context.Json)
        {
            context.Text.WriteLine(
                $"{"page",10}  {"kind",-8}{"transaction",12}  {"checksum",-9}{"used",7}");
        }

        bool isSound = true;
        foreach (PageSummary page in new PageScan(file).Run())
        {
            isSound &= page.IsSound != false;
            if (context.Json)
            {
                PrintJson(context, page);
            }
            else
            {
                Print(context.Text, page);
            }
        }

        return isSound ? ExitCode.Done : ExitCode.No;
    }

    private static void Print(TextWriter text, PageSummary page)
    {
        string transaction = page.Transaction?.ToString() ?? "-";
        string used = page.UsedBytes is { } bytes ? $"{bytes}" : "-";
        string checksum = page.IsSound switch { true => "ok", false => "BAD", null => "-" };
        text.WriteLine(
            $"{page.Number,10}  {page.Kind,-8}{transaction,12}  {checksum,-9}{used,7}" +
            (page.Problem is null ? "" : $"  {page.Problem}"));
    }

    private static void PrintJson(CommandContext context, PageSummary page) =>
        context.WriteJson(json =>
        {
            json.WriteNumber("page", page.Number.Value);
            json.WriteString("kind", page.Kind);
            if (page.Transaction is { } transaction)
            {
                json.WriteNumber("transactionNumber", transaction.Value);
            }

            if (page.IsSound is { } sound)
            {
                json.WriteBoolean("sound", sound);
            }

            if (page.UsedBytes is { } used)
            {
                json.WriteNumber("usedBytes", used);
            }

            if (page.Problem is { } problem)
            {
                json.WriteString("problem", problem);
            }
        });
}
