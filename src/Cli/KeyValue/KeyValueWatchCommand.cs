using System.CommandLine;
using System.Runtime.InteropServices;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;

namespace Quire.Cli.KeyValue;

/// <summary>
/// <c>quire kv watch</c>: prints the entries of some keys, and each again whenever it has changed,
/// whichever process did it, one JSON line each, until it is interrupted. A key without an entry is
/// <c>{"key":K,"value":null,"versionstamp":null}</c>.
/// </summary>
/// <remarks>
/// What changes while nobody reads the output is not kept: the latest is printed.
/// </remarks>
internal static class KeyValueWatchCommand
{
    public static Command Create(CommonOptions common)
    {
        var arguments = new KeyValueArguments(common);
        var keys = new Argument<string[]>("KEY")
        {
            Description = "The keys to watch, each a JSON array of parts.",
            Arity = ArgumentArity.OneOrMore,
        };
        return arguments.Complete(
            new Command("watch", "Prints the entries of keys, and again whenever they change.")
            {
                arguments.File, keys,
            },
            context =>
            {
                StoreKey[] watched =
                [
                    .. context.Parsed.GetRequiredValue(keys).Select(
                        typed => KeyValueArguments.ParseEntryKey("KEY", typed)),
                ];
                return RunAsync(context, watched).GetAwaiter().GetResult();
            },
            """quire kv watch app.quire '["jobs","next"]'""",
            """quire kv watch app.quire '["a"]' '["b"]'""");
    }

    private static async Task<int> RunAsync(CommandContext context, StoreKey[] keys)
    {
        using var interrupted = new CancellationTokenSource();
        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }

        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        using PageFile file = context.OpenReadOnly();
        KeyValueStore store = KeyValueArguments.StoreOf(file);
        var shown = new Versionstamp?[keys.Length];
        bool isFirst = true;
        try
        {
            await foreach (IReadOnlyList<StoreEntry?> entries in store
                .Watch(keys, interrupted.Token).ConfigureAwait(false))
            {
                for (int i = 0; i < keys.Length; i++)
                {
                    if (isFirst || shown[i] != entries[i]?.Versionstamp)
                    {
                        shown[i] = entries[i]?.Versionstamp;
                        context.Text.WriteLine(LineOf(keys[i], entries[i]));
                    }
                }

                isFirst = false;
                context.Text.Flush();
            }
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            // As asked.
        }

        return ExitCode.Done;
    }

    private static string LineOf(StoreKey key, StoreEntry? entry) => entry is not null
        ? StoreJson.ToText(entry)
        : JsonLine.Make(json =>
        {
            json.WritePropertyName("key");
            StoreJson.Write(json, key);
            json.WriteNull("value");
            json.WriteNull("versionstamp");
        });
}
