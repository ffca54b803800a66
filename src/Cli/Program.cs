using Quire.Cli.CommandLine;
using Quire.Cli.Output;

namespace Quire.Cli;

/// <summary>
/// The entry of the <c>quire</c> tool: parses, runs one command, and turns whatever happened into
/// one line on standard error and an exit code (<see cref="ExitCode"/>).
/// </summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        using var terminal = new Terminal();
        try
        {
            int code = QuireCommandLine.Run(args, terminal);
            terminal.Flush();
            return code;
        }
        catch (OutputClosedException)
        {
            // Whoever read our output has seen enough: `quire pages big.quire | head`.
            return ExitCode.Done;
        }
        catch (Exception failure)
        {
            return Failure.Report(failure, terminal);
        }
    }
}
