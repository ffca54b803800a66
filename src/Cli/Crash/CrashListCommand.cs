using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary><c>quire crash list</c>: the names that <c>quire crash</c> understands.</summary>
internal static class CrashListCommand
{
    public static Command Create(CommonOptions common)
    {
        var command = new Command("list", "Names the scenarios and the persistence models.");
        command.SetAction(parsed => Run(common.ContextOf(parsed)));
        HelpWithExamples.Add(command, "quire crash list", "quire crash list --json");
        return command;
    }

    private static int Run(CommandContext context)
    {
        if (context.Json)
        {
            foreach (EngineScenario scenario in EngineScenario.All)
            {
                Print(context, "scenario", scenario.Name, scenario.Summary);
            }

            foreach (PersistenceModel model in PersistenceModel.All)
            {
                Print(context, "model", model.Name, model.Assumption);
            }

            return ExitCode.Done;
        }

        context.Text.WriteLine("scenarios");
        foreach (EngineScenario scenario in EngineScenario.All)
        {
            context.Text.WriteLine($"  {scenario.Name,-22}{scenario.Summary}");
        }

        context.Text.WriteLine("models, and what each assumes of the disk");
        foreach (PersistenceModel model in PersistenceModel.All)
        {
            context.Text.WriteLine($"  {model.Name,-22}{model.Assumption}");
        }

        return ExitCode.Done;
    }

    private static void Print(CommandContext context, string kind, string name, string summary) =>
        context.WriteJson(json =>
        {
            json.WriteString("kind", kind);
            json.WriteString("name", name);
            json.WriteString("summary", summary);
        });
}
