using System.Globalization;
using Quire.Cli.CommandLine;
using Quire.Cli.Inspection;
using Quire.Cli.Output;
using Quire.Journal;
using Quire.Pager;

namespace Quire.Cli.Commands;

/// <summary><c>quire journal</c> for a sealed file: the records of its log.</summary>
internal static class LogReport
{
    /// <returns>The exit code.</returns>
    public static int Print(CommandContext context, LogInspection inspection)
    {
        if (context.Json)
        {
            PrintJson(context, inspection);
        }
        else
        {
            PrintText(context, inspection);
        }

        return inspection.IsRefused ? ExitCode.No : ExitCode.Done;
    }

    private static void PrintText(CommandContext context, LogInspection inspection)
    {
        var facts = new FactTable();
        facts.Add("journal", inspection.Path);
        facts.Add(
            "length", inspection.LengthBytes is { } length ? $"{length} bytes" : "no such file");
        if (inspection.Log is { Headers.Condition: JournalCondition.Empty } log)
        {
            facts.Add("log", $"from transaction {log.Header.BaseNumber} to {log.LastNumber}");
            facts.Add("file id", log.Header.FileId.ToString());
            facts.Add("page size", $"{log.Header.PageSize} bytes");
            facts.Add("salt", $"{log.Header.Salt:x16}");
            facts.Add("ends", log.Detail);
        }
        else
        {
            facts.Add("log", inspection.Log?.Headers.Detail ?? "none");
        }

        facts.Add("marker", JournalCommand.DescribeMarker(inspection.Main));
        facts.Add("connections", inspection.IsOpen switch
        {
            true => "the file is open somewhere",
            false => "none",
            null => "not known",
        });
        facts.Add("recovery", Explain(inspection));
        facts.Print(context.Terminal);
        PrintRecords(context.Text, inspection);
    }

    private static void PrintRecords(TextWriter text, LogInspection inspection)
    {
        if (inspection.Log is not { Records.Count: > 0 } log)
        {
            return;
        }

        text.WriteLine();
        text.WriteLine($"{"transaction",13}{"frames",8}{"from byte",12}{"to",12}  seal");
        foreach (LogRecord record in log.Records)
        {
            text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{NumbersOf(record),13}{record.Frames.Count,8}{record.Start,12}" +
                $"{record.End - 1,12}  {record.SealChecksum:x16}{Fate(inspection, record)}"));
        }
    }

    private static string NumbersOf(LogRecord record) => record.First == record.Number
        ? $"{record.Number}"
        : $"{record.First}-{record.Number}";

    private static string Fate(LogInspection inspection, LogRecord record)
    {
        MainState main = inspection.Main;
        bool isCommitted = main.Condition != MarkerCondition.Unreadable
            && record.Number.Value <= main.Marker.Named.Value;
        return isCommitted ? "" : "  in doubt";
    }

    private static string Explain(LogInspection inspection) => inspection switch
    {
        { IsRefused: true } => "refused: main and log do not make a file",
        { Log.Records.Count: 0 } or { Log: null } => "nothing to do: main alone is the file",
        { IsOpen: true } => "none while the file is open, but for a commit that was cut short",
        _ => "the next opener applies all records, if nobody has the file open",
    };

    /// <summary>As the word of a classic file, and <c>applyLog</c> for F1 to F5.</summary>
    private static string ActionOf(LogInspection inspection) => inspection switch
    {
        { IsRefused: true } => Words.Of(PlaybackAction.RefuseCorrupt),
        { Log.Records.Count: 0 } or { Log: null } => Words.Of(PlaybackAction.None),
        { IsOpen: not true } => "applyLog",
        { Main.Condition: MarkerCondition.Clear } => Words.Of(PlaybackAction.None),
        _ => Words.Of(PlaybackAction.PlayBack),
    };

    private static void PrintJson(CommandContext context, LogInspection inspection) =>
        context.WriteJson(json =>
        {
            json.WriteString("path", inspection.Path);
            if (inspection.LengthBytes is { } length)
            {
                json.WriteNumber("lengthBytes", length);
            }

            json.WriteString("protocol", "sealed");
            LogScan? log = inspection.Log;
            json.WriteString("detail", log?.Detail ?? "there is no journal");
            if (log is { Headers.Condition: JournalCondition.Empty })
            {
                json.WriteString("fileId", log.Header.FileId);
                json.WriteNumber("pageSize", log.Header.PageSize);
                json.WriteHex("salt", log.Header.Salt);
                json.WriteNumber("baseNumber", log.Header.BaseNumber.Value);
            }

            JournalCommand.WriteMarker(json, inspection.Main);
            if (inspection.IsOpen is { } isOpen)
            {
                json.WriteBoolean("isOpen", isOpen);
            }

            json.WriteBoolean("isRefused", inspection.IsRefused);
            json.WriteString("action", ActionOf(inspection));
            json.WriteStartArray("records");
            foreach (LogRecord record in log?.Records ?? [])
            {
                json.WriteStartObject();
                json.WriteNumber("transactionNumber", record.Number.Value);
                if (record.First != record.Number)
                {
                    json.WriteNumber("firstTransactionNumber", record.First.Value);
                }

                json.WriteNumber("frames", record.Frames.Count);
                json.WriteNumber("offset", record.Start);
                json.WriteNumber("lengthBytes", record.End - record.Start);
                json.WriteHex("seal", record.SealChecksum);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
}
