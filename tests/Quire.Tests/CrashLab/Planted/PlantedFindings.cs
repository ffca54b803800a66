using System.Collections.Concurrent;
using Quire.Pager;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>What became of each case and each scenario; explored once in a test run.</summary>
internal static class PlantedFindings
{
    private static readonly ConcurrentDictionary<(EngineScenario, PlantedBug), Lazy<Finding>>
        Known = new();

    public static Finding Of(PlantedCase planted) => Of(planted.Scenario, planted.Bug);

    /// <summary>The scenario with the engine as it is.</summary>
    public static Finding Without(EngineScenario scenario) => Of(scenario, PlantedBug.None);

    private static Finding Of(EngineScenario scenario, PlantedBug bug) => Known.GetOrAdd(
        (scenario, bug), key => new Lazy<Finding>(() => key.Item1.Explore(key.Item2))).Value;
}
