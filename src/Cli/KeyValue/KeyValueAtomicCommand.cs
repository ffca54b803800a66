using System.CommandLine;
using System.Text;
using Quire.Cli.CommandLine;
using Quire.Cli.Maps.Records;
using Quire.Cli.Output;

namespace Quire.Cli.KeyValue;

/// <summary>
/// <c>quire kv atomic</c>: performs operations, one JSON line each, and answers each with a JSON
/// line as soon as it is durable, until the input ends. Blank lines are passed over.
/// </summary>
/// <remarks>
/// An operation that cannot be read or performed is answered with <c>{"error":...}</c> and changes
/// nothing; the next one goes on. So is one that could not have its locks in time. A file that is
/// damaged or fails ends the command after its answer: what follows would fare no better.
/// </remarks>
internal static class KeyValueAtomicCommand
{
    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Command Create(CommonOptions common)
    {
        var arguments = new KeyValueArguments(common);
        return arguments.Complete(
            new Command(
                "atomic",
                "Performs the operations of standard input, one JSON line each, and answers each " +
                "with one. An operation that was not done makes it 1.")
            {
                arguments.File,
            },
            Run,
            "quire kv atomic app.quire < operations.jsonl",
            """echo '{"mutations":[{"type":"delete","key":["a"]}]}' | quire kv atomic app.quire""");
    }

    private static int Run(CommandContext context)
    {
        using PageFile file = context.OpenForWriting();
        var store = KeyValueArguments.StoreOf(file);
        using Stream input = Console.OpenStandardInput();
        var lines = new LineReader(input);
        int code = ExitCode.Done;
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            if (line.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            int answered = Answer(context, store, line);
            code = Math.Max(code, answered);
        }

        return code;
    }

    /// <summary>Performs one operation and answers it.</summary>
    /// <returns>What the exit code is on its account: 0, 1 or 3.</returns>
    private static int Answer(
        CommandContext context, KeyValueStore store, ReadOnlySpan<byte> line)
    {
        try
        {
            string json = StrictUtf8.GetString(line);
            AtomicResult result = StoreJson.ParseOperation(json, store).Commit();
            Say(context, StoreJson.ToText(result));
            return result.IsCommitted ? ExitCode.Done : ExitCode.No;
        }
        catch (Exception error) when (
            error is FormatException or DecoderFallbackException or ArgumentException
                or StoreTypeException)
        {
            SayError(context, error);
            return ExitCode.No;
        }
        catch (BusyException error)
        {
            SayError(context, error);
            return ExitCode.Busy;
        }
        catch (Exception error) when (error is QuireException or IOException)
        {
            SayError(context, error);
            throw;
        }
    }

    private static void SayError(CommandContext context, Exception error) => Say(
        context, JsonLine.Make(json => json.WriteString("error", error.Message)));

    /// <summary>Whoever sent the operation waits for its answer.</summary>
    private static void Say(CommandContext context, string line)
    {
        context.Text.WriteLine(line);
        context.Text.Flush();
    }
}
