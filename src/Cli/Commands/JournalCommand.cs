using System.CommandLine;
using System.Globalization;
using Quire.Cli.CommandLine;
using Quire.Cli.Inspection;
using Quire.Cli.Output;
using Quire.Journal;
using Quire.Pager;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire journal</c>: what the journal holds and what will become of it. Works on damaged files
/// as well, takes no lock and writes nothing. Two files that can no longer be brought together are
/// damage (1).
/// </summary>
internal static class JournalCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "journal",
        "Shows the journal, the marker, and what recovery would do with them. Changes nothing.",
        Run,
        "quire journal drawing.quire",
        "quire journal drawing.quire --json | jq .action");

    private static int Run(CommandContext context)
    {
        if (LogInspection.TryOf(context.FilePath) is { } log)
        {
            return LogReport.Print(context, log);
        }

        JournalInspection journal = JournalInspection.Of(context.FilePath);
        if (journal.Main.Problem is { Code: QuireErrorCode.NotAQuireFile } problem
            && journal.Main.Condition == MarkerCondition.Unreadable)
        {
            throw problem.ToException(context.FilePath);
        }

        if (context.Json)
        {
            PrintJson(context, journal);
        }
        else
        {
            Print(context, journal);
        }

        return journal.IsRefused ? ExitCode.No : ExitCode.Done;
    }

    private static void Print(CommandContext context, JournalInspection journal)
    {
        JournalScan scan = journal.Scan;
        var facts = new FactTable();
        facts.Add("journal", journal.Path);
        facts.Add(
            "length", journal.LengthBytes is { } length ? $"{length} bytes" : "no such file");
        facts.Add("condition", $"{Words.Of(scan.Condition)}: {scan.Detail}");
        if (HasHeader(scan))
        {
            facts.Add("file id", scan.Header.FileId.ToString());
            facts.Add("page size", $"{scan.Header.PageSize} bytes");
            facts.Add("salt", $"{scan.Header.Salt:x16}");
        }

        if (scan.Condition == JournalCondition.Sealed)
        {
            facts.Add("transaction", scan.Number.ToString());
            facts.Add("seal", $"{scan.SealChecksum:x16}");
        }

        facts.Add("marker", DescribeMarker(journal.Main));
        if (journal.Main.Problem is { } problem)
        {
            facts.Add("header", problem.Text);
        }

        facts.Add("writer", journal.IsLocked switch
        {
            true => "at work: the journal lock is held",
            false => "none: the journal lock is free",
            null => "not known",
        });
        facts.Add("recovery", Explain(journal.Action));
        facts.Print(context.Terminal);
        PrintFrames(context.Text, scan);
    }

    private static void PrintFrames(TextWriter text, JournalScan scan)
    {
        if (scan.Frames.Count == 0)
        {
            return;
        }

        text.WriteLine();
        text.WriteLine($"{"frame",7}  {"kind",-8}{"page",10}{"at byte",12}  checksum");
        for (int index = 0; index < scan.Frames.Count; index++)
        {
            JournalFrame frame = scan.Frames[index];
            text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{index,7}  {Words.Of(frame.Kind),-8}{frame.Page,10}{frame.ImageOffset,12}  " +
                $"{frame.ImageChecksum:x16}"));
        }
    }

    /// <summary>The marker in a line.</summary>
    public static string DescribeMarker(MainState main) => main.Condition switch
    {
        MarkerCondition.Clear => $"clear; transaction {main.Marker.Applied} is applied",
        MarkerCondition.Set =>
            $"set: transaction {main.Marker.Marker} is being applied over {main.Marker.Applied}",
        _ => "unreadable",
    };

    private static string Explain(PlaybackAction action) => action switch
    {
        PlaybackAction.None => "nothing to do",
        PlaybackAction.CreateJournal => "the next writer sets the journal up",
        PlaybackAction.DiscardJournal =>
            "the next writer discards this transaction: it never reached its marker",
        PlaybackAction.ConfirmClear =>
            "the next writer confirms that the commit is complete, then clears the journal",
        PlaybackAction.PlayBack => "the next reader or writer plays this transaction back",
        PlaybackAction.RefuseForeign => "refused: the journal belongs to another file",
        _ => "refused: the commit was cut short and the journal cannot complete it",
    };

    private static void PrintJson(CommandContext context, JournalInspection journal) =>
        context.WriteJson(json =>
        {
            JournalScan scan = journal.Scan;
            json.WriteString("path", journal.Path);
            if (journal.LengthBytes is { } length)
            {
                json.WriteNumber("lengthBytes", length);
            }

            json.WriteString("condition", Words.Of(scan.Condition));
            json.WriteString("detail", scan.Detail);
            if (HasHeader(scan))
            {
                json.WriteString("fileId", scan.Header.FileId);
                json.WriteNumber("pageSize", scan.Header.PageSize);
                json.WriteHex("salt", scan.Header.Salt);
                json.WriteNumber("baseNumber", scan.Header.BaseNumber.Value);
            }

            if (scan.Condition == JournalCondition.Sealed)
            {
                json.WriteNumber("transactionNumber", scan.Number.Value);
                json.WriteHex("seal", scan.SealChecksum);
            }

            WriteMarker(json, journal.Main);
            json.WriteString("verdict", Words.Of(journal.Verdict));
            json.WriteString("action", Words.Of(journal.Action));
            if (journal.IsLocked is { } locked)
            {
                json.WriteBoolean("isLocked", locked);
            }

            WriteFrames(json, scan);
        });

    /// <summary>The marker in JSON.</summary>
    public static void WriteMarker(System.Text.Json.Utf8JsonWriter json, MainState main)
    {
        json.WriteStartObject("marker");
        json.WriteString("condition", Words.Of(main.Condition));
        if (main.Condition != MarkerCondition.Unreadable)
        {
            json.WriteNumber("number", main.Marker.Marker.Value);
            json.WriteNumber("applied", main.Marker.Applied.Value);
            json.WriteHex("seal", main.Marker.SealChecksum);
        }

        json.WriteEndObject();
    }

    private static void WriteFrames(System.Text.Json.Utf8JsonWriter json, JournalScan scan)
    {
        json.WriteStartArray("frames");
        foreach (JournalFrame frame in scan.Frames)
        {
            json.WriteStartObject();
            json.WriteString("kind", Words.Of(frame.Kind));
            json.WriteNumber("page", frame.Page.Value);
            json.WriteNumber("offset", frame.ImageOffset);
            json.WriteHex("checksum", frame.ImageChecksum);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static bool HasHeader(JournalScan scan) => scan.Condition
        is JournalCondition.Empty or JournalCondition.Torn or JournalCondition.Sealed;
}
