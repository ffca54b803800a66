using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>
/// <c>quire crash audit</c>: leaves out each sync and each lock of the engine in turn, and tells
/// which omission is noticed. That some are redundant is an answer like any other (0).
/// </summary>
internal static class CrashAuditCommand
{
    public static Command Create(CommonOptions common)
    {
        var options = new CrashOptionSet();
        var markdown = new Option<bool>("--markdown")
        {
            Description = "Prints the rows of the table in docs/protocol.md.",
        };
        var command = new Command(
            "audit", "Leaves out each sync and each lock in turn: which of them would be missed?");
        options.AddTo(command, isAudit: true);
        command.Options.Add(markdown);
        command.SetAction(parsed => Run(
            common.ContextOf(parsed),
            options.Read(parsed, isAudit: true),
            parsed.GetValue(markdown)));
        HelpWithExamples.Add(
            command,
            "quire crash audit",
            "quire crash audit create --crashes 2",
            "quire crash audit --json | jq -c 'select(.noticed | not)'");
        return command;
    }

    private static int Run(CommandContext context, CrashSettings settings, bool isMarkdown)
    {
        if (settings.IsEndless)
        {
            throw CommandException.Usage("'gate' never ends; try quire crash gate --without R2:probe.");
        }

        using var watch = new CrashWatch();
        AuditReport report;
        try
        {
            report = watch.Run(
                $"audit of {settings.Scenario.Name}", "runs", () => Audit(settings, watch));
        }
        catch (OperationCanceledException)
        {
            throw CommandException.No("interrupted; an audit has no result before its end.");
        }
        catch (InvalidOperationException noBaseline)
        {
            throw CommandException.No(noBaseline.Message);
        }

        if (!context.Json && !isMarkdown)
        {
            context.Text.WriteLine($"{settings.Scenario.Name}: {settings.Scenario.Summary}");
            context.Text.WriteLine($"{settings.Describe()}; under {settings.Models[0]}");
            context.Text.WriteLine($"{"step",-6}{"left out",-26}{"result",-12}shortest counterexample");
        }

        foreach (AuditRow row in report.Rows)
        {
            Print(context, settings, row, isMarkdown);
        }

        return ExitCode.Done;
    }

    private static AuditReport Audit(CrashSettings settings, CrashWatch watch)
    {
        PersistenceModel model = settings.Models[0];
        return settings.IsAlone
            ? BarrierAudit.Run(
                settings.Scenario.Alone!(settings.Engine),
                settings.CrashOptions(model) with
                {
                    Cancellation = watch.Interrupted,
                    Progress = watch,
                })
            : BarrierAudit.Run(
                settings.Scenario.Together!(settings.Engine),
                settings.ScheduleOptions(model) with { Cancellation = watch.Interrupted });
    }

    private static void Print(
        CommandContext context, CrashSettings settings, AuditRow row, bool isMarkdown)
    {
        string site = EngineSites.Describe(row.Site);
        string unit = settings.IsAlone ? "changes" : "operations";
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("step", row.Site.Step);
                json.WriteString("omitted", site);
                json.WriteBoolean("noticed", row.IsNoticed);
                json.WriteBoolean("exhaustive", row.IsExhaustive);
                if (row.IsNoticed)
                {
                    json.WriteNumber(unit, row.Steps);
                    json.WriteString("failure", row.Failure);
                }
            });
        }
        else if (isMarkdown)
        {
            string found = row.IsNoticed ? $"noticed, {row.Steps} {unit}" : "redundant";
            context.Text.WriteLine($"| {site} at {row.Site.Step} | {found} |");
        }
        else
        {
            string result = row.IsNoticed ? "noticed" : row.IsExhaustive ? "redundant" : "not seen";
            string steps = row.IsNoticed ? $"{row.Steps} {unit}" : "";
            context.Text.WriteLine($"{row.Site.Step,-6}{site,-26}{result,-12}{steps}".TrimEnd());
        }
    }
}
