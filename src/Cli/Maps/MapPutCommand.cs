using System.CommandLine;
using Quire.Cli.CommandLine;

namespace Quire.Cli.Maps;

/// <summary>
/// <c>quire map put</c>: puts one record in. Without VALUE the value is standard input, byte for
/// byte and of any length; it is read before the transaction begins, for it may take its time, and
/// other writers would wait for it.
/// </summary>
internal static class MapPutCommand
{
    public static Command Create(CommonOptions common)
    {
        var arguments = new MapArguments(common);
        var value = new Argument<string?>("VALUE")
        {
            Description = "The value; without it standard input, byte for byte.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("put", "Puts a record in, or replaces its value.")
        {
            arguments.File, arguments.Map, arguments.Key, value, arguments.Hex,
        };
        return arguments.Complete(
            command,
            context => Run(context, arguments, context.Parsed.GetValue(value)),
            "quire map put app.quire users anna 1986",
            "quire map put app.quire pictures anna < anna.png",
            "quire map put app.quire users 00ff 01 --hex");
    }

    private static int Run(CommandContext context, MapArguments arguments, string? typed)
    {
        byte[] key = arguments.KeyOf(context);
        string name = arguments.MapOf(context);
        using Stream value = typed is null
            ? SpooledInput.Read(Console.OpenStandardInput())
            : new MemoryStream(MapText.Parse(typed, arguments.IsHex(context)));
        using PageFile file = context.OpenForWriting();
        using WriteTransaction write = file.BeginWrite();
        bool isNew = MapAccess.Open(write, name).PutStream(key, value);
        write.Commit();
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("map", name);
                json.WriteString("done", isNew ? "added" : "replaced");
                json.WriteNumber("bytes", value.Length);
            });
        }
        else
        {
            context.Text.WriteLine(isNew ? "added" : "replaced");
        }

        return ExitCode.Done;
    }
}
