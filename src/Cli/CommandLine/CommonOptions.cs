using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Quire.Cli.Output;

namespace Quire.Cli.CommandLine;

/// <summary>The options that every command has, and what a command is made of.</summary>
internal sealed class CommonOptions(Terminal terminal)
{
    private const double MaximumSeconds = 1e8;

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Print one JSON object, or one per line.",
        Recursive = true,
    };

    public Option<double> Timeout { get; } = new("--timeout")
    {
        Description = "How long to wait for locks; fractions allowed, 0 tries once.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 30,
        CustomParser = ParseSeconds,
        Recursive = true,
    };

    /// <summary>A FILE argument; each command has its own.</summary>
    public static Argument<string> FileArgument()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "The main file; its journal is beside it, named FILE-journal.",
        };
        file.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 }])
            {
                result.AddError("FILE is empty.");
            }
        });
        return file;
    }

    /// <summary>Makes a command that works on one file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">The first sentence says what it does.</param>
    /// <param name="run">Does it.</param>
    /// <param name="examples">How it is typed.</param>
    public Command FileCommand(
        string name, string description, Func<CommandContext, int> run, params string[] examples)
    {
        Argument<string> file = FileArgument();
        var command = new Command(name, description) { file };
        command.SetAction(parsed => run(ContextOf(parsed, file)));
        HelpWithExamples.Add(command, examples);
        return command;
    }

    /// <summary>What the action of a command works with.</summary>
    public CommandContext ContextOf(ParseResult parsed, Argument<string>? file = null) => new(
        terminal,
        parsed,
        file is null ? "" : parsed.GetRequiredValue(file),
        parsed.GetValue(Json),
        TimeSpan.FromSeconds(parsed.GetValue(Timeout)));

    /// <summary>A number of 32 bits without a sign: 42 or 0x2A.</summary>
    public static uint ParseNumber(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (!uint.TryParse(
            isHex ? text.AsSpan(2) : text,
            isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture,
            out uint value))
        {
            result.AddError($"'{text}' is not a number from 0 to {uint.MaxValue}.");
        }

        return value;
    }

    private static double ParseSeconds(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (!double.TryParse(
                text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            || !(seconds >= 0 && seconds <= MaximumSeconds))
        {
            result.AddError($"'{text}' is not a number of seconds.");
        }

        return seconds;
    }
}
