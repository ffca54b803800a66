using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Quire.Cli.CommandLine;

/// <summary>The usual help, and below it how the command is really typed.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly ConditionalWeakTable<Command, string[]> Known = [];

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Gives a command its examples.</summary>
    public static void Add(Command command, params string[] examples) =>
        Known.AddOrUpdate(command, examples);

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        if (Known.TryGetValue(parseResult.CommandResult.Command, out string[]? examples))
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return code;
    }
}
