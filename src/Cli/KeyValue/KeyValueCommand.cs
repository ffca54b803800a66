using System.CommandLine;
using Quire.Cli.CommandLine;

namespace Quire.Cli.KeyValue;

/// <summary>
/// <c>quire kv</c>: reads and changes the key-value store of a file. The commands of a few lines
/// are here. Answers are JSON lines, with <c>--json</c> and without.
/// </summary>
internal static class KeyValueCommand
{
    private static readonly string[] Examples =
    [
        """quire kv set app.quire '["users","anna"]' '{"born":1986}'""",
        """quire kv get app.quire '["users","anna"]'""",
        """quire kv list app.quire --prefix '["users"]' --limit 10""",
        """quire kv atomic app.quire < operations.jsonl""",
    ];

    public static Command Create(CommonOptions common)
    {
        var command = new Command("kv", "Reads and changes the key-value store of a file.")
        {
            CreateGet(common),
            CreateSet(common),
            CreateDelete(common),
            KeyValueListCommand.Create(common),
            KeyValueWatchCommand.Create(common),
            KeyValueAtomicCommand.Create(common),
        };
        HelpWithExamples.Add(command, Examples);
        return command;
    }

    private static Command CreateGet(CommonOptions common)
    {
        var arguments = new KeyValueArguments(common);
        return arguments.Complete(
            new Command("get", "Prints the entry of a key. An absent key is 1.")
            {
                arguments.File, arguments.Key,
            },
            context =>
            {
                StoreKey key = arguments.KeyOf(context);
                using PageFile file = context.OpenReadOnly();
                StoreEntry entry = KeyValueArguments.StoreOf(file).Get(key)
                    ?? throw KeyValueArguments.AbsentKey(key);
                context.Text.WriteLine(StoreJson.ToText(entry));
                return ExitCode.Done;
            },
            """quire kv get app.quire '["users","anna"]'""");
    }

    private static Command CreateSet(CommonOptions common)
    {
        var arguments = new KeyValueArguments(common);
        var value = new Argument<string>("VALUE")
        {
            Description = """The value: any JSON, '{"u64":"5"}' or '{"bytes":"00ff"}'.""",
        };
        var expireIn = new Option<long?>("--expire-in")
        {
            Description = "The entry is gone after so many milliseconds.",
            HelpName = "MS",
            CustomParser = result => KeyValueArguments.ParseCount(
                result, StoreLimits.ExpireInMilliseconds),
        };
        return arguments.Complete(
            new Command("set", "Sets the entry of a key.")
            {
                arguments.File, arguments.Key, value, expireIn,
            },
            context =>
            {
                StoreKey key = arguments.KeyToSetOf(context);
                StoreValue parsed = KeyValueArguments.Parse(
                    "VALUE", context.Parsed.GetRequiredValue(value), StoreJson.ParseValue);
                AtomicOperation operation = new AtomicOperation().Set(
                    key,
                    parsed,
                    context.Parsed.GetValue(expireIn) is { } milliseconds
                        ? TimeSpan.FromMilliseconds(milliseconds)
                        : null);
                return Change(context, writer => writer.Apply(operation));
            },
            """quire kv set app.quire '["users","anna"]' '{"born":1986}'""",
            """quire kv set app.quire '["sessions",17]' true --expire-in 60000""");
    }

    private static Command CreateDelete(CommonOptions common)
    {
        var arguments = new KeyValueArguments(common);
        return arguments.Complete(
            new Command("delete", "Takes the entry of a key out. An absent key is 1.")
            {
                arguments.File, arguments.Key,
            },
            context =>
            {
                StoreKey key = arguments.KeyOf(context);
                AtomicOperation operation = new AtomicOperation().Delete(key);
                return Change(context, writer => writer.Get(key) is not null
                    ? writer.Apply(operation)
                    : throw KeyValueArguments.AbsentKey(key));
            },
            """quire kv delete app.quire '["users","anna"]'""");
    }

    private static int Change(CommandContext context, Func<KeyValueWriter, AtomicResult> change)
    {
        using PageFile file = context.OpenForWriting();
        var store = KeyValueArguments.StoreOf(file);
        AtomicResult result = file.Update(write => change(store.In(write)));
        context.Text.WriteLine(StoreJson.ToText(result));
        return ExitCode.Done;
    }
}
