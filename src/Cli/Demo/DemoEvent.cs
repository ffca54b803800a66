using System.Diagnostics;
using System.Text.Json;
using Quire.Cli.Output;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Demo;

/// <summary>What an event tells.</summary>
internal enum DemoEventKind
{
    /// <summary>A process was started.</summary>
    Started,

    /// <summary>A step of the protocol is about to be performed.</summary>
    Step,

    /// <summary>A lock was acquired (with a mode) or released (without).</summary>
    Lock,

    /// <summary>
    /// A reader has finished <see cref="DemoEvent.Count"/> more read transactions.
    /// </summary>
    Reads,

    /// <summary>A writer has staged <see cref="DemoEvent.Count"/> pages so far.</summary>
    Staged,

    /// <summary>A writer stands still, to be killed.</summary>
    Stopped,

    /// <summary>A process was killed.</summary>
    Killed,

    /// <summary>A process ended as it should.</summary>
    Done,

    /// <summary>A reader saw what it must never see.</summary>
    Failed,

    /// <summary>The file was verified.</summary>
    Verified,
}

/// <summary>
/// One thing that happened in one process of the demonstration. Times are of
/// <see cref="Stopwatch"/>, which all processes of one machine share.
/// </summary>
internal sealed record DemoEvent(long Ticks, string Process, DemoEventKind Kind)
{
    public ProtocolStep? Step { get; init; }

    public LockName? Lock { get; init; }

    public LockMode? Mode { get; init; }

    public long Count { get; init; }

    /// <summary>The process, when it was started or killed.</summary>
    public int ProcessId { get; init; }

    /// <summary>The edition that a reader saw last, or that a writer committed.</summary>
    public long Edition { get; init; }

    public string? Text { get; init; }

    public static DemoEvent Now(string process, DemoEventKind kind) =>
        new(Stopwatch.GetTimestamp(), process, kind);

    /// <summary>The line on which a child tells its parent.</summary>
    public string ToLine() => JsonLine.Make(json =>
    {
        json.WriteNumber("ticks", Ticks);
        WriteMembers(json);
    });

    /// <summary>What <c>quire demo --json</c> prints.</summary>
    public void WriteTo(Utf8JsonWriter json, long startTicks)
    {
        json.WriteNumber(
            "seconds", Math.Round((Ticks - startTicks) / (double)Stopwatch.Frequency, 6));
        WriteMembers(json);
    }

    /// <summary>Reads a child's line back.</summary>
    /// <exception cref="FormatException">The line is not an event.</exception>
    public static DemoEvent Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            string? Text(string name) =>
                root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
            long Number(string name) =>
                root.TryGetProperty(name, out JsonElement value) ? value.GetInt64() : 0;
            return new DemoEvent(
                Number("ticks"),
                Text("process") ?? "",
                Enum.Parse<DemoEventKind>(Text("kind") ?? "", ignoreCase: true))
            {
                Step = Text("step") is { } step ? Enum.Parse<ProtocolStep>(step) : null,
                Lock = Text("lock") is { } name ? Enum.Parse<LockName>(name, true) : null,
                Mode = Text("mode") is { } mode ? Enum.Parse<LockMode>(mode, true) : null,
                Count = Number("count"),
                Edition = Number("edition"),
                Text = Text("text"),
            };
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException
            or InvalidOperationException)
        {
            throw new FormatException($"not an event: {line}", malformed);
        }
    }

    private void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("process", Process);
        json.WriteString("kind", Words.Of(Kind));
        if (Step is { } step)
        {
            json.WriteString("step", step.ToString());
        }

        if (Lock is { } name)
        {
            json.WriteString("lock", LockBytes.NameOf(name));
            if (Mode is { } mode)
            {
                json.WriteString("mode", Words.Of(mode));
            }
        }

        if (Kind is DemoEventKind.Reads or DemoEventKind.Staged)
        {
            json.WriteNumber("count", Count);
        }

        if (ProcessId != 0)
        {
            json.WriteNumber("processId", ProcessId);
        }

        if (Edition != 0)
        {
            json.WriteNumber("edition", Edition);
        }

        if (Text is not null)
        {
            json.WriteString("text", Text);
        }
    }
}
