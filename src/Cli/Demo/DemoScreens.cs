using Quire.Cli.Output;
using Spectre.Console;

namespace Quire.Cli.Demo;

/// <summary>How the story is told while it happens.</summary>
internal interface IDemoScreen
{
    /// <summary>Runs the story on this screen.</summary>
    void Run(Action story);

    /// <summary>The story goes on.</summary>
    void Chapter(int number, string text);

    /// <summary>More of the same chapter.</summary>
    void Detail(string text);

    /// <summary>A process told something.</summary>
    void Heard(DemoEvent told, DemoHistory history);

    /// <summary>Time has passed.</summary>
    void Refresh(DemoHistory history);

    /// <summary>The story is over.</summary>
    void Summary(DemoSummary summary, DemoHistory history);
}

/// <summary>What the demonstration has shown.</summary>
/// <param name="FilePath">The file, or null when it is gone.</param>
/// <param name="KilledAt">The step at which the first writer was killed.</param>
/// <param name="RecoveredBy">Who recovered; null when nobody had to.</param>
/// <param name="RecoveryTime">How long it took, from R4 until main was free again.</param>
/// <param name="Reads">Read transactions that were checked.</param>
/// <param name="Edition">The edition that the file holds in the end.</param>
internal sealed record DemoSummary(
    string? FilePath,
    ProtocolStep KilledAt,
    string? RecoveredBy,
    TimeSpan? RecoveryTime,
    long Reads,
    long Edition)
{
    public string Sentence(DemoOutcome outcome)
    {
        string fate = outcome switch
        {
            DemoOutcome.NeverWas => "its changes never were",
            DemoOutcome.PlayedBack => "the next process completed its commit",
            _ => "its commit was complete",
        };
        return $"A writer was killed at {KilledAt}; {fate}. {Reads} reads saw no mixture.";
    }
}

/// <summary>Plain lines, for pipes.</summary>
internal sealed class PlainScreen(Terminal terminal, DemoOutcome outcome) : IDemoScreen
{
    public void Run(Action story) => story();

    public void Chapter(int number, string text) => Write($"{number}  {text}");

    public void Detail(string text) => Write($"   {text}");

    public void Heard(DemoEvent told, DemoHistory history)
    {
    }

    public void Refresh(DemoHistory history)
    {
    }

    public void Summary(DemoSummary summary, DemoHistory history)
    {
        DemoEnding.Print(terminal.Styled, summary, outcome, history);
        terminal.Flush();
    }

    private void Write(string line)
    {
        terminal.Text.WriteLine(line);
        terminal.Flush();
    }
}

/// <summary>
/// One JSON object per line: each event as it arrives, and in the end the result.
/// </summary>
internal sealed class JsonScreen(Terminal terminal, DemoOutcome outcome) : IDemoScreen
{
    public void Run(Action story) => story();

    public void Chapter(int number, string text) => Write(json =>
    {
        json.WriteString("kind", "chapter");
        json.WriteNumber("number", number);
        json.WriteString("text", text);
    });

    public void Detail(string text) => Write(json =>
    {
        json.WriteString("kind", "detail");
        json.WriteString("text", text);
    });

    public void Heard(DemoEvent told, DemoHistory history) =>
        Write(json => told.WriteTo(json, history.StartTicks));

    public void Refresh(DemoHistory history)
    {
    }

    public void Summary(DemoSummary summary, DemoHistory history) => Write(json =>
    {
        json.WriteString("kind", "result");
        json.WriteBoolean("ok", true);
        json.WriteString("killedAt", summary.KilledAt.ToString());
        json.WriteString("outcome", Words.Of(outcome));
        json.WriteString("recoveredBy", summary.RecoveredBy);
        if (summary.RecoveryTime is { } time)
        {
            json.WriteNumber("recoveryMilliseconds", Math.Round(time.TotalMilliseconds, 3));
        }

        json.WriteNumber("reads", summary.Reads);
        json.WriteNumber("mixtures", 0);
        json.WriteNumber("edition", summary.Edition);
        json.WriteString("file", summary.FilePath);
    });

    private void Write(Action<System.Text.Json.Utf8JsonWriter> members)
    {
        JsonLine.Write(terminal.Text, members);
        terminal.Flush();
    }
}

/// <summary>What is printed when the story is over: the timeline and what it has shown.</summary>
internal static class DemoEnding
{
    public static void Print(
        IAnsiConsole console, DemoSummary summary, DemoOutcome outcome, DemoHistory history)
    {
        console.WriteLine();
        IReadOnlyList<TimelineRow> rows = Timeline.Make(history, DemoStory.FirstWriter);
        string[] names = [.. history.Processes.Select(process => process.Name)];
        foreach (string line in TimelineView.Draw(rows, names))
        {
            console.Write(new Markup(line + "\n").Overflow(Overflow.Crop));
        }

        console.WriteLine();
        foreach (string line in TimelineView.Legend())
        {
            console.MarkupLine(line);
        }

        console.WriteLine();
        console.MarkupLine(Markup.Escape(summary.Sentence(outcome)));
        console.MarkupLine(
            "No server and no cleaning up, only byte-range locks. Every step, with its reason: " +
            "docs/protocol.md");
        if (summary.FilePath is { } path)
        {
            console.MarkupLine($"[grey]The file: {Markup.Escape(path)}[/]");
        }
    }
}
