using System.Globalization;
using System.Text;

namespace Quire.CrashLab;

/// <summary>
/// The space-time table in plain characters. Time goes down, each process has a column; locks and
/// cache are written only where they change.
/// </summary>
internal sealed class TextTable
{
    private const int NumberWidth = 4;
    private const int LocksWidth = 18;
    private const int CacheWidth = 14;
    private const int DiskWidth = 10;
    private const int NarrowestProcess = 14;

    private readonly StringBuilder _text = new();
    private readonly int _width;

    private TextTable(int width) => _width = width;

    public static string Render(Counterexample example, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 60);
        var table = new TextTable(width);
        table.Paragraph(example.Title, "");
        table.Paragraph($"{example.ErrorType}: {example.ErrorMessage}", "  ");
        int power = 0;
        foreach (CounterexamplePhase phase in example.Phases)
        {
            table.AddPhase(phase);
            if (phase.PowerCut is { } cut)
            {
                table.AddCut(cut, ++power);
            }
        }

        table._text.Append('\n');
        table.Paragraph($"FAILS: {example.ErrorMessage}", "  ");
        table.Paragraph($"promised: {example.Promises}", "  ");
        table.Paragraph($"model: {example.Model}", "  ");

        // Not broken into lines: it is there to be copied.
        table._text.Append("token: ").Append(example.Token).Append('\n');
        return table._text.ToString();
    }

    /// <summary>Breaks a text into lines of a width, at blanks where there are any.</summary>
    internal static IReadOnlyList<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        foreach (string line in text.Split('\n'))
        {
            string rest = line.TrimEnd('\r');
            while (rest.Length > width)
            {
                int blank = rest.LastIndexOf(' ', width);
                int end = blank > 0 ? blank : width;
                lines.Add(rest[..end]);
                rest = rest[end..].TrimStart(' ');
            }

            lines.Add(rest);
        }

        return lines;
    }

    private void AddPhase(CounterexamplePhase phase)
    {
        int stepWidth = Math.Clamp(phase.Rows.Select(row => row.Step.Length).Append(0).Max(), 0, 12);
        int others = NumberWidth + stepWidth + LocksWidth + CacheWidth + DiskWidth
            + (3 * (phase.Processes.Count + (stepWidth == 0 ? 3 : 4)));
        int process = Math.Max(NarrowestProcess, (_width - others) / phase.Processes.Count);
        int[] widths =
        [
            NumberWidth, stepWidth, .. phase.Processes.Select(_ => process),
            LocksWidth, CacheWidth, DiskWidth,
        ];
        _text.Append('\n').Append("-- ").Append(phase.Title).Append('\n');
        string step = stepWidth >= 4 ? "step" : "";
        AddLine(widths, ["#", step, .. phase.Processes, "locks held", "not synced", "disk"]);
        AddLine(widths, [.. widths.Select(width => new string('-', width))]);
        CounterexampleRow? before = null;
        foreach (CounterexampleRow row in RowFolding.Fold(phase.Rows))
        {
            AddLine(widths, CellsOf(row, before, phase.Processes.Count));
            before = row;
        }
    }

    private static string[] CellsOf(CounterexampleRow row, CounterexampleRow? before, int processes)
    {
        string locks = RowWords.Locks(row, numbered: processes > 1);
        string cache = RowWords.Cache(row);
        bool isLocksSame = locks == (before is null
            ? "" : RowWords.Locks(before, numbered: processes > 1));
        bool isCacheSame = cache == (before is null ? "" : RowWords.Cache(before));
        return
        [
            row.Number.ToString(CultureInfo.InvariantCulture),
            row.Step == before?.Step && row.Process == before.Process ? "" : row.Step,
            .. Enumerable.Range(0, processes).Select(
                process => process == row.Process ? RowWords.Text(row) : ""),
            isLocksSame ? "" : locks.Length == 0 ? "none" : locks,
            isCacheSame ? "" : cache.Length == 0 ? "nothing" : cache,
            row.Disk,
        ];
    }

    private void AddCut(PowerCut cut, int number)
    {
        string line = new('=', _width);
        _text.Append(line).Append('\n');
        Paragraph(string.Create(
            CultureInfo.InvariantCulture,
            $"POWER CUT {number} after change {cut.AfterChange}: {cut.Summary}"), "  ");
        _text.Append(line).Append('\n');
    }

    private void Paragraph(string text, string indent)
    {
        foreach (string line in Wrap(text, _width - indent.Length))
        {
            _text.Append(indent).Append(line).Append('\n');
            indent = indent.Length == 0 ? "  " : indent;
        }
    }

    private void AddLine(int[] widths, string[] cells)
    {
        // The margin of steps is left out where there are none.
        (cells, widths) = (
            [.. cells.Where((_, i) => widths[i] > 0)], [.. widths.Where(width => width > 0)]);
        IReadOnlyList<string>[] lines = [.. cells.Select((cell, i) => Wrap(cell, widths[i]))];
        for (int i = 0; i < lines.Max(cell => cell.Count); i++)
        {
            int line = i;
            _text.AppendJoin(" | ", lines.Select((cell, column) =>
                (line < cell.Count ? cell[line] : "").PadRight(widths[column])));
            while (_text[^1] == ' ')
            {
                _text.Length--;
            }

            _text.Append('\n');
        }
    }
}

/// <summary>What is in the cells of a row, the same in every rendering.</summary>
internal static class RowWords
{
    public static string Text(CounterexampleRow row) => row.Change is { } change
        ? string.Create(CultureInfo.InvariantCulture, $"{row.Text} [{change}]")
        : row.Text;

    public static string Locks(CounterexampleRow row, bool numbered) => string.Join(
        ", ",
        row.Locks.Select(held =>
            (numbered ? string.Create(CultureInfo.InvariantCulture, $"{held.Process + 1}:") : "")
            + $"{(held.IsExclusive ? 'X' : 'S')} {held.Name}"));

    public static string Cache(CounterexampleRow row) => string.Join(
        ", ",
        row.Cache.Select(file => string.Create(
            CultureInfo.InvariantCulture, $"{file.Name} {file.Count}")));
}
