using System.Diagnostics;
using Quire.Cli.Output;
using Spectre.Console;

namespace Quire.Cli.Maps;

/// <summary>
/// How far an export or import is: a bar, records and records per second on a terminal; nothing
/// when nobody would see it.
/// </summary>
internal sealed class RecordProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ProgressTask? _task;
    private readonly string _what;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _shown;

    private RecordProgress(ProgressTask? task, string what)
    {
        _task = task;
        _what = what;
        _shown = _started;
    }

    /// <summary>Does some work and shows how far it is.</summary>
    /// <param name="what">"importing".</param>
    /// <param name="total">When the work is done, in the unit of <see cref="Report"/>; null when
    /// that cannot be known.</param>
    /// <param name="isShown">Whether it may be shown at all.</param>
    /// <param name="work">The work.</param>
    public static T Run<T>(string what, long? total, bool isShown, Func<RecordProgress, T> work)
    {
        if (!isShown || Terminal.Progress is not { } console)
        {
            return work(new RecordProgress(null, what));
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(progress =>
            {
                ProgressTask task = progress.AddTask(what, maxValue: Math.Max(total ?? 1, 1));
                task.IsIndeterminate = total is null;
                return work(new RecordProgress(task, what));
            });
    }

    /// <summary>Shows how far the work is, when it has not been shown a moment ago.</summary>
    public void Report(long records, long done)
    {
        if (_task is null || Stopwatch.GetElapsedTime(_shown) < Interval)
        {
            return;
        }

        _shown = Stopwatch.GetTimestamp();
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        _task.Description = $"{_what}: {records:N0} records, {records / seconds:N0} per second";
        _task.Value = _task.IsIndeterminate ? 0 : done;
    }
}
