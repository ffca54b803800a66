using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Maps.Records;
using Quire.Cli.Output;

namespace Quire.Cli.Maps;

/// <summary>
/// <c>quire export</c>: writes the records of all maps, or of one, as JSON lines or CSV
/// (<see cref="RecordFormat"/>), maps and keys in order. One read transaction: the export is one
/// state of the file, and commits wait until it is written.
/// </summary>
internal static class ExportCommand
{
    private const int RecordsPerReport = 1024;

    public static Command Create(CommonOptions common)
    {
        Argument<string> file = CommonOptions.FileArgument();
        var map = new Option<string?>("--map")
        {
            Description = "Only this map.",
            HelpName = "NAME",
        };
        Option<string?> format = FormatOption.Create();
        var to = new Option<string?>("--to")
        {
            Description = "Where to; standard output without it.",
            HelpName = "FILE",
        };
        var command = new Command(
            "export",
            "Writes the records of the maps as JSON lines or CSV, as one state of the file.")
        {
            file, map, format, to,
        };
        command.SetAction(parsed =>
        {
            string? path = FormatOption.PathOf(parsed.GetValue(to));
            return Run(
                common.ContextOf(parsed, file),
                parsed.GetValue(map),
                FormatOption.Of(parsed.GetValue(format), path),
                path);
        });
        HelpWithExamples.Add(
            command,
            "quire export app.quire --to app.jsonl",
            "quire export app.quire --map users --format csv > users.csv",
            "quire export old.quire | quire import new.quire");
        return command;
    }

    private static int Run(CommandContext context, string? map, RecordFormat format, string? path)
    {
        if (path is not null)
        {
            FormatOption.ThrowIfSame(context, path);
        }

        using PageFile file = context.OpenReadOnly();
        using ReadTransaction read = file.BeginRead();
        List<MapInfo> maps = [.. MapAccess.List(read).Where(one => map is null || one.Name == map)];
        if (map is not null && maps.Count == 0)
        {
            MapAccess.Find(read, map);
        }

        using Stream output = path is null ? context.Terminal.Output : File.Create(path);
        using RecordWriter writer = RecordWriter.Create(format, output);
        long records = RecordProgress.Run(
            "exporting",
            maps.Sum(one => one.Count),
            isShown: path is not null,
            progress => Write(read, maps, writer, progress));
        if (path is not null)
        {
            Report(context, path, maps.Count, records);
        }

        return ExitCode.Done;
    }

    private static long Write(
        ReadTransaction read, List<MapInfo> maps, RecordWriter writer, RecordProgress progress)
    {
        long records = 0;
        writer.Begin();
        foreach (MapInfo map in maps)
        {
            if (map.Count == 0)
            {
                writer.WriteEmptyMap(map.Name);
            }

            foreach (MapEntry entry in read.Map(map.Name).Scan())
            {
                writer.Write(map.Name, entry.Key, RecordWriter.ValueOf(map.Name, entry));
                records++;
                if (writer.PendingBytes >= RecordWriter.PlentyBytes)
                {
                    writer.Flush();
                }

                if (records % RecordsPerReport == 0)
                {
                    progress.Report(records, records);
                }
            }
        }

        writer.Flush();
        return records;
    }

    private static void Report(CommandContext context, string path, int maps, long records)
    {
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("path", path);
                json.WriteNumber("maps", maps);
                json.WriteNumber("records", records);
            });
        }
        else
        {
            context.Text.WriteLine(
                $"{path}: {Words.Count(records, "record")} of {Words.Count(maps, "map")}");
        }
    }
}
