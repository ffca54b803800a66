using System.CommandLine;
using Quire.Cli.CommandLine;

namespace Quire.Cli.Maps;

/// <summary>
/// What the commands of <c>quire map</c> have in common; each command makes its own.
/// </summary>
internal sealed class MapArguments(CommonOptions common)
{
    public Argument<string> File { get; } = CommonOptions.FileArgument();

    public Argument<string> Map { get; } = NameArgument();

    public Argument<string> Key { get; } = new("KEY") { Description = "The key: text in UTF-8." };

    public Option<bool> Hex { get; } = new("--hex")
    {
        Description = "Keys and values are typed and shown in hexadecimal.",
    };

    public CommandContext ContextOf(ParseResult parsed) => common.ContextOf(parsed, File);

    public string MapOf(CommandContext context) => context.Parsed.GetRequiredValue(Map);

    public byte[] KeyOf(CommandContext context) =>
        MapText.Parse(context.Parsed.GetRequiredValue(Key), IsHex(context));

    public bool IsHex(CommandContext context) => context.Parsed.GetValue(Hex);

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

    private static Argument<string> NameArgument()
    {
        var map = new Argument<string>("MAP") { Description = "The name of the map." };
        map.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 }])
            {
                result.AddError("MAP is empty.");
            }
        });
        return map;
    }
}
