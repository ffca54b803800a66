using System.Globalization;

namespace Quire.CrashLab;

/// <summary>
/// Makes one row of many that are of little interest: reads and looks of one process in a stretch,
/// and writes to one file.
/// </summary>
internal static class RowFolding
{
    private const int MinimumLooks = 3;
    private const int MinimumWrites = 4;

    public static IReadOnlyList<CounterexampleRow> Fold(IReadOnlyList<CounterexampleRow> rows)
    {
        var folded = new List<CounterexampleRow>();
        for (int i = 0; i < rows.Count;)
        {
            int looks = Stretch(rows, i, static (_, row) => IsLook(row));
            int writes = Stretch(rows, i, static (first, row) =>
                row is { Kind: "write", IsRefused: false } && row.Path == first.Path);
            int count = looks >= MinimumLooks ? looks : writes >= MinimumWrites ? writes : 1;
            folded.Add(count == 1
                ? rows[i]
                : Together(rows, i, count, looks >= MinimumLooks ? Looks : Writes));
            i += count;
        }

        return folded;
    }

    /// <summary>
    /// How many rows from one on are alike and of the same process at the same step.
    /// </summary>
    private static int Stretch(
        IReadOnlyList<CounterexampleRow> rows,
        int start,
        Func<CounterexampleRow, CounterexampleRow, bool> isAlike)
    {
        CounterexampleRow first = rows[start];
        int count = 0;
        while (start + count < rows.Count
            && rows[start + count].Process == first.Process
            && rows[start + count].Step == first.Step
            && isAlike(first, rows[start + count]))
        {
            count++;
        }

        return count;
    }

    private static bool IsLook(CounterexampleRow row) =>
        row is { IsRefused: false, Change: null }
        && row.Kind is "read" or "length" or "look" or "open" or "close";

    private static CounterexampleRow Together(
        IReadOnlyList<CounterexampleRow> rows,
        int start,
        int count,
        Func<IReadOnlyList<CounterexampleRow>, string> text)
    {
        CounterexampleRow[] all = [.. rows.Skip(start).Take(count)];
        return all[^1] with { Number = all[0].Number, Text = text(all) };
    }

    private static string Looks(IReadOnlyList<CounterexampleRow> rows) => string.Join(
        ", ",
        rows.GroupBy(row => row.Kind).Select(alike => string.Create(
            CultureInfo.InvariantCulture, $"{alike.Key} x{alike.Count()}")));

    private static string Writes(IReadOnlyList<CounterexampleRow> rows) => string.Create(
        CultureInfo.InvariantCulture,
        $"write {NameOf(rows[0].Path)} x{rows.Count} [{rows[0].Change}] to");

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
