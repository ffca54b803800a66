using System.Diagnostics;

namespace Quire.Cli.Demo;

/// <summary>
/// All that the processes of one demonstration have told, and where each of them is now.
/// </summary>
internal sealed class DemoHistory
{
    private readonly List<DemoEvent> _events = [];
    private readonly List<ProcessState> _processes = [];

    /// <summary>When the demonstration began.</summary>
    public long StartTicks { get; } = Stopwatch.GetTimestamp();

    /// <summary>The processes, in the order in which they are shown.</summary>
    public IReadOnlyList<ProcessState> Processes => _processes;

    /// <summary>
    /// The events in the order of their times; those of one process stay in its order.
    /// </summary>
    public IReadOnlyList<DemoEvent> InOrder() => [.. _events.OrderBy(told => told.Ticks)];

    /// <summary>Gives a process its place in the display before it is heard of.</summary>
    public void Announce(string name) => _processes.Add(new ProcessState(name));

    public void Add(DemoEvent told)
    {
        _events.Add(told);
        _processes.Find(process => process.Name == told.Process)?.Apply(told);
    }

    public ProcessState Of(string name) => _processes.Single(process => process.Name == name);

    /// <summary>Read transactions of all readers together.</summary>
    public long TotalReads => _processes.Sum(process => process.Reads);

    /// <summary>The first event at or after a moment that a condition fits.</summary>
    public DemoEvent? Find(long fromTicks, Predicate<DemoEvent> fits) =>
        _events.Where(told => told.Ticks >= fromTicks && fits(told)).MinBy(told => told.Ticks);

    /// <summary>The last event before a moment that a condition fits.</summary>
    public DemoEvent? FindLast(long beforeTicks, Predicate<DemoEvent> fits) =>
        _events.Where(told => told.Ticks < beforeTicks && fits(told)).MaxBy(told => told.Ticks);
}
