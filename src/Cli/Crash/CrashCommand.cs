using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>
/// <c>quire crash</c>: the engine's own scenarios in the crash lab. A failure is the answer no (1).
/// </summary>
internal static class CrashCommand
{
    public static Command Create(CommonOptions common)
    {
        var options = new CrashOptionSet();
        var command = new Command(
            "crash",
            "Runs the engine on a simulated computer: every schedule, kill and power cut in bounds.");
        options.AddTo(command, isAudit: false);
        command.SetAction(parsed =>
            Run(common.ContextOf(parsed), options.Read(parsed, isAudit: false)));
        command.Subcommands.Add(CrashAuditCommand.Create(common));
        command.Subcommands.Add(CrashListCommand.Create(common));
        HelpWithExamples.Add(
            command,
            "quire crash",
            "quire crash commit --model all --crashes 3",
            "quire crash readers-and-writers --readers 2 --writers 2 --preemptions 2",
            "quire crash commit --without C4 --html report.html    # what the sync of C4 is for",
            "quire crash gate --without R2:probe                   # what the gate is for",
            "quire crash audit                                     # what every sync is for");
        return command;
    }

    private static int Run(CommandContext context, CrashSettings settings)
    {
        using var watch = new CrashWatch();
        var output = new CrashOutput(context, settings);
        var run = new CrashRun(settings, watch.Interrupted);
        output.Begin();
        if (settings.IsEndless)
        {
            bool isStarved = run.Starves();
            output.Starved(isStarved);
            return isStarved ? ExitCode.No : ExitCode.Done;
        }

        if (settings.Replay is { } token)
        {
            CrashFinding finding = run.Replay(settings.Models[0], token);
            WritePage(settings, finding);
            output.Replayed(finding);
            return finding.Failure is null ? ExitCode.Done : ExitCode.No;
        }

        return Explore(settings, watch, output, run);
    }

    private static int Explore(
        CrashSettings settings, CrashWatch watch, CrashOutput output, CrashRun run)
    {
        bool hasFailed = false;
        foreach (PersistenceModel model in settings.Models)
        {
            try
            {
                CrashFinding finding = watch.Run(
                    $"{settings.Scenario.Name}, {model}",
                    settings.IsAlone ? "crash states" : "runs",
                    () => run.Explore(model, watch));
                hasFailed |= finding.Failure is not null;
                WritePage(settings, finding);
                output.Found(finding);
            }
            catch (OperationCanceledException)
            {
                throw watch.Interruption();
            }
        }

        return hasFailed ? ExitCode.No : ExitCode.Done;
    }

    private static void WritePage(CrashSettings settings, CrashFinding finding)
    {
        if (settings.HtmlPath is { } path && finding.Failure is { } failure)
        {
            File.WriteAllText(path, failure.ToHtml());
        }
    }
}
