using System.CommandLine;
using System.Globalization;
using System.Text;
using Quire.Cli.CommandLine;
using Quire.Cli.Maps;

namespace Quire.Cli.Counters;

/// <summary>
/// <c>quire counter</c>: counters that any number of processes count up, each change a transaction
/// of its own. An absent counter is 1 where one is asked for.
/// </summary>
internal static class CounterCommand
{
    private const string Noun = "counter";

    public static Command Create(CommonOptions common)
    {
        var command = new Command(Noun, "Counts, in as many processes as there are.")
        {
            CounterAddCommand.Create(common),
            CreateGet(common),
            CreateSet(common),
            CreateReserve(common),
            CreateList(common),
            CreateDelete(common),
        };
        HelpWithExamples.Add(
            command,
            "quire counter add shop.quire orders",
            "quire counter reserve shop.quire ids 1000",
            "quire counter list shop.quire");
        return command;
    }

    public static CollectionArguments Arguments(CommonOptions common) =>
        new(common, Noun, CounterSet.DefaultMap);

    /// <summary>A counter and its value, as text or in JSON.</summary>
    public static void Write(CommandContext context, string name, long value)
    {
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("counter", name);
                json.WriteNumber("value", value);
            });
            context.Text.Flush();
        }
        else
        {
            CollectionArguments.WriteLine(context, value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static Command CreateGet(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        return arguments.Complete(
            new Command("get", "Says what a counter is at. An absent one is 1.")
            {
                arguments.File, arguments.Name,
            },
            context =>
            {
                string name = arguments.NameOf(context);
                using PageFile file = context.OpenReadOnly();
                long value = new CounterSet(file, arguments.MapOf(context)).Get(name)
                    ?? throw Absent(name);
                Write(context, name, value);
                return ExitCode.Done;
            },
            "quire counter get shop.quire orders");
    }

    private static Command CreateSet(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        var value = new Argument<long>("VALUE")
        {
            Description = "The value.",
            CustomParser = result =>
                CollectionArguments.ParseInteger(result, long.MinValue, long.MaxValue),
        };
        var ifAbsent = new Option<bool>("--if-absent")
        {
            Description = "Only when there is no such counter; otherwise 1.",
        };
        return arguments.Complete(
            new Command("set", "Gives a counter a value.")
            {
                arguments.File, arguments.Name, value, ifAbsent,
            },
            context =>
            {
                string name = arguments.NameOf(context);
                long number = context.Parsed.GetValue(value);
                using PageFile file = context.OpenForWriting();
                var counters = new CounterSet(file, arguments.MapOf(context));
                if (!context.Parsed.GetValue(ifAbsent))
                {
                    counters.Set(name, number);
                }
                else if (!counters.TryAdd(name, number))
                {
                    throw CommandException.No($"there is a counter {Quoted(name)} already.");
                }

                Write(context, name, number);
                return ExitCode.Done;
            },
            "quire counter set shop.quire orders 1000 --if-absent",
            "quire counter set shop.quire balance -5");
    }

    private static Command CreateReserve(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        var count = new Argument<long>("COUNT")
        {
            Description = "How many numbers, 1 or more.",
            CustomParser = result => CollectionArguments.ParseInteger(result, 1, long.MaxValue),
        };
        return arguments.Complete(
            new Command("reserve", "Takes a range of numbers: prints the first and the last.")
            {
                arguments.File, arguments.Name, count,
            },
            context =>
            {
                string name = arguments.NameOf(context);
                using PageFile file = context.OpenForWriting();
                CounterRange range = new CounterSet(file, arguments.MapOf(context))
                    .Reserve(name, context.Parsed.GetValue(count));
                if (context.Json)
                {
                    context.WriteJson(json =>
                    {
                        json.WriteString("counter", name);
                        json.WriteNumber("first", range.First);
                        json.WriteNumber("last", range.Last);
                    });
                }
                else
                {
                    context.Text.WriteLine($"{range.First} {range.Last}");
                }

                return ExitCode.Done;
            },
            "quire counter reserve shop.quire ids 1000");
    }

    private static Command CreateList(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        var prefix = new Option<string>("--prefix")
        {
            Description = "Only counters whose names begin with this.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        return arguments.Complete(
            new Command("list", "Lists counters in the order of the bytes of their names.")
            {
                arguments.File, prefix, arguments.Limit,
            },
            context =>
            {
                using PageFile file = context.OpenReadOnly();
                IReadOnlyList<CounterValue> found = new CounterSet(file, arguments.MapOf(context))
                    .List(context.Parsed.GetValue(prefix)!, limit: arguments.LimitOf(context));
                foreach (CounterValue counter in found)
                {
                    if (context.Json)
                    {
                        Write(context, counter.Name, counter.Value);
                    }
                    else
                    {
                        byte[] name = Encoding.UTF8.GetBytes(counter.Name);
                        context.Text.WriteLine($"{MapText.Printable(name)}\t{counter.Value}");
                    }
                }

                return ExitCode.Done;
            },
            "quire counter list shop.quire",
            "quire counter list shop.quire --prefix order --json");
    }

    private static Command CreateDelete(CommonOptions common)
    {
        CollectionArguments arguments = Arguments(common);
        return arguments.Complete(
            new Command("delete", "Takes a counter out. An absent one is 1.")
            {
                arguments.File, arguments.Name,
            },
            context =>
            {
                string name = arguments.NameOf(context);
                using PageFile file = context.OpenForWriting();
                if (!new CounterSet(file, arguments.MapOf(context)).Delete(name))
                {
                    throw Absent(name);
                }

                if (context.Json)
                {
                    context.WriteJson(json =>
                    {
                        json.WriteString("counter", name);
                        json.WriteString("done", "deleted");
                    });
                }
                else
                {
                    context.Text.WriteLine("deleted");
                }

                return ExitCode.Done;
            },
            "quire counter delete shop.quire orders");
    }

    private static CommandException Absent(string name) =>
        CommandException.No($"there is no counter {Quoted(name)}.");

    private static string Quoted(string name) => MapText.Quote(Encoding.UTF8.GetBytes(name));
}
