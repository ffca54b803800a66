using System.CommandLine;
using System.Text;
using Quire.Cli.CommandLine;
using Quire.Cli.Counters;
using Quire.Cli.Maps;

namespace Quire.Cli.IndexLists;

/// <summary>
/// <c>quire index</c>: lists of ids, newest first; each change is a transaction of its own. A list
/// that there is not is an empty one; an id that is not in a list is 1 where one is asked for.
/// </summary>
internal static class IndexCommand
{
    private const string Noun = "list";

    public static Command Create(CommonOptions common)
    {
        var command = new Command("index", "Keeps lists of ids, newest first, each id once.")
        {
            CreateAdd(common),
            CreateRemove(common),
            IndexListCommand.Create(common),
            CreateCount(common),
            CreateLists(common),
        };
        HelpWithExamples.Add(
            command,
            "quire index add flow.quire thread-7 checkpoint-12",
            "quire index list flow.quire thread-7 --limit 10",
            "quire index lists flow.quire --prefix thread-");
        return command;
    }

    public static CollectionArguments Arguments(CommonOptions common) =>
        new(common, Noun, Quire.IndexLists.DefaultMap);

    public static string Printable(string text) =>
        MapText.Printable(Encoding.UTF8.GetBytes(text));

    public static CommandException Absent(string list, string id) => CommandException.No(
        $"list \"{Printable(list)}\" has no id \"{Printable(id)}\".");

    private static Command CreateAdd(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        Argument<string> id = IdArgument();
        return arguments.Complete(
            new Command("add", "Adds an id as the newest; one that is there stays where it is.")
            {
                arguments.File, arguments.Name, id,
            },
            context =>
            {
                string list = arguments.NameOf(context);
                string one = context.Parsed.GetRequiredValue(id);
                using PageFile file = context.OpenForWriting();
                bool isNew = new Quire.IndexLists(file, arguments.MapOf(context)).Add(list, one);
                return Done(context, list, one, isNew ? "added" : "present");
            },
            "quire index add flow.quire thread-7 checkpoint-12");
    }

    private static Command CreateRemove(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        Argument<string> id = IdArgument();
        return arguments.Complete(
            new Command("remove", "Takes an id out. One that is not there is 1.")
            {
                arguments.File, arguments.Name, id,
            },
            context =>
            {
                string list = arguments.NameOf(context);
                string one = context.Parsed.GetRequiredValue(id);
                using PageFile file = context.OpenForWriting();
                return new Quire.IndexLists(file, arguments.MapOf(context)).Remove(list, one)
                    ? Done(context, list, one, "removed")
                    : throw Absent(list, one);
            },
            "quire index remove flow.quire thread-7 checkpoint-12");
    }

    private static Command CreateCount(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        return arguments.Complete(
            new Command("count", "Says how many ids a list has.")
            {
                arguments.File, arguments.Name,
            },
            context =>
            {
                string list = arguments.NameOf(context);
                using PageFile file = context.OpenReadOnly();
                long count = new Quire.IndexLists(file, arguments.MapOf(context)).Count(list);
                if (context.Json)
                {
                    WriteInfo(context, list, count);
                }
                else
                {
                    context.Text.WriteLine(count);
                }

                return ExitCode.Done;
            },
            "quire index count flow.quire thread-7");
    }

    private static Command CreateLists(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        var prefix = new Option<string>("--prefix")
        {
            Description = "Only lists whose names begin with this.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        return arguments.Complete(
            new Command("lists", "Lists the lists and how many ids they have.")
            {
                arguments.File, prefix, arguments.Limit,
            },
            context =>
            {
                using PageFile file = context.OpenReadOnly();
                IReadOnlyList<IndexListInfo> found =
                    new Quire.IndexLists(file, arguments.MapOf(context)).Lists(
                        context.Parsed.GetValue(prefix)!, limit: arguments.LimitOf(context));
                foreach (IndexListInfo list in found)
                {
                    if (context.Json)
                    {
                        WriteInfo(context, list.Name, list.Count);
                    }
                    else
                    {
                        context.Text.WriteLine($"{Printable(list.Name)}\t{list.Count}");
                    }
                }

                return ExitCode.Done;
            },
            "quire index lists flow.quire",
            "quire index lists flow.quire --prefix thread- --json");
    }

    private static Argument<string> IdArgument() =>
        CollectionArguments.NotEmpty("ID", "The id: text in UTF-8.");

    private static int Done(CommandContext context, string list, string id, string done)
    {
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("list", list);
                json.WriteString("id", id);
                json.WriteString("done", done);
            });
        }
        else
        {
            context.Text.WriteLine(done);
        }

        return ExitCode.Done;
    }

    private static void WriteInfo(CommandContext context, string list, long count) =>
        context.WriteJson(json =>
        {
            json.WriteString("list", list);
            json.WriteNumber("count", count);
        });
}
