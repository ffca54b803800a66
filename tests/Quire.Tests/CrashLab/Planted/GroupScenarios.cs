using Quire.Cli.Crash;
using Quire.CrashLab;
using GroupsOfOneProcess = Quire.Cli.Crash.Neighbours;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>
/// The scenario in which the planted bugs of groups are noticed, on the editions that
/// <c>quire crash</c> uses.
/// </summary>
internal static class GroupScenarios
{
    public static EngineScenario Neighbours { get; } = EngineScenario.Crash(
        "commits of one process that share a record",
        planted => GroupsOfOneProcess.Alone(new EngineSettings
        {
            Configure = options => options with { PlantedBug = planted },
        }),
        new CrashOptions
        {
            Model = PersistenceModel.Sector512,
            StatesPerPoint = 1 << 16,

            // A neighbour that is not seen shows when nothing is lost, too.
            DiagnosesCheck = false,
        });
}
