using System.Diagnostics;
using System.Globalization;
using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>Explores, or repeats, one scenario under one model after the other.</summary>
internal sealed class CrashRun(CrashSettings settings, CancellationToken cancellation)
{
    /// <summary>How many operations of others are taken for starvation.</summary>
    public const int StarvationLimit = 3000;

    /// <summary>Explores under one model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="progress">Told how many runs or crash states there were.</param>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    /// <exception cref="CommandException">The scenario itself is no good.</exception>
    public CrashFinding Explore(PersistenceModel model, IProgress<long> progress)
    {
        long started = Stopwatch.GetTimestamp();
        CrashFinding finding = settings.IsAlone
            ? ExploreAlone(model, progress)
            : ExploreTogether(model, progress);
        return finding with { Time = Stopwatch.GetElapsedTime(started) };
    }

    /// <summary>Whether readers that never end keep the writer out.</summary>
    public bool Starves()
    {
        ConcurrentScenario scenario = settings.Scenario.Together!(settings.Engine);
        return ScheduleExplorer.Starves(
            scenario,
            scenario.Processes.Count,
            StarvationLimit,
            settings.ScheduleOptions(settings.Models[0]));
    }

    /// <summary>Repeats a failure from its token.</summary>
    /// <exception cref="CommandException">The token does not fit.</exception>
    public CrashFinding Replay(PersistenceModel model, string token)
    {
        try
        {
            return settings.IsAlone ? ReplayAlone(model, token) : ReplayTogether(model, token);
        }
        catch (FormatException wrong)
        {
            throw CommandException.Usage($"--replay: {wrong.Message}");
        }
    }

    private CrashFinding ExploreAlone(PersistenceModel model, IProgress<long> progress)
    {
        CrashScenario scenario = settings.Scenario.Alone!(settings.Engine);
        CrashOptions options = settings.CrashOptions(model) with
        {
            Cancellation = cancellation,
            Progress = progress,
        };
        CrashReport report = CrashTest.Explore(scenario, options);
        if (report.Diagnosis is { IsSound: false } diagnosis)
        {
            throw CommandException.No(
                $"the check itself is no good: {string.Join("; ", diagnosis.Findings)}");
        }

        return new CrashFinding(model)
        {
            Runs = report.CrashPoints,
            States = report.LegalStates.ToString("N0", CultureInfo.InvariantCulture),
            Checked = report.CheckedStates,
            IsExhaustive = report.IsExhaustive,
            Failure = report.Failures.Count == 0 ? null : Tell(scenario, report.Failures[0], model),
            Steps = report.Failures.Count == 0
                ? 0
                : report.Failures[0].Crashes.Sum(crash => crash.Mutations),
        };
    }

    private CrashFinding ExploreTogether(PersistenceModel model, IProgress<long> progress)
    {
        ConcurrentScenario scenario = settings.Scenario.Together!(settings.Engine);
        ScheduleOptions options = settings.ScheduleOptions(model) with
        {
            Cancellation = cancellation,
            Progress = new RunCount(progress),
        };
        ScheduleReport report = ScheduleExplorer.Explore(scenario, options);
        return new CrashFinding(model)
        {
            Runs = report.Runs,
            States = report.States.ToString("N0", CultureInfo.InvariantCulture),
            Checked = report.CrashStates,
            IsExhaustive = report.IsExhaustive,
            Failure = report.Failure is { } failure ? Tell(scenario, failure, model) : null,
            Steps = report.Failure?.Steps ?? 0,
        };
    }

    private CrashFinding ReplayAlone(PersistenceModel model, string token)
    {
        CrashScenario scenario = settings.Scenario.Alone!(settings.Engine);
        CrashFailure? failure = CrashTest.Replay(scenario, token, settings.CrashOptions(model));
        return new CrashFinding(model)
        {
            Failure = failure is null ? null : Tell(scenario, failure, model),
            Steps = failure?.Crashes.Sum(crash => crash.Mutations) ?? 0,
        };
    }

    private CrashFinding ReplayTogether(PersistenceModel model, string token)
    {
        ConcurrentScenario scenario = settings.Scenario.Together!(settings.Engine);
        ScheduleFailure? failure = ScheduleExplorer.Replay(
            scenario, token, settings.ScheduleOptions(model));
        return new CrashFinding(model)
        {
            Failure = failure is null ? null : Tell(scenario, failure, model),
            Steps = failure?.Steps ?? 0,
        };
    }

    private Counterexample Tell(
        CrashScenario scenario, CrashFailure failure, PersistenceModel model) =>
        Counterexample.Of(
            scenario, failure, settings.CrashOptions(model), EngineSites.LockName);

    private Counterexample Tell(
        ConcurrentScenario scenario, ScheduleFailure failure, PersistenceModel model) =>
        Counterexample.Of(
            scenario, failure, settings.ScheduleOptions(model), EngineSites.LockName);

    private sealed class RunCount(IProgress<long> inner) : IProgress<ScheduleProgress>
    {
        public void Report(ScheduleProgress value) => inner.Report(value.Runs);
    }
}
