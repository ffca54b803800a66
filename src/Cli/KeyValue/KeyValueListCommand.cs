using System.CommandLine;
using Quire.Cli.CommandLine;

namespace Quire.Cli.KeyValue;

/// <summary>
/// <c>quire kv list</c>: the entries of a selection, one JSON line each, read in stretches as
/// <c>quire map list</c> reads them. With <c>--cursor</c> a last line says where to go on.
/// </summary>
internal static class KeyValueListCommand
{
    /// <summary>Entries per transaction; with values of 64 KiB some 6 MiB.</summary>
    private const int StretchEntries = 100;

    public static Command Create(CommonOptions common)
    {
        var arguments = new KeyValueArguments(common);
        Option<string?> prefix = KeyValueArguments.KeyOption(
            "--prefix", "Only keys that continue this one; '[]' for all.");
        Option<string?> start = KeyValueArguments.KeyOption(
            "--start", "Only this key and those above it; with --prefix or --end.");
        Option<string?> end = KeyValueArguments.KeyOption(
            "--end", "Only keys below this one; with --prefix or --start.");
        var reverse = new Option<bool>("--reverse") { Description = "The highest key first." };
        var limit = new Option<long?>("--limit")
        {
            Description = "At most so many entries.",
            HelpName = "N",
            CustomParser = result => KeyValueArguments.ParseCount(result, int.MaxValue),
        };
        var cursor = new Option<string?>("--cursor")
        {
            Description = "Go on where a list with the same options stopped; '' begins. The last " +
                """line is then {"cursor":C} for the next one, and C is null at the end.""",
            HelpName = "C",
        };
        var command = new Command("list", "Lists entries in the order of their keys.")
        {
            arguments.File, prefix, start, end, reverse, limit, cursor,
        };
        return arguments.Complete(
            command,
            context => Run(
                context,
                SelectorOf(
                    context.Parsed.GetValue(prefix),
                    context.Parsed.GetValue(start),
                    context.Parsed.GetValue(end)),
                context.Parsed.GetValue(reverse),
                (int?)context.Parsed.GetValue(limit),
                context.Parsed.GetValue(cursor)),
            """quire kv list app.quire --prefix '["users"]'""",
            """quire kv list app.quire --start '["a"]' --end '["b"]' --reverse""",
            """quire kv list app.quire --prefix '["users"]' --limit 10 --cursor ''""");
    }

    private static StoreSelector SelectorOf(string? prefix, string? start, string? end)
    {
        StoreKey? within = prefix is null
            ? null
            : KeyValueArguments.Parse("--prefix", prefix, StoreJson.ParsePrefix);
        StoreKey? from = KeyOf("--start", start);
        StoreKey? below = KeyOf("--end", end);
        return (within, from, below) switch
        {
            (null, null, null) => StoreSelector.All,
            ({ }, null, null) => StoreSelector.WithPrefix(within),
            ({ }, { }, null) => StoreSelector.WithPrefixFrom(within, from),
            ({ }, null, { }) => StoreSelector.WithPrefixBelow(within, below),
            (null, { }, { }) => StoreSelector.Between(from, below),
            _ => throw CommandException.Usage(
                "a list takes --prefix, --prefix with --start, --prefix with --end, --start with " +
                "--end, or none of them; '[]' as the --prefix goes alone."),
        };
    }

    private static StoreKey? KeyOf(string name, string? typed) =>
        typed is null ? null : KeyValueArguments.ParseEntryKey(name, typed);

    private static int Run(
        CommandContext context, StoreSelector selector, bool isReversed, int? limit, string? cursor)
    {
        using PageFile file = context.OpenReadOnly();
        var store = KeyValueArguments.StoreOf(file);
        string? at = string.IsNullOrEmpty(cursor) ? null : cursor;
        int left = limit ?? int.MaxValue;
        do
        {
            StorePage page = ReadStretch(store, selector, new StoreListOptions
            {
                IsReversed = isReversed,
                Limit = Math.Min(left, StretchEntries),
                Cursor = at,
            });
            foreach (StoreEntry entry in page)
            {
                context.Text.WriteLine(StoreJson.ToText(entry));
            }

            left -= page.Count;
            at = page.Cursor;
        }
        while (left > 0 && at is not null);

        if (cursor is not null)
        {
            context.WriteJson(json => json.WriteString("cursor", at));
        }

        return ExitCode.Done;
    }

    private static StorePage ReadStretch(
        KeyValueStore store, StoreSelector selector, StoreListOptions options)
    {
        try
        {
            return store.List(selector, options);
        }
        catch (FormatException error)
        {
            throw CommandException.Usage($"--cursor: {error.Message}");
        }
    }
}
