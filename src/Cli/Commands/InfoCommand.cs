using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Quire.Cli.CommandLine;
using Quire.Cli.Inspection;
using Quire.Cli.Output;
using Quire.Journal;
using Quire.Storage;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire info</c>: what a file is. Opens it read-only; while a commit that was cut short waits
/// for recovery there is no consistent answer, and the command fails with code 4.
/// </summary>
internal static class InfoCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "info",
        "Shows what a file is: format, pages, last transaction, state of its journal.",
        Run,
        "quire info drawing.quire",
        "quire info drawing.quire --json | jq .transactionNumber");

    /// <summary>The facts of a file as JSON members, shared with <c>init</c>.</summary>
    public static void WriteFacts(Utf8JsonWriter json, PageFileInfo info)
    {
        json.WriteString("path", info.Path);
        json.WriteNumber("formatVersion", info.FormatVersion);
        json.WriteString("protocol", NameOf(info.Protocol));
        json.WriteNumber("pageSize", info.PageSize);
        json.WriteNumber("payloadSize", PayloadSize(info));
        json.WriteString("fileId", info.FileId);
        json.WriteNumber("applicationId", info.ApplicationId);
        json.WriteNumber("userVersion", info.UserVersion);
        json.WriteNumber("transactionNumber", info.TransactionNumber.Value);
        json.WriteNumber("pageCount", info.PageCount);
        json.WriteNumber("freePages", info.FreePages);
        if (info.Root.IsNone)
        {
            json.WriteNull("root");
        }
        else
        {
            json.WriteNumber("root", info.Root.Value);
        }

        json.WriteNumber("lengthBytes", info.LengthBytes);
    }

    private static int Run(CommandContext context)
    {
        PageFileInfo info;
        using (PageFile file = context.OpenReadOnly())
        {
            info = file.GetInfo();
        }

        JournalFacts journal = FactsOf(context.FilePath);
        FileSystemKind kind = KindOf(info.Path);
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                WriteFacts(json, info);
                WriteJournal(json, journal);
                json.WriteStartObject("fileSystem");
                json.WriteString("name", kind.Name);
                json.WriteBoolean("isLocal", kind.IsLocal);
                json.WriteEndObject();
            });
        }
        else
        {
            Print(context, info, journal, kind);
        }

        return ExitCode.Done;
    }

    private static JournalFacts FactsOf(string path)
    {
        JournalInspection journal = JournalInspection.Of(path);
        return LogInspection.TryOf(path) is { Log: { } log }
            ? log.Headers.Condition == JournalCondition.Empty
                ? new JournalFacts(journal, "log", log.Detail, log.Records.Count)
                : new JournalFacts(
                    journal, Words.Of(log.Headers.Condition), log.Headers.Detail, null)
            : new JournalFacts(
                journal, Words.Of(journal.Scan.Condition), journal.Scan.Detail, null);
    }

    private static void WriteJournal(Utf8JsonWriter json, JournalFacts facts)
    {
        JournalInspection journal = facts.Inspection;
        json.WriteStartObject("journal");
        json.WriteString("path", journal.Path);
        if (journal.LengthBytes is { } length)
        {
            json.WriteNumber("lengthBytes", length);
        }

        json.WriteString("condition", facts.Condition);
        json.WriteString("detail", facts.Detail);
        if (facts.Records is { } records)
        {
            json.WriteNumber("records", records);
        }

        if (journal.IsLocked is { } locked)
        {
            json.WriteBoolean("isLocked", locked);
        }

        json.WriteEndObject();
    }

    private static void Print(
        CommandContext context, PageFileInfo info, JournalFacts journal, FileSystemKind kind)
    {
        var facts = new FactTable();
        facts.Add("file", info.Path);
        facts.Add("file id", info.FileId.ToString());
        facts.Add("format", $"version {info.FormatVersion}, {NameOf(info.Protocol)} protocol");
        facts.Add("page size", $"{info.PageSize} bytes, {PayloadSize(info)} of them payload");
        facts.Add("pages", $"{info.PageCount}, {info.FreePages} of them free");
        facts.Add("length", $"{info.LengthBytes} bytes");
        facts.Add("transaction", info.TransactionNumber.ToString());
        facts.Add("root", info.Root.IsNone ? "none" : $"page {info.Root}");
        facts.Add(
            "application",
            string.Create(
                CultureInfo.InvariantCulture,
                $"id {info.ApplicationId} (0x{info.ApplicationId:X}), version {info.UserVersion}"));
        facts.Add("journal", DescribeJournal(journal));
        facts.Add("file system", kind.IsLocal ? kind.Name : $"{kind.Name} (not local)");
        facts.Print(context.Terminal);
    }

    private static string DescribeJournal(JournalFacts journal)
    {
        string length = journal.Inspection.LengthBytes is { } bytes ? $"{bytes} bytes, " : "";
        string records = journal.Records is { } count
            ? $" of {Words.Count(count, "transaction")} since the last checkpoint"
            : "";
        string writer = journal.Inspection.IsLocked == true ? "; a writer is at work" : "";
        return $"{length}{journal.Condition}{records}{writer}";
    }

    private static FileSystemKind KindOf(string path)
    {
        using IStorageFile file = new OsFileSystem().Open(path, FileOpenMode.ReadOnly);
        return FileSystemKind.Of((OsFile)file);
    }

    private static int PayloadSize(PageFileInfo info) =>
        Pager.PageFormat.PayloadBytes(info.PageSize);

    private static string NameOf(CommitProtocol protocol) => Words.Of(protocol);

    /// <summary>What the journal holds: a transaction, or in a sealed file a log.</summary>
    private sealed record JournalFacts(
        JournalInspection Inspection, string Condition, string Detail, int? Records);
}
