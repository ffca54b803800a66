using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Maps.Records;
using Quire.Cli.Output;

namespace Quire.Cli.Maps;

/// <summary>
/// <c>quire import</c>: puts what <c>quire export</c> wrote, or others in its formats, into maps.
/// An input that is not what it should be is the answer no (1); the error names line and column.
/// </summary>
internal static class ImportCommand
{
    private const uint DefaultBatch = 100_000;

    public static Command Create(CommonOptions common)
    {
        Argument<string> file = CommonOptions.FileArgument();
        var map = new Option<string?>("--map")
        {
            Description = "Everything into this map, whatever the input says.",
            HelpName = "NAME",
        };
        Option<string?> format = FormatOption.Create();
        var from = new Option<string?>("--from")
        {
            Description = "Where from; standard input without it.",
            HelpName = "FILE",
        };
        Option<uint> batch = BatchOption();
        var replace = new Option<bool>("--replace")
        {
            Description = "A key that is there with another value gets the new one; " +
                "otherwise that is an error.",
        };
        var command = new Command(
            "import",
            "Puts records from JSON lines or CSV into maps. Whatever ends it, whole transactions " +
            "are there; importing again completes it.")
        {
            file, map, format, from, batch, replace,
        };
        command.SetAction(parsed =>
        {
            string? path = FormatOption.PathOf(parsed.GetValue(from));
            RecordFormat chosen = FormatOption.Of(parsed.GetValue(format), path);
            CommandContext context = common.ContextOf(parsed, file);
            using Stream input = path is null
                ? Console.OpenStandardInput()
                : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            using PageFile opened = context.OpenForWriting();
            RecordReader reader = RecordReader.Create(chosen, input, parsed.GetValue(map));
            var importer = new MapImporter(opened, reader, (int)parsed.GetValue(batch))
            {
                Replaces = parsed.GetValue(replace),
            };
            return Run(context, importer, path, input.CanSeek ? input.Length : null);
        });
        HelpWithExamples.Add(
            command,
            "quire import app.quire --from app.jsonl",
            "quire import app.quire --map users --format csv < users.csv",
            "quire export old.quire | quire import new.quire");
        return command;
    }

    private static Option<uint> BatchOption()
    {
        var batch = new Option<uint>("--batch")
        {
            Description = "Records per transaction.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultBatch,
            CustomParser = CommonOptions.ParseNumber,
        };
        batch.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValueOrDefault<uint>() is 0 or > int.MaxValue)
            {
                result.AddError($"--batch must be from 1 to {int.MaxValue}.");
            }
        });
        return batch;
    }

    private static int Run(
        CommandContext context, MapImporter importer, string? path, long? length)
    {
        try
        {
            RecordProgress.Run("importing", length, isShown: true, progress =>
            {
                importer.Run(progress);
                return 0;
            });
        }
        catch (InputException error)
        {
            throw CommandException.No(
                $"{path ?? "standard input"}:{error.Place.Line}:{error.Place.Column}: " +
                $"{error.Message}. {Words.Count(importer.Done.Records, "record")} in " +
                $"{Words.Count(importer.Done.Transactions, "transaction")} before it are " +
                "imported.");
        }

        Report(context, importer.Done);
        return ExitCode.Done;
    }

    private static void Report(CommandContext context, ImportCounts done)
    {
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteNumber("records", done.Records);
                json.WriteNumber("added", done.Added);
                json.WriteNumber("replaced", done.Replaced);
                json.WriteNumber("unchanged", done.Unchanged);
                json.WriteNumber("transactions", done.Transactions);
            });
        }
        else
        {
            context.Text.WriteLine(
                $"{Words.Count(done.Records, "record")} in " +
                $"{Words.Count(done.Transactions, "transaction")}: {done.Added} added, " +
                $"{done.Replaced} replaced, {done.Unchanged} unchanged");
        }
    }
}
