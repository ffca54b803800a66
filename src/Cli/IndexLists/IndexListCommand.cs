using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Counters;

namespace Quire.Cli.IndexLists;

/// <summary>
/// <c>quire index list</c>: the ids of a list, newest first. Read in stretches, each under a
/// transaction of its own: one for all would make commits wait for whoever reads the listing. Ids
/// that come or go meanwhile may be in it or not; what stays is in it once.
/// </summary>
internal static class IndexListCommand
{
    /// <summary>Entries per transaction.</summary>
    public const int StretchEntries = 1000;

    public static Command Create(CommonOptions common)
    {
        CollectionArguments arguments = IndexCommand.Arguments(common);
        var after = new Option<string?>("--after")
        {
            Description = "Only ids that are older than this one, which must be in the list.",
            HelpName = "ID",
        };
        return arguments.Complete(
            new Command("list", "Lists the ids of a list, newest first.")
            {
                arguments.File, arguments.Name, arguments.Limit, after,
            },
            context =>
            {
                string list = arguments.NameOf(context);
                using PageFile file = context.OpenReadOnly();
                var lists = new Quire.IndexLists(file, arguments.MapOf(context));
                long? from = context.Parsed.GetValue(after) is { } id
                    ? PositionOf(lists, list, id)
                    : null;
                Write(context, lists, list, from, arguments.LimitOf(context) ?? int.MaxValue);
                return ExitCode.Done;
            },
            "quire index list flow.quire thread-7",
            "quire index list flow.quire thread-7 --limit 10 --after checkpoint-12",
            "quire index list flow.quire thread-7 --json");
    }

    private static long PositionOf(Quire.IndexLists lists, string list, string id)
    {
        using ReadTransaction read = lists.File.BeginRead();
        return lists.In(read).PositionOf(list, id) ?? throw IndexCommand.Absent(list, id);
    }

    private static void Write(
        CommandContext context, Quire.IndexLists lists, string list, long? after, int left)
    {
        while (left > 0)
        {
            int stretch = Math.Min(left, StretchEntries);
            IReadOnlyList<IndexEntry> entries = lists.List(list, stretch, after);
            foreach (IndexEntry entry in entries)
            {
                Write(context, list, entry);
            }

            after = entries.Count > 0 ? entries[^1].Position : after;
            left = entries.Count < stretch ? 0 : left - stretch;
        }
    }

    private static void Write(CommandContext context, string list, IndexEntry entry)
    {
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("list", list);
                json.WriteString("id", entry.Id);
                json.WriteNumber("position", entry.Position);
            });
        }
        else
        {
            context.Text.WriteLine(IndexCommand.Printable(entry.Id));
        }
    }
}
