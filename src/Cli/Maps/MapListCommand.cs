using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Maps.Records;

namespace Quire.Cli.Maps;

/// <summary>
/// <c>quire map list</c>: the records of a range, one line each; with <c>--json</c> as <c>quire
/// export</c> writes them. Read in stretches, each under a transaction of its own: one for all
/// would make commits wait for whoever reads the listing. Each stretch is one state of the file.
/// </summary>
internal static class MapListCommand
{
    /// <summary>Records per transaction.</summary>
    public const int StretchRecords = 1000;

    public static Command Create(CommonOptions common)
    {
        var arguments = new MapArguments(common);
        Option<string?> prefix = KeyOption("--prefix", "Only keys that begin with this.");
        Option<string?> from = KeyOption("--from", "Only this key and those above it.");
        Option<string?> to = KeyOption("--to", "Only keys below this one.");
        var reverse = new Option<bool>("--reverse") { Description = "The highest key first." };
        var limit = new Option<uint?>("--limit")
        {
            Description = "At most so many records.",
            HelpName = "N",
            CustomParser = result => CommonOptions.ParseNumber(result),
        };
        var command = new Command("list", "Lists records in the order of the bytes of their keys.")
        {
            arguments.File, arguments.Map, prefix, from, to, reverse, limit, arguments.Hex,
        };
        return arguments.Complete(
            command,
            context =>
            {
                byte[]? BytesOf(Option<string?> option) =>
                    context.Parsed.GetValue(option) is { } typed
                        ? MapText.Parse(typed, arguments.IsHex(context))
                        : null;
                var range = new MapRange
                {
                    Prefix = BytesOf(prefix),
                    From = LimitAt(BytesOf(from)),
                    To = LimitAt(BytesOf(to)),
                    IsReversed = context.Parsed.GetValue(reverse),
                    Limit = context.Parsed.GetValue(limit),
                };
                return Run(context, arguments.MapOf(context), range, arguments.IsHex(context));
            },
            "quire map list app.quire users",
            "quire map list app.quire users --prefix an --limit 10",
            "quire map list app.quire users --from b --to d --reverse --json");
    }

    private static int Run(CommandContext context, string name, MapRange range, bool isHex)
    {
        using RecordWriter writer = context.Json
            ? new JsonRecordWriter(context.Terminal.Output)
            : new PlainRecordWriter(context.Terminal.Output, isHex);
        using PageFile file = context.OpenReadOnly();
        for (MapRange? rest = range; rest is not null;)
        {
            rest = ReadStretch(file, name, rest, writer);
            writer.Flush();
        }

        return ExitCode.Done;
    }

    /// <returns>What is left to read, or null for nothing.</returns>
    private static MapRange? ReadStretch(
        PageFile file, string name, MapRange range, RecordWriter writer)
    {
        using ReadTransaction read = file.BeginRead();
        int records = 0;
        foreach (MapEntry entry in MapAccess.Find(read, name).Scan(range))
        {
            writer.Write(name, entry.Key, RecordWriter.ValueOf(name, entry));
            records++;
            if (records == StretchRecords || writer.PendingBytes >= RecordWriter.PlentyBytes)
            {
                return Behind(range, entry.Key.ToArray(), records);
            }
        }

        return null;
    }

    private static MapRange Behind(MapRange range, byte[] last, int records)
    {
        MapRange rest = range with { Limit = range.Limit - records };
        return range.IsReversed
            ? rest with { To = last, IsToInclusive = false }
            : rest with { From = last, IsFromExclusive = true };
    }

    /// <summary>
    /// No limit is not the same as an empty key, to which a null array would convert.
    /// </summary>
    private static ReadOnlyMemory<byte>? LimitAt(byte[]? key) =>
        key is null ? default(ReadOnlyMemory<byte>?) : key;

    private static Option<string?> KeyOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "KEY",
    };
}
