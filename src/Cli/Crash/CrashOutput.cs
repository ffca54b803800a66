using System.Globalization;
using System.Text.Json;
using Quire.Cli.CommandLine;

namespace Quire.Cli.Crash;

/// <summary>
/// Prints what <c>quire crash</c> found, as text or as a JSON object for each model.
/// </summary>
internal sealed class CrashOutput(CommandContext context, CrashSettings settings)
{
    private const int MinimumWidth = 80;
    private const int PlainWidth = 110;

    /// <summary>What is going to be done.</summary>
    public void Begin()
    {
        if (context.Json)
        {
            return;
        }

        context.Text.WriteLine($"{settings.Scenario.Name}: {settings.Scenario.Summary}");
        context.Text.WriteLine(settings.Describe());
        if (settings is { IsEndless: false, Replay: null })
        {
            string runs = settings.IsAlone ? "moments" : "runs";
            context.Text.WriteLine(
                $"{"model",-22}{"result",-16}{runs,10}{"states",12}{"disks",10}{"time",10}");
        }

        context.Terminal.Flush();
    }

    /// <summary>The result of one model.</summary>
    public void Found(CrashFinding finding)
    {
        if (context.Json)
        {
            context.WriteJson(json => WriteMembers(json, finding));
        }
        else
        {
            context.Text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{finding.Model,-22}{finding.Verdict,-16}{finding.Runs,10:N0}{finding.States,12}" +
                $"{finding.Checked,10:N0}{finding.Time.TotalSeconds,8:N1} s"));
            Tell(finding);
        }

        context.Terminal.Flush();
    }

    /// <summary>The result of a repetition.</summary>
    public void Replayed(CrashFinding finding)
    {
        if (context.Json)
        {
            context.WriteJson(json => WriteMembers(json, finding));
        }
        else if (finding.Failure is null)
        {
            context.Text.WriteLine("it does not fail");
        }
        else
        {
            Tell(finding);
        }
    }

    /// <summary>Whether the writer came through.</summary>
    public void Starved(bool isStarved)
    {
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteString("scenario", settings.Scenario.Name);
                json.WriteBoolean("passed", !isStarved);
            });
            return;
        }

        context.Text.WriteLine(isStarved
            ? $"STARVED: the writer was passed over {CrashRun.StarvationLimit:N0} times"
            : "passed: the writer commits, although a reader goes first whenever one can");
    }

    private void Tell(CrashFinding finding)
    {
        if (finding.Failure is not { } failure)
        {
            return;
        }

        int width = context.Terminal.IsInteractive
            ? Math.Max(MinimumWidth, context.Styled.Profile.Width)
            : PlainWidth;
        context.Text.WriteLine();
        context.Text.WriteLine(failure.ToText(width).TrimEnd());
        context.Text.WriteLine();
        context.Text.WriteLine("again:  " + settings.CommandFor(finding.Model, failure.Token));
        if (settings.HtmlPath is { } path)
        {
            context.Text.WriteLine($"page:   {path}");
        }
    }

    private void WriteMembers(Utf8JsonWriter json, CrashFinding finding)
    {
        json.WriteString("scenario", settings.Scenario.Name);
        json.WriteString("model", finding.Model.Name);
        json.WriteBoolean("passed", finding.Failure is null);
        if (settings.Replay is null)
        {
            json.WriteBoolean("exhaustive", finding.IsExhaustive);
            json.WriteNumber(settings.IsAlone ? "crashPoints" : "runs", finding.Runs);
            json.WriteString(settings.IsAlone ? "legalStates" : "states", finding.States);
            json.WriteNumber("disksChecked", finding.Checked);
            json.WriteNumber("seconds", Math.Round(finding.Time.TotalSeconds, 3));
        }

        if (finding.Failure is { } failure)
        {
            json.WriteNumber("operations", finding.Steps);
            json.WriteString("error", failure.ErrorMessage);
            json.WriteString("token", failure.Token);
            json.WriteString("replay", settings.CommandFor(finding.Model, failure.Token));
            json.WritePropertyName("counterexample");
            using JsonDocument told = JsonDocument.Parse(failure.ToJson());
            told.RootElement.WriteTo(json);
        }
    }
}
