using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Inspection;
using Quire.Cli.Output;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire recover</c>: does what the next writer would do anyway, and says what that was. Nothing
/// to do is done (0).
/// </summary>
internal static class RecoverCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "recover",
        "Completes a commit that was cut short, and clears what a writer left in the journal.",
        Run,
        "quire recover drawing.quire",
        "quire recover drawing.quire --timeout 2.5 --json");

    private static int Run(CommandContext context)
    {
        var log = new RecoveryLog();
        TransactionNumber number;
        using (PageFile file = context.OpenForWriting(log))
        {
            file.Recover();
            number = file.GetInfo().TransactionNumber;
        }

        if (context.Json)
        {
            PrintJson(context, log, number);
        }
        else
        {
            Print(context, log, number);
        }

        return ExitCode.Done;
    }

    private static void Print(CommandContext context, RecoveryLog log, TransactionNumber number)
    {
        foreach (RecoveryLog.Finding finding in log.Findings)
        {
            context.Text.WriteLine($"found: marker {finding.Marker}, journal {finding.Journal} " +
                $"({finding.Detail})");
            context.Text.WriteLine($"done:  {Explain(finding.Action)}");
        }

        if (log.PlayedBack is { } playback)
        {
            context.Text.WriteLine(
                $"transaction {playback.Number} is complete: " +
                $"{Words.Count(playback.Frames, "frame")} applied");
        }

        if (log.Findings.Count == 0 && log.PlayedBack is null)
        {
            context.Text.WriteLine("nothing to recover");
        }

        context.Text.WriteLine($"the file is at transaction {number}");
    }

    private static string Explain(string action) => action switch
    {
        "createJournal" => "the journal was set up",
        "discardJournal" => "the leftover was cleared; its transaction never reached its marker",
        "confirmClear" => "the commit was complete; now durably so, and the journal is cleared",
        "playBack" => "the sealed transaction was played back (P1 to P7)",
        _ => action,
    };

    private static void PrintJson(
        CommandContext context, RecoveryLog log, TransactionNumber number) =>
        context.WriteJson(json =>
        {
            json.WriteBoolean(
                "recovered", log.Findings.Count > 0 || log.PlayedBack is not null);
            json.WriteStartArray("findings");
            foreach (RecoveryLog.Finding finding in log.Findings)
            {
                json.WriteStartObject();
                json.WriteString("marker", finding.Marker);
                json.WriteString("journal", finding.Journal);
                json.WriteString("detail", finding.Detail);
                json.WriteString("action", finding.Action);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (log.PlayedBack is { } playback)
            {
                json.WriteStartObject("playedBack");
                json.WriteNumber("transactionNumber", playback.Number);
                json.WriteNumber("frames", playback.Frames);
                json.WriteEndObject();
            }

            json.WriteNumber("transactionNumber", number.Value);
        });
}
