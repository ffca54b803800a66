using Quire.Cli.Output;

namespace Quire.Cli;

/// <summary>A command ends with a code of its own and one line of explanation.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The command line makes no sense.</summary>
    public static CommandException Usage(string message) => new(Cli.ExitCode.Usage, message);

    /// <summary>The answer is no.</summary>
    public static CommandException No(string message) => new(Cli.ExitCode.No, message);
}

/// <summary>Turns exceptions into exit codes and one line each.</summary>
internal static class Failure
{
    /// <summary>Set to 1, it shows stack traces.</summary>
    public const string DebugVariable = "QUIRE_DEBUG";

    public static int Report(Exception failure, Terminal terminal)
    {
        terminal.WriteError(failure.Message);
        if (Environment.GetEnvironmentVariable(DebugVariable) == "1")
        {
            Console.Error.WriteLine(failure);
        }

        return CodeOf(failure);
    }

    /// <summary>Which exit code a failure has.</summary>
    internal static int CodeOf(Exception failure) => failure switch
    {
        CommandException command => command.ExitCode,
        QuireException quire => CodeOf(quire.Code),

        // Misuse of the engine through this tool is a wrong command line: a page size of 1000, the
        // protocol that is still to come.
        ArgumentException or NotSupportedException => ExitCode.Usage,
        _ => ExitCode.Io,
    };

    private static int CodeOf(QuireErrorCode code) => code switch
    {
        QuireErrorCode.Busy => ExitCode.Busy,
        QuireErrorCode.NotAQuireFile
            or QuireErrorCode.UnsupportedVersion
            or QuireErrorCode.Corrupt
            or QuireErrorCode.ForeignJournal
            or QuireErrorCode.RecoveryNeeded => ExitCode.Corrupt,
        _ => ExitCode.Io,
    };
}
