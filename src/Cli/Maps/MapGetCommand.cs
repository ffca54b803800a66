using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Maps.Records;

namespace Quire.Cli.Maps;

/// <summary>
/// <c>quire map get</c>: writes one value to standard output, byte for byte; on a terminal, and in
/// hexadecimal, a line end follows. An absent key is 1. A large value is read as it is written, and
/// commits wait until it is.
/// </summary>
internal static class MapGetCommand
{
    /// <summary>Values up to this length are read before they are written.</summary>
    private const int AtOnceBytes = 1 << 20;

    public static Command Create(CommonOptions common)
    {
        var arguments = new MapArguments(common);
        var command = new Command("get", "Writes the value of a key. An absent key is 1.")
        {
            arguments.File, arguments.Map, arguments.Key, arguments.Hex,
        };
        return arguments.Complete(
            command,
            context => Run(
                context,
                arguments.MapOf(context),
                arguments.KeyOf(context),
                arguments.IsHex(context)),
            "quire map get app.quire users anna",
            "quire map get app.quire pictures anna > anna.png",
            "quire map get app.quire users anna --json");
    }

    private static int Run(CommandContext context, string name, byte[] key, bool isHex)
    {
        using PageFile file = context.OpenReadOnly();
        using ReadTransaction read = file.BeginRead();
        MapReader map = MapAccess.Find(read, name);
        if (!map.TryGetStream(key, out Stream? value))
        {
            throw MapAccess.AbsentKey(name, key);
        }

        using (value)
        {
            if (context.Json)
            {
                WriteRecord(context, name, key, value);
            }
            else if (value.Length <= AtOnceBytes)
            {
                byte[] bytes = new byte[value.Length];
                value.ReadExactly(bytes);

                // Whoever reads our output may take their time, and commits would wait for them.
                read.Dispose();
                Write(context, new MemoryStream(bytes), isHex);
            }
            else
            {
                Write(context, value, isHex);
            }
        }

        return ExitCode.Done;
    }

    private static void WriteRecord(CommandContext context, string name, byte[] key, Stream value)
    {
        if (value.Length > RecordWriter.LongestValueBytes)
        {
            throw CommandException.No(
                $"the value has {value.Length} bytes; as JSON it may have " +
                $"{RecordWriter.LongestValueBytes}.");
        }

        byte[] bytes = new byte[value.Length];
        value.ReadExactly(bytes);
        using var writer = new JsonRecordWriter(context.Terminal.Output);
        writer.Write(name, key, bytes);
        writer.Flush();
    }

    private static void Write(CommandContext context, Stream value, bool isHex)
    {
        Stream output = context.Terminal.Output;
        byte[] buffer = new byte[64 * 1024];
        for (int length = value.Read(buffer); length > 0; length = value.Read(buffer))
        {
            output.Write(
                isHex
                    ? System.Text.Encoding.ASCII.GetBytes(
                        Convert.ToHexStringLower(buffer.AsSpan(0, length)))
                    : buffer.AsSpan(0, length));
        }

        if (isHex || context.Terminal.IsInteractive)
        {
            output.Write("\n"u8);
        }

        output.Flush();
    }
}
