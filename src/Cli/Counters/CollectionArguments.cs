using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Quire.Cli.CommandLine;

namespace Quire.Cli.Counters;

/// <summary>
/// What the commands of <c>quire counter</c> and <c>quire index</c> have in common; each command
/// makes its own.
/// </summary>
internal sealed class CollectionArguments(CommonOptions common, string noun, string defaultMap)
{
    public Argument<string> File { get; } = CommonOptions.FileArgument();

    public Argument<string> Name { get; } =
        NotEmpty("NAME", $"The name of the {noun}: text in UTF-8.");

    public Option<string> Map { get; } = new("--map")
    {
        Description = $"The map in which {noun}s are kept.",
        HelpName = "MAP",
        DefaultValueFactory = _ => defaultMap,
    };

    public Option<int?> Limit { get; } = new("--limit")
    {
        Description = "At most so many lines.",
        HelpName = "N",
        CustomParser = result => (int)ParseInteger(result, 0, int.MaxValue),
    };

    /// <summary>An argument that is a text of one character or more.</summary>
    public static Argument<string> NotEmpty(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 }])
            {
                result.AddError($"{name} is empty.");
            }
        });
        return argument;
    }

    /// <summary>A signed number of 64 bits within a range.</summary>
    public static long ParseInteger(ArgumentResult result, long lowest, long highest)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (!long.TryParse(
                text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            || value < lowest
            || value > highest)
        {
            result.AddError($"'{text}' is not a number from {lowest} to {highest}.");
        }

        return value;
    }

    /// <inheritdoc cref="Maps.MapArguments.Complete"/>
    public Command Complete(
        Command command, Func<CommandContext, int> run, params string[] examples)
    {
        command.Options.Add(Map);
        command.SetAction(parsed => Guarded(common.ContextOf(parsed, File), run));
        HelpWithExamples.Add(command, examples);
        return command;
    }

    public string NameOf(CommandContext context) => context.Parsed.GetRequiredValue(Name);

    public string MapOf(CommandContext context) =>
        context.Parsed.GetValue(Map) is { Length: > 0 } map
            ? map
            : throw CommandException.Usage("--map is empty.");

    public int? LimitOf(CommandContext context) => context.Parsed.GetValue(Limit);

    /// <summary>
    /// Prints a line and does not keep it back: the next one may be long in coming.
    /// </summary>
    public static void WriteLine(CommandContext context, string text)
    {
        context.Text.WriteLine(text);
        context.Text.Flush();
    }

    /// <summary>
    /// A file that keeps something else where the collection would be cannot be used for it (4); a
    /// number that a counter cannot have is the answer no (1).
    /// </summary>
    private static int Guarded(CommandContext context, Func<CommandContext, int> run)
    {
        try
        {
            return run(context);
        }
        catch (InvalidOperationException taken) when (taken is not ObjectDisposedException)
        {
            throw new CommandException(ExitCode.Corrupt, taken.Message);
        }
        catch (OverflowException overflow)
        {
            throw CommandException.No(overflow.Message);
        }
    }
}
