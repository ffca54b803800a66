using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire init</c>: creates a file. One that is there already is an I/O failure (5): it was to be
/// made, and that is not possible.
/// </summary>
internal static class InitCommand
{
    private const int DefaultPageSize = 4096;

    public static Command Create(CommonOptions common)
    {
        Argument<string> file = CommonOptions.FileArgument();
        var pageSize = new Option<int>("--page-size")
        {
            Description = "Bytes per page: a power of two from 512 to 65536.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultPageSize,
        };
        var protocol = new Option<string?>("--protocol")
        {
            Description = "How commits are made durable (docs/protocol.md); by default sealed on a " +
                "local file system, classic elsewhere.",
        };
        protocol.AcceptOnlyFromAmong("classic", "sealed");
        Option<uint> applicationId = NumberOption("--application-id", "Which custom format it is.");
        Option<uint> userVersion = NumberOption("--user-version", "Which version of that format.");
        var command = new Command("init", "Creates a file; it must be absent or empty.")
        {
            file, pageSize, protocol, applicationId, userVersion,
        };
        command.SetAction(parsed => Run(
            common.ContextOf(parsed, file),
            new PageFileOptions
            {
                Mode = PageFileMode.CreateNew,
                PageSize = parsed.GetValue(pageSize),
                Protocol = parsed.GetValue(protocol) switch
                {
                    "sealed" => CommitProtocol.Sealed,
                    "classic" => CommitProtocol.Classic,
                    _ => null,
                },
                ApplicationId = parsed.GetValue(applicationId),
                UserVersion = parsed.GetValue(userVersion),
            }));
        HelpWithExamples.Add(
            command,
            "quire init drawing.quire",
            "quire init drawing.quire --protocol classic",
            "quire init drawing.quire --page-size 16384 --application-id 0x44524157");
        return command;
    }

    private static int Run(CommandContext context, PageFileOptions options)
    {
        using PageFile file = PageFile.Open(
            context.FilePath, options with { LockTimeout = context.Timeout });
        PageFileInfo info = file.GetInfo();
        if (context.Json)
        {
            context.WriteJson(json => InfoCommand.WriteFacts(json, info));
        }
        else
        {
            context.Text.WriteLine(
                $"{info.Path}: created, pages of {info.PageSize} bytes, " +
                $"{Words.Of(info.Protocol)} protocol, file id {info.FileId}");
        }

        return ExitCode.Done;
    }

    private static Option<uint> NumberOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = CommonOptions.ParseNumber,
    };
}
