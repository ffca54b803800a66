using System.CommandLine;
using Quire.Cli.CommandLine;

namespace Quire.Cli.Counters;

/// <summary>
/// <c>quire counter add</c>: adds to a counter, as often as asked for, a transaction each time. A
/// value is printed, and the line sent on its way, once it is durable and before the next one
/// begins: who reads a value may rely on it, whatever happens to this process then.
/// </summary>
internal static class CounterAddCommand
{
    public static Command Create(CommonOptions common)
    {
        CollectionArguments arguments = CounterCommand.Arguments(common);
        var by = new Option<long>("--by")
        {
            Description = "What to add; negative to count down.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
            CustomParser = result =>
                CollectionArguments.ParseInteger(result, long.MinValue, long.MaxValue),
        };
        var times = new Option<long>("--times")
        {
            Description = "How often.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
            CustomParser = result => CollectionArguments.ParseInteger(result, 0, long.MaxValue),
        };
        return arguments.Complete(
            new Command("add", "Adds to a counter and prints each new value once it is durable.")
            {
                arguments.File, arguments.Name, by, times,
            },
            context => Run(
                context,
                arguments.NameOf(context),
                arguments.MapOf(context),
                context.Parsed.GetValue(by),
                context.Parsed.GetValue(times)),
            "quire counter add shop.quire orders",
            "quire counter add shop.quire orders --times 500",
            "quire counter add shop.quire stock --by -3 --json");
    }

    private static int Run(CommandContext context, string name, string map, long by, long times)
    {
        using PageFile file = context.OpenForWriting();
        var counters = new CounterSet(file, map);
        for (long i = 0; i < times; i++)
        {
            CounterCommand.Write(context, name, counters.Increment(name, by));
        }

        return ExitCode.Done;
    }
}
