using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Quire.Cli.Output;
using Spectre.Console;

namespace Quire.Cli.CommandLine;

/// <summary>One run of one command: where it prints, and what was asked of it.</summary>
internal sealed record CommandContext(
    Terminal Terminal, ParseResult Parsed, string FilePath, bool Json, TimeSpan Timeout)
{
    public TextWriter Text => Terminal.Text;

    public IAnsiConsole Styled => Terminal.Styled;

    /// <summary>Opens the file without ever writing to it.</summary>
    public PageFile OpenReadOnly() => Open(PageFileMode.ReadOnly);

    /// <summary>
    /// Opens the file for writing; a commit that was cut short is completed first.
    /// </summary>
    public PageFile OpenForWriting(ILogger? logger = null) =>
        Open(PageFileMode.OpenExisting, logger);

    /// <summary>Prints one JSON object.</summary>
    public void WriteJson(Action<Utf8JsonWriter> members) => JsonLine.Write(Text, members);

    private PageFile Open(PageFileMode mode, ILogger? logger = null)
    {
        try
        {
            return PageFile.Open(
                FilePath,
                new PageFileOptions { Mode = mode, LockTimeout = Timeout, Logger = logger });
        }
        catch (FileNotFoundException) when (!File.Exists(FilePath))
        {
            throw new CommandException(
                ExitCode.Io,
                $"{FilePath}: there is no such file; 'quire init {FilePath}' makes one.");
        }
    }
}
