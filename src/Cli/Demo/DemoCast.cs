using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Quire.Cli.Demo;

/// <summary>
/// The processes of the demonstration: starts them, listens to them while the story waits, and sees
/// that none outlives it.
/// </summary>
internal sealed class DemoCast(
    string path, DemoHistory history, IDemoScreen screen, CancellationToken interrupted)
    : IDisposable
{
    private readonly BlockingCollection<DemoEvent> _events = [];
    private readonly List<ChildProcess> _children = [];

    public void StartReader(string name) => Start(name, ["reader", name, path]);

    /// <summary>Starts a writer of one edition.</summary>
    /// <param name="name">"writer 1".</param>
    /// <param name="edition">The edition that it stages and commits.</param>
    /// <param name="staging">How long it stages.</param>
    /// <param name="stopAt">
    /// Where it stands still to be killed; null for a writer that commits.
    /// </param>
    public void StartWriter(string name, long edition, TimeSpan staging, ProtocolStep? stopAt)
    {
        List<string> arguments =
        [
            "writer", name, path,
            "--edition", edition.ToString(CultureInfo.InvariantCulture),
            "--stage-ms", ((int)staging.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
        ];
        if (stopAt is { } step)
        {
            arguments.AddRange(["--stop-at", step.ToString()]);
        }

        Start(name, arguments);
    }

    public ChildProcess Find(string name) => _children.Single(child => child.Name == name);

    /// <summary>Whether all have ended, and all that they said was heard.</summary>
    public bool HaveEnded => _children.TrueForAll(child => child.HasEnded) && _events.Count == 0;

    /// <summary>Lets the processes go on for a while.</summary>
    public void For(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        Listen(() => Stopwatch.GetElapsedTime(start) >= time);
    }

    /// <summary>Lets the processes go on until something has happened.</summary>
    public void Until(Func<bool> happened, string what)
    {
        long start = Stopwatch.GetTimestamp();
        Listen(() => happened() || (Stopwatch.GetElapsedTime(start) > DemoSettings.Patience
            ? throw CommandException.No(
                $"waited {DemoSettings.Patience.TotalSeconds} s in vain for {what}.")
            : false));
    }

    /// <summary>Takes an event into the history and onto the screen.</summary>
    /// <exception cref="CommandException">A process failed, or saw a mixture.</exception>
    public void Hear(DemoEvent told)
    {
        if (told.Kind == DemoEventKind.Failed)
        {
            throw CommandException.No($"{told.Process}: {told.Text}");
        }

        history.Add(told);
        screen.Heard(told, history);
    }

    public void Dispose()
    {
        foreach (ChildProcess child in _children)
        {
            child.Dispose();
        }

        _events.Dispose();
    }

    private void Start(string name, IEnumerable<string> arguments)
    {
        var child = ChildProcess.Start(name, arguments, _events);
        _children.Add(child);
        Hear(DemoEvent.Now(name, DemoEventKind.Started) with { ProcessId = child.Id });
    }

    private void Listen(Func<bool> isOver)
    {
        while (!isOver())
        {
            interrupted.ThrowIfCancellationRequested();
            if (_events.TryTake(out DemoEvent? told, millisecondsTimeout: 20))
            {
                Hear(told);
            }
            else
            {
                LookAfterChildren();
            }

            screen.Refresh(history);
        }
    }

    private void LookAfterChildren()
    {
        // Asked in this order: what a process said last is in the queue when it has ended.
        ChildProcess? lost = _children.Find(child => child.HasEnded
            && history.Of(child.Name).Phase is not (ProcessPhase.Done or ProcessPhase.Dead));
        if (lost is not null && _events.Count == 0)
        {
            throw CommandException.No($"{lost.Name} ended too early: {lost.Errors}");
        }
    }
}
