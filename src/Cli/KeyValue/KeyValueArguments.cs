using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Quire.Cli.CommandLine;
using Quire.Cli.Maps;
using Quire.Collections;

namespace Quire.Cli.KeyValue;

/// <summary>
/// What the commands of <c>quire kv</c> have in common: a file, keys as JSON arrays, and output in
/// JSON, one line for each answer.
/// </summary>
internal sealed class KeyValueArguments(CommonOptions common)
{
    private const string Hint = """A key is a JSON array such as '["users","anna"]'.""";

    public Argument<string> File { get; } = CommonOptions.FileArgument();

    public Argument<string> Key { get; } = new("KEY")
    {
        Description = """The key: a JSON array of parts, such as '["users","anna",7]'.""",
    };

    public CommandContext ContextOf(ParseResult parsed) => common.ContextOf(parsed, File);

    /// <summary>Completes a command.</summary>
    /// <param name="command">With its arguments and options.</param>
    /// <param name="run">What it does.</param>
    /// <param name="examples">How it is typed.</param>
    public Command Complete(
        Command command, Func<CommandContext, int> run, params string[] examples)
    {
        command.SetAction(parsed => run(ContextOf(parsed)));
        HelpWithExamples.Add(command, examples);
        return command;
    }

    /// <summary>The key that an entry has, as typed for <see cref="Key"/>.</summary>
    /// <exception cref="CommandException">Not a key.</exception>
    public StoreKey KeyOf(CommandContext context) =>
        ParseEntryKey("KEY", context.Parsed.GetRequiredValue(Key));

    /// <summary>A key that is to be set: it may end with the place of a versionstamp.</summary>
    /// <exception cref="CommandException">Not a key.</exception>
    public StoreKey KeyToSetOf(CommandContext context) => Parse(
        "KEY", context.Parsed.GetRequiredValue(Key), StoreJson.ParseKey);

    /// <summary>The store of a file.</summary>
    /// <exception cref="CommandException">The file keeps something else than maps.</exception>
    public static KeyValueStore StoreOf(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        MapAccess.ThrowIfRootIsTaken(new PageSource(read));
        return new KeyValueStore(file);
    }

    /// <exception cref="CommandException">Not the key of an entry.</exception>
    public static StoreKey ParseEntryKey(string name, string typed)
    {
        StoreKey key = Parse(name, typed, StoreJson.ParseKey);
        return !key.EndsWithCommitVersionstamp
            ? key
            : throw CommandException.Usage(
                $"{name}: only a key to set may end with the place of a versionstamp.");
    }

    /// <summary>Reads what was typed in JSON; what cannot be read is a usage error.</summary>
    /// <exception cref="CommandException">It cannot.</exception>
    public static T Parse<T>(string name, string typed, Func<string, T> parse)
    {
        try
        {
            return parse(typed);
        }
        catch (FormatException error)
        {
            string hint = name is "VALUE" ? "Text is typed as '\"text\"'." : Hint;
            throw CommandException.Usage($"{name}: {error.Message} {hint}");
        }
    }

    /// <summary>An option that takes a key.</summary>
    public static Option<string?> KeyOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "KEY",
    };

    /// <summary>A whole number from 1 to <paramref name="most"/>.</summary>
    public static long? ParseCount(ArgumentResult result, long most)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            && value >= 1 && value <= most)
        {
            return value;
        }

        result.AddError($"'{text}' is not a number from 1 to {most}.");
        return null;
    }

    public static CommandException AbsentKey(StoreKey key) =>
        CommandException.No($"there is no entry of the key {key}.");
}
