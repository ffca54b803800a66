using System.CommandLine;
using Quire.Cli.CommandLine;

namespace Quire.Cli.Maps;

/// <summary>
/// <c>quire map</c>: looks into the ordered maps of a file, and changes them, one transaction per
/// command. The commands of a few lines are here.
/// </summary>
internal static class MapCommand
{
    private static readonly string[] Examples =
    [
        "quire map put app.quire users anna 1986",
        "quire map get app.quire users anna",
        "quire map list app.quire users --prefix a --limit 10",
        "quire map maps app.quire",
    ];

    public static Command Create(CommonOptions common)
    {
        var command = new Command("map", "Reads and changes the ordered maps of a file.")
        {
            MapPutCommand.Create(common),
            MapGetCommand.Create(common),
            CreateDelete(common),
            MapListCommand.Create(common),
            CreateCount(common),
            CreateMaps(common),
            CreateClear(common),
            CreateDrop(common),
        };
        HelpWithExamples.Add(command, Examples);
        return command;
    }

    private static Command CreateDelete(CommonOptions common)
    {
        var arguments = new MapArguments(common);
        var command = new Command("delete", "Takes a record out. An absent key is 1.")
        {
            arguments.File, arguments.Map, arguments.Key, arguments.Hex,
        };
        return arguments.Complete(
            command,
            context =>
            {
                byte[] key = arguments.KeyOf(context);
                return Change(context, arguments.MapOf(context), "deleted", map =>
                {
                    if (!map.Delete(key))
                    {
                        throw MapAccess.AbsentKey(map.Name, key);
                    }
                });
            },
            "quire map delete app.quire users anna",
            "quire map delete app.quire users 00ff --hex");
    }

    private static Command CreateClear(CommonOptions common)
    {
        var arguments = new MapArguments(common);
        return arguments.Complete(
            new Command("clear", "Takes all records out; the map stays.")
            {
                arguments.File, arguments.Map,
            },
            context => Change(
                context, arguments.MapOf(context), "cleared", map => map.Clear()),
            "quire map clear app.quire users");
    }

    private static Command CreateDrop(CommonOptions common)
    {
        var arguments = new MapArguments(common);
        return arguments.Complete(
            new Command("drop", "Takes the map out of the file.")
            {
                arguments.File, arguments.Map,
            },
            context => Change(context, arguments.MapOf(context), "dropped", map => map.Drop()),
            "quire map drop app.quire users");
    }

    private static int Change(
        CommandContext context, string name, string done, Action<MapWriter> change)
    {
        using PageFile file = context.OpenForWriting();
        using WriteTransaction write = file.BeginWrite();
        change(MapAccess.Find(write, name));
        write.Commit();
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("map", name);
                json.WriteString("done", done);
            });
        }
        else
        {
            context.Text.WriteLine(done);
        }

        return ExitCode.Done;
    }

    private static Command CreateCount(CommonOptions common)
    {
        var arguments = new MapArguments(common);
        return arguments.Complete(
            new Command("count", "Says how many records a map has.")
            {
                arguments.File, arguments.Map,
            },
            context =>
            {
                string name = arguments.MapOf(context);
                using PageFile file = context.OpenReadOnly();
                using ReadTransaction read = file.BeginRead();
                long records = MapAccess.Find(read, name).Count;
                if (context.Json)
                {
                    WriteInfo(context, name, records);
                }
                else
                {
                    context.Text.WriteLine(records);
                }

                return ExitCode.Done;
            },
            "quire map count app.quire users");
    }

    private static Command CreateMaps(CommonOptions common) => common.FileCommand(
        "maps",
        "Lists the maps of a file and how many records they have.",
        context =>
        {
            using PageFile file = context.OpenReadOnly();
            using ReadTransaction read = file.BeginRead();
            foreach (MapInfo map in MapAccess.List(read))
            {
                if (context.Json)
                {
                    WriteInfo(context, map.Name, map.Count);
                }
                else
                {
                    context.Text.WriteLine($"{map.Count,12}  {map.Name}");
                }
            }

            return ExitCode.Done;
        },
        "quire map maps app.quire",
        "quire map maps app.quire --json");

    private static void WriteInfo(CommandContext context, string name, long records) =>
        context.WriteJson(json =>
        {
            json.WriteString("map", name);
            json.WriteNumber("records", records);
        });
}
