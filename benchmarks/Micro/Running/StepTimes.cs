using System.Diagnostics;
using System.Globalization;

namespace Quire.Benchmarks.Running;

/// <summary>
/// Where a classic commit spends its time: the median of each step, as an observer sees them. Each
/// time runs from the moment a step is reached to the moment the next one is.
/// </summary>
internal sealed class StepTimes : ProtocolObserver
{
    private const int Commits = 1000;
    private const int WarmUps = 100;

    private readonly SortedDictionary<ProtocolStep, List<double>> _times = [];
    private ProtocolStep? _current;
    private long _reachedAt;

    /// <summary>Prints one table for commits of the given numbers of changed pages.</summary>
    public static void Print(int[] pageCounts)
    {
        StepTimes[] columns = [.. pageCounts.Select(Measure)];
        Console.WriteLine($"| Step | {string.Join(" | ", pageCounts.Select(n => $"{n} pages, us"))} |");
        Console.WriteLine($"|---|{string.Concat(pageCounts.Select(_ => "--:|"))}");
        foreach (ProtocolStep step in columns[0]._times.Keys)
        {
            Console.WriteLine($"| {step} | {Row(columns, column => column.MedianOf(step))} |");
        }

        Console.WriteLine(
            $"| sum | {Row(columns, column => column._times.Keys.Sum(column.MedianOf))} |");
    }

    /// <inheritdoc/>
    public override void OnStep(ProtocolStep reached)
    {
        if (reached == _current)
        {
            // W7 is reached again with each page that is staged.
            return;
        }

        long now = Stopwatch.GetTimestamp();
        if (_current is { } step)
        {
            if (!_times.TryGetValue(step, out List<double>? times))
            {
                _times.Add(step, times = []);
            }

            times.Add(Stopwatch.GetElapsedTime(_reachedAt, now).TotalMicroseconds);
        }

        _current = reached;
        _reachedAt = Stopwatch.GetTimestamp();
    }

    private static StepTimes Measure(int pageCount)
    {
        var steps = new StepTimes();
        using var folder = new BenchmarkFolder();
        using PageFile file = PageFile.Open(
            folder.File("a.quire"),
            new PageFileOptions { Observer = steps, Protocol = CommitProtocol.Classic });
        PageNumber[] pages;
        using (WriteTransaction write = file.BeginWrite())
        {
            pages = [.. Enumerable.Range(0, pageCount * 4)
                .Select(_ => write.Allocate())
                .Where((_, i) => i % 4 == 0)];
            write.Commit();
        }

        for (int i = 0; i < WarmUps + Commits; i++)
        {
            if (i == WarmUps)
            {
                steps._times.Clear();
            }

            steps._current = null;
            steps.CommitOnce(file, pages, (byte)i);
        }

        return steps;
    }

    private void CommitOnce(PageFile file, PageNumber[] pages, byte stamp)
    {
        using (WriteTransaction write = file.BeginWrite())
        {
            // The engine shows W7 when the first page is staged, after it was read.
            OnStep(ProtocolStep.W7);
            foreach (PageNumber page in pages)
            {
                write.Write(page)[0] = stamp;
            }

            write.Commit();
        }

        // Ends C10.
        OnStep(ProtocolStep.W1);
    }

    private double MedianOf(ProtocolStep step)
    {
        List<double> times = _times[step];
        times.Sort();
        return times[times.Count / 2];
    }

    private static string Row(StepTimes[] columns, Func<StepTimes, double> value) => string.Join(
        " | ", columns.Select(column => value(column).ToString("0.0", CultureInfo.InvariantCulture)));
}
