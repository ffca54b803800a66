using System.CommandLine;
using Quire.Cli.Demo;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire demo-process</c>: one child process of <c>quire demo</c>. Not for people, and not
/// shown.
/// </summary>
internal static class DemoProcessCommand
{
    public const string Name = "demo-process";

    public static Command Create()
    {
        var role = new Argument<string>("ROLE");
        role.AcceptOnlyFromAmong("reader", "writer");
        var process = new Argument<string>("PROCESS");
        var file = new Argument<string>("FILE");
        var edition = new Option<long>("--edition");
        var staging = new Option<int>("--stage-ms");
        var stopAt = new Option<ProtocolStep?>("--stop-at");
        var command = new Command(Name, "One process of the demonstration.")
        {
            role, process, file, edition, staging, stopAt,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(process);
            string path = parsed.GetRequiredValue(file);
            return parsed.GetRequiredValue(role) == "reader"
                ? ReaderRole.Run(name, path)
                : WriterRole.Run(
                    name,
                    path,
                    parsed.GetValue(edition),
                    TimeSpan.FromMilliseconds(parsed.GetValue(staging)),
                    parsed.GetValue(stopAt));
        });
        return command;
    }
}
