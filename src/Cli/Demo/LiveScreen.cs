using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Quire.Cli.Demo;

/// <summary>
/// The story on a terminal: what has happened so far, and below it the processes as they are now.
/// Redrawn in place, ten times a second.
/// </summary>
internal sealed class LiveScreen(IAnsiConsole console, DemoOutcome outcome) : IDemoScreen
{
    public const int MinimumWidth = 98;

    private static readonly TimeSpan DrawInterval = TimeSpan.FromMilliseconds(100);

    private readonly List<string> _story = [];
    private LiveDisplayContext? _display;
    private long _drawn;

    public void Run(Action story) => console
        .Live(new Text(""))
        .AutoClear(false)
        .Start(display =>
        {
            _display = display;
            story();
        });

    public void Chapter(int number, string text)
    {
        _story.Add($"[bold]{number}[/]  {Markup.Escape(text)}");
        _drawn = 0;
    }

    public void Detail(string text)
    {
        _story.Add($"   [grey]{Markup.Escape(text)}[/]");
        _drawn = 0;
    }

    public void Heard(DemoEvent told, DemoHistory history)
    {
    }

    public void Refresh(DemoHistory history)
    {
        if (_display is null || Stopwatch.GetElapsedTime(_drawn) < DrawInterval)
        {
            return;
        }

        _drawn = Stopwatch.GetTimestamp();
        List<IRenderable> lines = [new Text("")];
        lines.AddRange(_story.Select(line => new Markup(line)));
        lines.Add(new Text(""));
        lines.Add(Table(history));
        _display.UpdateTarget(new Rows(lines));
    }

    public void Summary(DemoSummary summary, DemoHistory history) =>
        DemoEnding.Print(console, summary, outcome, history);

    private static Table Table(DemoHistory history)
    {
        Table table = new Table()
            .Border(TableBorder.Rounded)
            .BorderColor(Color.Grey30)
            .AddColumn(new TableColumn("[grey]process[/]").Width(9))
            .AddColumn(new TableColumn("[grey]locks[/]").Width(5))
            .AddColumn(new TableColumn("[grey]step[/]").Width(4))
            .AddColumn(new TableColumn("[grey]doing[/]").Width(36))
            .AddColumn(new TableColumn("[grey]edition[/]").Width(7).RightAligned())
            .AddColumn(new TableColumn("[grey]reads[/]").Width(7).RightAligned())
            .AddColumn(new TableColumn("[grey]mixtures[/]").Width(8).RightAligned());
        foreach (ProcessState process in history.Processes)
        {
            table.AddRow(Row(process));
        }

        return table;
    }

    private static string[] Row(ProcessState process)
    {
        bool isReader = process.Name.StartsWith("reader", StringComparison.Ordinal);
        string nameStyle = process.Phase switch
        {
            ProcessPhase.Absent or ProcessPhase.Done => "grey",
            ProcessPhase.Dead => "red",
            _ => "default",
        };
        return
        [
            $"[{nameStyle}]{process.Name}[/]",
            TimelineView.ColouredLocks(
                process.Phase == ProcessPhase.Reading ? "··m" : process.LockLetters()),
            process.IsAlive && process.Step is { } step ? $"{step}" : "",
            Doing(process),
            process.Edition > 0 ? $"{process.Edition}" : "",
            isReader ? $"{process.Reads}" : "",
            isReader && process.Reads > 0 ? "[green]0[/]" : "",
        ];
    }

    private static string Doing(ProcessState process) => process.Phase switch
    {
        ProcessPhase.Absent => "",
        ProcessPhase.Reading => "[green]reads and checks all pages[/]",
        ProcessPhase.Stopped => "[yellow]stands still, holding its locks[/]",
        ProcessPhase.Dead => "[red]killed (SIGKILL)[/]",
        ProcessPhase.Done => "[grey]done[/]",
        _ when process.IsWaitingForMain => "[yellow]waits for main[/]",
        _ when process.Step == ProtocolStep.W7 =>
            $"stages: {process.Staged} of {DemoSettings.Pages} pages",
        _ => process.Step is { } step ? StepWords.Of(step) : "",
    };
}
