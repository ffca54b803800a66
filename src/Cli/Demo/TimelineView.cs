using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Quire.Cli.Demo;

/// <summary>
/// Draws a timeline: one line per row, one lane per process, and on the right what happened. 100
/// columns with three readers.
/// </summary>
internal static class TimelineView
{
    private const int TimeWidth = 7;
    private const int StepsWidth = 6;
    private const int LaneWidth = StepsWidth + 3;
    private const string Gap = "  ";

    /// <summary>The lines, with Spectre.Console's markup.</summary>
    public static IEnumerable<string> Draw(
        IReadOnlyList<TimelineRow> rows, IReadOnlyList<string> processes)
    {
        yield return Header(processes);
        foreach (TimelineRow row in rows)
        {
            yield return Line(row);
        }
    }

    /// <summary>What the letters mean.</summary>
    public static IEnumerable<string> Legend()
    {
        yield return "[grey]locks[/]  [blue]J[/] journal, the writer's   " +
            "[magenta]G[/] gate closed   [red]M[/] main exclusive   " +
            "[green]m[/] main shared (a reader's)";
        yield return "[grey]steps[/]  R reader   W writer begins   C it commits   " +
            "P playback, recovery   [grey]×n reads in that row[/]";
    }

    /// <summary>The three places of <see cref="ProcessState.LockLetters"/>, coloured.</summary>
    public static string ColouredLocks(string letters) => Locks(letters, isOwn: true);

    private static string Header(IReadOnlyList<string> processes)
    {
        var line = new StringBuilder("[grey]").Append("seconds".PadLeft(TimeWidth));
        foreach (string process in processes)
        {
            line.Append(Gap).Append(process.PadRight(LaneWidth));
        }

        return line.Append(Gap).Append("what happened[/]").ToString();
    }

    private static string Line(TimelineRow row)
    {
        string time = row.Seconds.ToString("0.000", CultureInfo.InvariantCulture);
        var line = new StringBuilder("[grey]").Append(time.PadLeft(TimeWidth)).Append("[/]");
        foreach (TimelineCell cell in row.Cells)
        {
            line.Append(Gap).Append(Cell(cell, row.Tone));
        }

        string text = Styled(Markup.Escape(row.Text), StyleOf(row.Tone));
        return line.Append(Gap).Append(text).ToString();
    }

    private static string Cell(TimelineCell cell, TimelineTone tone)
    {
        if (cell.IsDead)
        {
            return Styled(cell.Steps.PadRight(LaneWidth), StyleOf(tone));
        }

        bool isOwn = cell.Steps.Length > 0;
        string steps = isOwn ? cell.Steps
            : cell.Reads > 0 ? $"×{cell.Reads}"
            : cell.IsWaiting ? "waits"
            : "";
        string stepStyle = isOwn && tone == TimelineTone.Plain ? "bold"
            : isOwn ? StyleOf(tone)
            : "grey";
        return Styled(steps.PadRight(StepsWidth), stepStyle) + Locks(cell.Locks, isOwn);
    }

    /// <summary>Strong in its own row; elsewhere the letter only goes on, like a bar.</summary>
    private static string Locks(string letters, bool isOwn)
    {
        var line = new StringBuilder();
        foreach (char letter in letters)
        {
            string? colour = letter switch
            {
                'J' => "blue",
                'G' => "magenta",
                'M' => "red",
                'm' => "green",
                '·' => "grey30",
                _ => null,
            };
            string weight = isOwn && char.IsLetter(letter) ? "bold " : "";
            line.Append(colour is null ? letter : Styled($"{letter}", weight + colour));
        }

        return line.ToString();
    }

    private static string StyleOf(TimelineTone tone) => tone switch
    {
        TimelineTone.CommitPoint => "bold",
        TimelineTone.Death => "bold red",
        TimelineTone.Recovery => "yellow",
        TimelineTone.Verified => "bold green",
        _ => "default",
    };

    private static string Styled(string text, string style) =>
        text.Length == 0 ? "" : $"[{style}]{text}[/]";
}
