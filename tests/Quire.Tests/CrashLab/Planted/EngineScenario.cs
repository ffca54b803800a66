using System.Diagnostics;
using Quire.CrashLab;
using Quire.Pager;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>What became of one scenario with one mistake planted.</summary>
/// <param name="Kind">How it failed; empty when nothing did.</param>
/// <param name="Steps">How long the counterexample is, in operations or changes of files.</param>
/// <param name="States">How many global states or crash states were looked at.</param>
/// <param name="IsExhaustive">Whether nothing within the bounds was left out.</param>
/// <param name="Text">The counterexample for people.</param>
/// <param name="Took">How long it took; on another machine it takes another time.</param>
internal sealed record Finding(
    string Kind, int Steps, long States, bool IsExhaustive, string Text, TimeSpan Took)
{
    public bool IsFailure => Kind.Length > 0;
}

/// <summary>A small world for the real engine, in which some mistakes can be noticed.</summary>
/// <param name="Name">The name in the table.</param>
/// <param name="Bounds">How much of it is explored, for people.</param>
/// <param name="Explore">Explores it with one mistake planted.</param>
internal sealed record EngineScenario(
    string Name, string Bounds, Func<PlantedBug, Finding> Explore)
{
    /// <summary>One program, and the power cut at each of its changes.</summary>
    public static EngineScenario Crash(
        string name, Func<PlantedBug, CrashScenario> scenario, CrashOptions options) => new(
        name,
        (options.Crashes == 1 ? "P=1" : $"P={options.Crashes}, recovery too")
            + (options.Fault is { } fault ? $", {fault.Kind}" : "")
            + $"; {options.Model.Name}",
        planted =>
        {
            var clock = Stopwatch.StartNew();
            CrashReport report = CrashTest.Explore(scenario(planted), options);
            report.Diagnosis?.ThrowIfUnsound();
            CrashFailure? failure = report.Failures.Count > 0 ? report.Failures[0] : null;
            return new Finding(
                failure is null ? "" : KindOf(failure),
                failure?.Crashes.Sum(crash => crash.Mutations) ?? 0,
                report.CheckedStates,
                report.IsExhaustive,
                failure?.ToString() ?? report.ToString(),
                clock.Elapsed);
        });

    /// <summary>Several programs, in every order within the bounds.</summary>
    public static EngineScenario Schedules(
        string name, Func<PlantedBug, ConcurrentScenario> scenario, ScheduleOptions options) => new(
        name,
        $"preemptions ≤ {options.Preemptions}, K={options.Kills} P={options.PowerLosses}"
            + (options.PowerLosses > 0 ? $"; {options.Model.Name}" : ""),
        planted =>
        {
            var clock = Stopwatch.StartNew();
            ScheduleReport report = ScheduleExplorer.Explore(scenario(planted), options);
            ScheduleFailure? failure = report.Failure;
            return new Finding(
                failure is null ? "" : failure.Kind.ToString(),
                failure?.Steps ?? 0,
                report.States + report.CrashStates,
                report.IsExhaustive,
                failure?.ToString() ?? $"{report.Runs} runs, {report.States} states",
                clock.Elapsed);
        });

    /// <summary>Several programs, the most unfair order for the first of them.</summary>
    public static EngineScenario Unfair(
        string name, Func<PlantedBug, ConcurrentScenario> scenario, int limit) => new(
        name,
        $"the others first, {limit} operations",
        planted =>
        {
            var clock = Stopwatch.StartNew();
            bool isStarved = ScheduleExplorer.Starves(scenario(planted), victim: 1, limit);
            return new Finding(
                isStarved ? "Starves" : "",
                isStarved ? limit : 0,
                1,
                IsExhaustive: true,
                isStarved ? $"passed over {limit} times" : "it ended",
                clock.Elapsed);
        });

    /// <summary>A check that found wrong pages, or an engine that refuses the file.</summary>
    private static string KindOf(CrashFailure failure) => failure.Error switch
    {
        CheckFailedException => "WrongAfterPowerLoss",
        CorruptFileException => "RefusedAfterPowerLoss",
        _ => failure.Error.GetType().Name,
    };
}
