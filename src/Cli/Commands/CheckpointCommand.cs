using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire checkpoint</c>: empties the log of a sealed file. A classic file has none, and nothing
/// to do is done (0).
/// </summary>
internal static class CheckpointCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "checkpoint",
        "Makes the main file durable and empties the log of a sealed file.",
        Run,
        "quire checkpoint drawing.quire",
        "quire checkpoint drawing.quire --timeout 2.5 --json");

    private static int Run(CommandContext context)
    {
        using PageFile file = context.OpenForWriting();
        file.Checkpoint();
        PageFileInfo info = file.GetInfo();
        bool isSealed = info.Protocol == CommitProtocol.Sealed;
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("protocol", Words.Of(info.Protocol));
                json.WriteNumber("transactionNumber", info.TransactionNumber.Value);
            });
        }
        else
        {
            context.Text.WriteLine(isSealed
                ? $"the log is empty; main holds transaction {info.TransactionNumber} durably"
                : "nothing to do: in a classic file every commit is a checkpoint; " +
                    $"main holds transaction {info.TransactionNumber} durably");
        }

        return ExitCode.Done;
    }
}
