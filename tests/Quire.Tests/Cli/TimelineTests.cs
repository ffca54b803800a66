using Quire.Cli.Demo;
using Quire.Locking;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>How events become rows.</summary>
public sealed class TimelineTests
{
    private const string Writer = DemoStory.FirstWriter;
    private const string Reader = "reader 1";

    private readonly DemoHistory _history = new();
    private long _now;

    public TimelineTests()
    {
        _history.Announce(Writer);
        _history.Announce(Reader);
        _now = _history.StartTicks;
    }

    [Fact]
    public void Steps_that_belong_together_share_a_row_and_others_do_not()
    {
        Step(Writer, ProtocolStep.W1);
        Step(Writer, ProtocolStep.W2);
        Lock(Writer, LockName.Journal, LockMode.Exclusive);
        Step(Writer, ProtocolStep.W3);
        Step(Writer, ProtocolStep.W5);
        Step(Writer, ProtocolStep.W6);

        IReadOnlyList<TimelineRow> rows = Timeline.Make(_history, Writer);

        Assert.Equal(["W1-2", "W3-6"], rows.Select(row => row.Cells[0].Steps));
        Assert.All(rows, row => Assert.Equal("J··", row.Cells[0].Locks));
    }

    [Fact]
    public void Reads_are_counted_in_the_row_during_which_they_ended()
    {
        Step(Writer, ProtocolStep.W7);
        Reads(100);
        Reads(35);
        Step(Writer, ProtocolStep.W7);
        Reads(1);
        Step(Writer, ProtocolStep.C1);

        IReadOnlyList<TimelineRow> rows = Timeline.Make(_history, Writer);

        Assert.Equal([136, 0], rows.Select(row => row.Cells[1].Reads));
        Assert.Equal(["··m", "···"], rows.Select(row => row.Cells[1].Locks));
    }

    [Fact]
    public void A_reader_that_cannot_have_main_is_shown_waiting_until_it_has()
    {
        Step(Writer, ProtocolStep.C2);
        Lock(Writer, LockName.Main, LockMode.Exclusive);
        Step(Reader, ProtocolStep.R2);
        Step(Writer, ProtocolStep.C4);
        Add(DemoEvent.Now(Writer, DemoEventKind.Killed));
        Lock(Reader, LockName.Main, LockMode.Shared);
        Step(Reader, ProtocolStep.R3);

        IReadOnlyList<TimelineRow> rows = Timeline.Make(_history, Writer);

        Assert.Equal([false, true, true, false], rows.Select(row => row.Cells[1].IsWaiting));
        Assert.True(rows[^1].Cells[0].IsDead);
        Assert.Equal("   ", rows[^1].Cells[0].Locks);
        Assert.Equal(TimelineTone.Death, rows[^1].Tone);
    }

    [Fact]
    public void A_reader_that_meets_the_marker_again_and_again_has_one_row_for_it()
    {
        Step(Reader, ProtocolStep.R4);
        Step(Reader, ProtocolStep.R2);
        Step(Reader, ProtocolStep.R4);
        Step(Reader, ProtocolStep.P1);
        Reads(1);
        Step(Reader, ProtocolStep.R4);

        Assert.Equal(
            ["R4", "P1", "R4"],
            Timeline.Make(_history, Writer).Select(row => row.Cells[1].Steps));
    }

    [Fact]
    public void Every_line_is_as_wide_as_its_lanes_and_carries_its_step()
    {
        Step(Writer, ProtocolStep.C3);
        Step(Writer, ProtocolStep.C4);

        string[] lines = [.. TimelineView
            .Draw(Timeline.Make(_history, Writer), [Writer, Reader])
            .Select(Spectre.Console.Markup.Remove)];

        Assert.Equal(3, lines.Length);
        int column = lines[0].IndexOf("what happened", StringComparison.Ordinal);
        Assert.Equal(StepWords.Of(ProtocolStep.C3), lines[1][column..]);
        Assert.Equal(StepWords.Of(ProtocolStep.C4), lines[2][column..]);
    }

    private void Step(string process, ProtocolStep step) =>
        Add(DemoEvent.Now(process, DemoEventKind.Step) with { Step = step });

    private void Lock(string process, LockName name, LockMode? mode) =>
        Add(DemoEvent.Now(process, DemoEventKind.Lock) with { Lock = name, Mode = mode });

    private void Reads(long count) =>
        Add(DemoEvent.Now(Reader, DemoEventKind.Reads) with { Count = count, Edition = 1 });

    /// <summary>Each event one tick after the last.</summary>
    private void Add(DemoEvent told) => _history.Add(told with { Ticks = ++_now });
}
