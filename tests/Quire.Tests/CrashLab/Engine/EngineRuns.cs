using Quire.Cli.Crash;
using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Engine;

/// <summary>Explorations of the engine's scenarios, and what all of them must be.</summary>
internal static class EngineRuns
{
    /// <summary>Set to 1, it runs what takes minutes.</summary>
    public const string LongVariable = "QUIRE_LONG";

    public static bool IsLong => Environment.GetEnvironmentVariable(LongVariable) == "1";

    public static ScheduleOptions Bounds(int? preemptions, int kills, int powerLosses) => new()
    {
        Preemptions = preemptions,
        Kills = kills,
        PowerLosses = powerLosses,
        Model = PersistenceModel.Sector512,
    };

    /// <summary>Explores and sees that nothing was left out and nothing was found.</summary>
    public static ScheduleReport PassesExhaustively(
        string scenario, EngineSettings settings, ScheduleOptions options)
    {
        ScheduleReport report = ScheduleExplorer.Explore(Together(scenario, settings), options);
        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
        return report;
    }

    public static ConcurrentScenario Together(string scenario, EngineSettings settings) =>
        EngineScenario.Find(scenario)?.Together?.Invoke(settings)
        ?? throw new ArgumentException($"No scenario of several processes: {scenario}");

    public static CrashScenario Alone(string scenario, EngineSettings settings) =>
        EngineScenario.Find(scenario)?.Alone?.Invoke(settings)
        ?? throw new ArgumentException($"No scenario of one process: {scenario}");
}
