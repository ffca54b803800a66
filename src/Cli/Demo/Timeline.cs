using System.Diagnostics;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Demo;

/// <summary>The colour of a row.</summary>
internal enum TimelineTone
{
    Plain,
    CommitPoint,
    Death,
    Recovery,
    Verified,
}

/// <summary>One process in one row.</summary>
/// <param name="Steps">
/// The steps that it performed, "C7-C8"; empty when the row is not its own.
/// </param>
/// <param name="Locks">Journal, gate and main as held at the end of the row.</param>
/// <param name="Reads">Read transactions finished during the row.</param>
/// <param name="IsWaiting">Whether it waits for main.</param>
/// <param name="IsDead">Whether it was killed in this very row.</param>
internal readonly record struct TimelineCell(
    string Steps, string Locks, long Reads, bool IsWaiting, bool IsDead);

/// <summary>
/// One row: from its time until the time of the next row.
/// </summary>
internal sealed record TimelineRow(
    double Seconds, IReadOnlyList<TimelineCell> Cells, string Text, TimelineTone Tone);

/// <summary>
/// Makes rows of events. Steps of one process that follow each other and belong together share a
/// row; so do readers that do the same thing. What readers do again and again has no row: it is
/// counted in the rows of others.
/// </summary>
internal sealed class Timeline
{
    private static readonly TimeSpan ReadersPause = TimeSpan.FromMilliseconds(30);

    private readonly DemoHistory _history;
    private readonly string _firstWriter;
    private readonly HashSet<string> _opened = [];
    private readonly HashSet<string> _recovering = [];
    private readonly List<Group> _groups = [];

    private Timeline(DemoHistory history, string firstWriter)
    {
        _history = history;
        _firstWriter = firstWriter;
    }

    /// <param name="history">What happened.</param>
    /// <param name="firstWriter">
    /// The writer that is told in detail; others are told in short.
    /// </param>
    public static IReadOnlyList<TimelineRow> Make(DemoHistory history, string firstWriter)
    {
        var timeline = new Timeline(history, firstWriter);
        IReadOnlyList<DemoEvent> events = history.InOrder();
        foreach (DemoEvent told in events)
        {
            timeline.Collect(told);
        }

        return timeline.MakeRows(events);
    }

    private void Collect(DemoEvent told)
    {
        if (told.Kind == DemoEventKind.Reads)
        {
            _recovering.Remove(told.Process);
        }

        if (!HasRow(told))
        {
            return;
        }

        Group? last = _groups.Count > 0 ? _groups[^1] : null;
        if (last is null || !Joins(last, told))
        {
            _groups.Add(last = new Group());
        }

        last.Events.Add(told);
    }

    private bool HasRow(DemoEvent told) => told.Kind switch
    {
        DemoEventKind.Killed or DemoEventKind.Verified => true,
        DemoEventKind.Reads => IsLongAfterReaders(told),
        DemoEventKind.Lock => told is { Lock: LockName.Main, Mode: LockMode.Exclusive }
            && told.Process == _firstWriter,
        DemoEventKind.Step => IsWriter(told.Process)
            ? told.Step >= ProtocolStep.W1 && !RepeatsStaging(told)
            : ReaderStepHasRow(told),
        _ => false,
    };

    private bool ReaderStepHasRow(DemoEvent told) => told.Step switch
    {
        ProtocolStep.R1 => true,
        ProtocolStep.R4 => _recovering.Add(told.Process),
        ProtocolStep.R6 => !_opened.Add(told.Process),
        ProtocolStep.W4 => true,
        >= ProtocolStep.P1 and <= ProtocolStep.P7 => true,
        _ => false,
    };

    /// <summary>
    /// Reads are counted in the rows of others, and after a row of readers in one more.
    /// </summary>
    private bool IsLongAfterReaders(DemoEvent told) =>
        _groups.Count > 0
        && _groups[^1].Events[^1] is { Step: ProtocolStep.R1 or ProtocolStep.R6 } last
        && (last.Step == ProtocolStep.R6 || _groups[^1].Events.Count == ReaderCount)
        && Stopwatch.GetElapsedTime(last.Ticks, told.Ticks) > ReadersPause;

    /// <summary>W7 is told for each page.</summary>
    private bool RepeatsStaging(DemoEvent told) => told.Step == ProtocolStep.W7
        && _groups.Exists(group => group.Events.Exists(
            earlier => earlier.Process == told.Process && earlier.Step == ProtocolStep.W7));

    private bool Joins(Group last, DemoEvent told)
    {
        DemoEvent before = last.Events[^1];
        if (before.Kind != DemoEventKind.Step || told.Kind != DemoEventKind.Step)
        {
            return false;
        }

        ProtocolStep first = last.Events[0].Step!.Value;
        ProtocolStep next = told.Step!.Value;
        if (before.Process != told.Process)
        {
            return first == next && next is ProtocolStep.R1 or ProtocolStep.R4 or ProtocolStep.R6;
        }

        ProtocolStep[][] together = told.Process == _firstWriter ? Detailed : Short;
        return Array.Exists(together, steps =>
            Array.IndexOf(steps, first) >= 0 && Array.IndexOf(steps, next) >= 0);
    }

