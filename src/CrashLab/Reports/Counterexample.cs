using System.Text.Json;
using System.Text.Json.Serialization;
using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>
/// A failure told step by step: who did what, which locks were held, what no sync had made certain,
/// and what the power cut left of it. Printed as a table, a page, JSON or a test.
/// </summary>
/// <remarks>
/// Made by running the failure once more, from its token, with a trace. Every rendering is a
/// function of the trace alone, so the same token prints the same text, byte for byte.
/// </remarks>
public sealed record Counterexample
{
    /// <summary>What went wrong, in a line.</summary>
    public required string Title { get; init; }

    /// <summary>The type of what was thrown, by its full name.</summary>
    public required string ErrorType { get; init; }

    /// <summary>Its message.</summary>
    public required string ErrorMessage { get; init; }

    /// <summary>What had been promised at the failure.</summary>
    public required string Promises { get; init; }

    /// <summary>What the disk may do, by the name of its <see cref="PersistenceModel"/>.</summary>
    public required string Model { get; init; }

    /// <summary>Repeats the failure, byte for byte.</summary>
    public required string Token { get; init; }

    /// <summary>
    /// From one power cut to the next: the processes under test first, then each check that
    /// recovers.
    /// </summary>
    public required IReadOnlyList<CounterexamplePhase> Phases { get; init; }

    /// <summary>How it is repeated.</summary>
    internal ReplaySource? Replay { get; init; }

    /// <summary>Runs a failing crash state again and tells what happens.</summary>
    /// <param name="scenario">The same scenario.</param>
    /// <param name="failure">What an exploration found.</param>
    /// <param name="options">The same options.</param>
    /// <param name="lockName">
    /// Names the lock bytes of the program under test; null, or a null answer, for plain offsets.
    /// </param>
    /// <exception cref="InvalidOperationException">It does not fail any more.</exception>
    public static Counterexample Of(
        CrashScenario scenario,
        CrashFailure failure,
        CrashOptions? options = null,
        Func<string, LockRange, string?>? lockName = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(failure);
        CrashOptions used = options ?? new CrashOptions();
        return CounterexampleBuilder.Build(
            CrashTest.TraceOf(scenario, failure.Token, used),
            used.Model,
            ReplaySource.Of(used),
            lockName);
    }

    /// <summary>Runs a failing schedule again and tells what happens.</summary>
    /// <param name="scenario">The same scenario.</param>
    /// <param name="failure">What an exploration found.</param>
    /// <param name="options">The same options.</param>
    /// <param name="lockName">
    /// Names the lock bytes of the program under test; null, or a null answer, for plain offsets.
    /// </param>
    /// <exception cref="InvalidOperationException">It does not fail any more.</exception>
    public static Counterexample Of(
        ConcurrentScenario scenario,
        ScheduleFailure failure,
        ScheduleOptions? options = null,
        Func<string, LockRange, string?>? lockName = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(failure);
        ScheduleOptions used = options ?? new ScheduleOptions();
        return CounterexampleBuilder.Build(
            ScheduleExplorer.TraceOf(scenario, failure.Token, used),
            used.Model,
            ReplaySource.Of(used, failure.Kind),
            lockName);
    }

    /// <summary>The space-time table as text, about as wide as asked.</summary>
    /// <param name="width">The width in columns; narrow cells are broken into lines.</param>
    public string ToText(int width = 100) => TextTable.Render(this, width);

    /// <summary>The space-time table as one HTML page that needs nothing else.</summary>
    public string ToHtml() => HtmlPage.Render(this);

    /// <summary>Every step, nothing folded, as indented JSON.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(this, CounterexampleJson.Default.Counterexample);

    /// <summary>
    /// The source of a test that repeats the failure, by the token, and asserts that it fails in
    /// the same way. Compiles where the scenario's expression does, with xunit beside it.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The model has no name, and the target does not say how it is written.
    /// </exception>
    public string ToXunit(XunitTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return XunitSource.Render(this, target);
    }

    /// <summary>The space-time table.</summary>
    public override string ToString() => ToText();
}

/// <summary>What happened between two power cuts.</summary>
public sealed record CounterexamplePhase
{
    /// <summary>What ran.</summary>
    public required string Title { get; init; }

    /// <summary>The processes, by number and name.</summary>
    public required IReadOnlyList<string> Processes { get; init; }

    /// <summary>What they did, in order.</summary>
    public required IReadOnlyList<CounterexampleRow> Rows { get; init; }

    /// <summary>The power cut at the end; null when power held.</summary>
    public PowerCut? PowerCut { get; init; }
}

/// <summary>What a power cut did to the changes that no sync had made certain.</summary>
/// <param name="AfterChange">How many changes had been made.</param>
/// <param name="Kept">What reached the disk.</param>
/// <param name="Lost">What did not.</param>
/// <param name="Summary">The shorter of the two, in words.</param>
public sealed record PowerCut(
    int AfterChange, IReadOnlyList<string> Kept, IReadOnlyList<string> Lost, string Summary);

/// <summary>One operation of one process.</summary>
public sealed record CounterexampleRow
{
    /// <summary>
    /// Its number, counted through all phases from 1; the first one of folded ones.
    /// </summary>
    public required int Number { get; init; }

    /// <summary>Which process of the phase, from 0.</summary>
    public required int Process { get; init; }

    /// <summary>The step of its protocol that the process had announced; empty for none.</summary>
    public string Step { get; init; } = "";

    /// <summary>What kind of operation: open, read, write, sync, lock, kill ...</summary>
    public required string Kind { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Text { get; init; }

    /// <summary>Whether the answer was no, or it failed.</summary>
    public bool IsRefused { get; init; }

    /// <summary>
    /// The number of the change that it made, as power cuts name it; null for none.
    /// </summary>
    public int? Change { get; init; }

    /// <summary>The locks that are held after it.</summary>
    public IReadOnlyList<CounterexampleLock> Locks { get; init; } = [];

    /// <summary>For each file with any: the changes that no sync has made certain.</summary>
    public IReadOnlyList<UnsyncedChanges> Cache { get; init; } = [];

    /// <summary>What it made certain; empty for most.</summary>
    public string Disk { get; init; } = "";

    /// <summary>The file, for operations on one.</summary>
    public string Path { get; init; } = "";
}

/// <summary>A lock that is held.</summary>
/// <param name="Process">By which process of the phase, from 0.</param>
/// <param name="Name">What is locked.</param>
/// <param name="IsExclusive">Whether nobody else can have it.</param>
public sealed record CounterexampleLock(int Process, string Name, bool IsExclusive);

/// <summary>Changes that no sync has made certain.</summary>
/// <param name="Name">The file, or "directory".</param>
/// <param name="Count">How many.</param>
public sealed record UnsyncedChanges(string Name, int Count);

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Counterexample))]
internal sealed partial class CounterexampleJson : JsonSerializerContext;
