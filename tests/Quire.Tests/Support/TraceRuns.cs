using System.Text.RegularExpressions;

namespace Quire.Tests.Support;

/// <summary>
/// Shortens what a trace repeats: lines, or pairs of lines, that differ in their numbers only.
/// </summary>
public static partial class TraceRuns
{
    private const int LongestShownWhole = 6;

    public static IEnumerable<string> Collapse(IReadOnlyList<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        string[] shapes = [.. lines.Select(line => Number().Replace(line, "#"))];
        int at = 0;
        while (at < lines.Count)
        {
            int period = RepeatsAt(shapes, at, 2) > LongestShownWhole ? 2 : 1;
            int repeats = RepeatsAt(shapes, at, period);
            if (repeats <= LongestShownWhole)
            {
                yield return lines[at++];
                continue;
            }

            int end = at + (repeats * period);
            for (int i = at; i < at + period; i++)
            {
                yield return lines[i];
            }

            yield return $"  ... {repeats - 2} more like this";
            for (int i = end - period; i < end; i++)
            {
                yield return lines[i];
            }

            at = end;
        }
    }

    private static int RepeatsAt(string[] shapes, int at, int period)
    {
        // Two equal lines are a run of one line, not of a pair.
        if (period == 2 && (at + 1 >= shapes.Length || shapes[at] == shapes[at + 1]))
        {
            return 1;
        }

        int end = at + period;
        while (end < shapes.Length && shapes[end] == shapes[end - period])
        {
            end++;
        }

        return (end - at) / period;
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