    private static readonly ProtocolStep[][] Detailed =
    [
        [ProtocolStep.W1, ProtocolStep.W2],
        [ProtocolStep.W3, ProtocolStep.W5, ProtocolStep.W6],
        [ProtocolStep.C2E, ProtocolStep.C3],
        [ProtocolStep.C7, ProtocolStep.C8],
        [ProtocolStep.C9, ProtocolStep.C10],
    ];

    private static readonly ProtocolStep[][] Short =
    [
        [ProtocolStep.W1, ProtocolStep.W2, ProtocolStep.W3, ProtocolStep.W5, ProtocolStep.W6],
        [ProtocolStep.W4, ProtocolStep.P1],
        [ProtocolStep.P5, ProtocolStep.P6],
        [ProtocolStep.C2, ProtocolStep.C2E, ProtocolStep.C3],
        [ProtocolStep.C4, ProtocolStep.C5, ProtocolStep.C6],
        [ProtocolStep.C7, ProtocolStep.C8, ProtocolStep.C9, ProtocolStep.C10],
    ];

    private List<TimelineRow> MakeRows(IReadOnlyList<DemoEvent> events)
    {
        var rows = new List<TimelineRow>();
        List<ProcessState> states =
            [.. _history.Processes.Select(process => new ProcessState(process.Name))];
        var ended = new List<DemoEvent>();
        int at = 0;
        for (int i = 0; i < _groups.Count; i++)
        {
            Group group = _groups[i];
            long end = i + 1 < _groups.Count ? _groups[i + 1].Events[0].Ticks : long.MaxValue;
            long[] before = [.. states.Select(state => state.Reads)];
            ended.ForEach(Apply);
            ended.Clear();
            for (; at < events.Count && events[at].Ticks < end; at++)
            {
                // A process that ends during a row is gone from the next one on.
                if (events[at].Kind == DemoEventKind.Done)
                {
                    ended.Add(events[at]);
                }
                else
                {
                    Apply(events[at]);
                }
            }

            rows.Add(new TimelineRow(
                (group.Events[0].Ticks - _history.StartTicks) / (double)Stopwatch.Frequency,
                [.. states.Select((state, lane) => CellOf(group, state, before[lane]))],
                group.Text(),
                group.Tone()));
        }

        return rows;

        void Apply(DemoEvent told) =>
            states.Find(state => state.Name == told.Process)?.Apply(told);
    }

    private static TimelineCell CellOf(Group group, ProcessState state, long readsBefore)
    {
        long reads = state.Reads - readsBefore;

        // A reader that went on reading held main again and again; one that did not, did not.
        bool wentOn = state.Phase == ProcessPhase.Reading && reads > 0;
        return new TimelineCell(
            group.StepsOf(state.Name),
            wentOn ? "··m" : state.LockLetters(),
            reads,
            state.IsWaitingForMain,
            group.Events[0].Kind == DemoEventKind.Killed && group.Events[0].Process == state.Name);
    }

    private int ReaderCount => _history.Processes.Count(process => !IsWriter(process.Name));

    private static bool IsWriter(string process) =>
        process.StartsWith("writer", StringComparison.Ordinal);

    /// <summary>The events that share a row.</summary>
    private sealed class Group
    {
        public List<DemoEvent> Events { get; } = [];

        public string StepsOf(string process)
        {
            List<DemoEvent> own = Events.FindAll(told => told.Process == process);
            if (own.Count == 0)
            {
                return "";
            }

            return own[0].Kind switch
            {
                DemoEventKind.Killed => "killed",
                DemoEventKind.Reads => "",
                DemoEventKind.Lock => ProtocolStep.C2.ToString(),
                _ => RangeOf($"{own[0].Step}", $"{own[^1].Step}"),
            };
        }

        /// <summary>"C7", "C7-10", "W4-P1".</summary>
        private static string RangeOf(string first, string last) =>
            first == last ? first
            : first[0] == last[0] ? $"{first}-{last[1..]}"
            : $"{first}-{last}";

        public string Text()
        {
            DemoEvent first = Events[0];
            return first.Kind switch
            {
                DemoEventKind.Killed => first.Text ?? "killed",
                DemoEventKind.Verified => first.Text ?? "verified",
                DemoEventKind.Reads => "readers read and check",
                DemoEventKind.Lock => "has main to itself",
                _ when Events[^1].Process != first.Process => StepWords.Of(first.Step!.Value),
                _ => StepWords.Of(first.Step!.Value, Events[^1].Step!.Value),
            };
        }

        public TimelineTone Tone() => Events[0] switch
        {
            { Kind: DemoEventKind.Killed } => TimelineTone.Death,
            { Kind: DemoEventKind.Verified } => TimelineTone.Verified,
            _ when Events.Exists(told => told.Step == ProtocolStep.C3) => TimelineTone.CommitPoint,
            { Step: ProtocolStep.R4 or ProtocolStep.W4 } => TimelineTone.Recovery,
            { Step: >= ProtocolStep.P1 and <= ProtocolStep.P7 } => TimelineTone.Recovery,
            _ => TimelineTone.Plain,
        };
    }
}
