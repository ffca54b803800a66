using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Quire.Cli.Commands;
using Quire.Cli.Counters;
using Quire.Cli.Crash;
using Quire.Cli.IndexLists;
using Quire.Cli.KeyValue;
using Quire.Cli.Maps;
using Quire.Cli.Output;

namespace Quire.Cli.CommandLine;

/// <summary>The tree of commands, and the run of one of them.</summary>
internal static class QuireCommandLine
{
    private const string Description = """
        Looks into Quire page files, verifies and recovers them, and shows the protocol at work.

        Exit codes: 0 done; 1 the answer is no (damage found, page or key absent, bad input);
        2 usage; 3 busy past --timeout; 4 corrupt, foreign or in need of recovery; 5 I/O failure.
        Errors are one line on standard error. QUIRE_DEBUG=1 shows stack traces.
        """;

    private static readonly string[] Examples =
    [
        "quire demo",
        "quire init drawing.quire --page-size 4096",
        "quire info drawing.quire --json",
        "quire page drawing.quire new --write picture.bin --root",
        "quire verify drawing.quire",
        "quire init app.quire",
        "quire map put app.quire users anna 1986",
        "quire counter add app.quire orders --times 3",
        """quire kv set app.quire '["users","anna"]' '{"born":1986}'""",
    ];

    /// <summary>Parses and runs.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, Terminal terminal)
    {
        ParseResult parsed = Build(terminal).Parse(
            args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            throw CommandException.Usage(
                $"{parsed.Errors[0].Message} Try '{HelpFor(parsed)}'.");
        }

        return parsed.Invoke(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = terminal.Text,
        });
    }

    private static RootCommand Build(Terminal terminal)
    {
        var common = new CommonOptions(terminal);
        var root = new RootCommand(Description);
        root.Options.Add(common.Json);
        root.Options.Add(common.Timeout);
        root.Subcommands.Add(InitCommand.Create(common));
        root.Subcommands.Add(InfoCommand.Create(common));
        root.Subcommands.Add(VerifyCommand.Create(common));
        root.Subcommands.Add(RecoverCommand.Create(common));
        root.Subcommands.Add(CheckpointCommand.Create(common));
        root.Subcommands.Add(LocksCommand.Create(common));
        root.Subcommands.Add(JournalCommand.Create(common));
        root.Subcommands.Add(PageCommand.Create(common));
        root.Subcommands.Add(PagesCommand.Create(common));
        root.Subcommands.Add(MapCommand.Create(common));
        root.Subcommands.Add(CounterCommand.Create(common));
        root.Subcommands.Add(IndexCommand.Create(common));
        root.Subcommands.Add(KeyValueCommand.Create(common));
        root.Subcommands.Add(ExportCommand.Create(common));
        root.Subcommands.Add(ImportCommand.Create(common));
        root.Subcommands.Add(CompactCommand.Create(common));
        root.Subcommands.Add(CrashCommand.Create(common));
        root.Subcommands.Add(DemoCommand.Create(common));
        root.Subcommands.Add(DemoProcessCommand.Create());
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        HelpWithExamples.Add(root, Examples);
        return root;
    }

    private static string HelpFor(ParseResult parsed)
    {
        string names = "";
        SymbolResult? at = parsed.CommandResult;
        for (; at is CommandResult { Command: not RootCommand } result; at = result.Parent)
        {
            names = $"{result.Command.Name} {names}";
        }

        return $"quire {names}--help";
    }
}
