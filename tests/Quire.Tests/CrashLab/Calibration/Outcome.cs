using System.Collections.Concurrent;
using Quire.CrashLab;
using Quire.Worker.DiskPrograms;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>What was found after a power cut, and what had been promised by then.</summary>
/// <param name="Kind">What was found, in words.</param>
/// <param name="Version">Which version that is; null for none.</param>
/// <param name="Acknowledged">How many steps had returned.</param>
/// <param name="Steps">How many there are.</param>
internal sealed record Outcome(string Kind, int? Version, int Acknowledged, int Steps)
{
    /// <summary>No version as a whole, or one older than what was acknowledged.</summary>
    public bool IsFailure => Version is not { } version || version < Acknowledged;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Kind} after {Acknowledged} of {Steps}{(IsFailure ? " (failure)" : "")}";

    /// <summary>All outcomes that a model permits.</summary>
    public static IReadOnlySet<Outcome> Permitted(DiskProgram program, PersistenceModel model)
    {
        var outcomes = new ConcurrentDictionary<Outcome, bool>();
        var scenario = new CrashScenario
        {
            Setup = process => program.Setup(process.Files, ""),
            Workload = process =>
            {
                for (int i = 0; i < program.Steps.Count; i++)
                {
                    process.Begin($"{i}");
                    program.Steps[i](process.Files, "");

                    // Something that is done before the acknowledgement, so that there is a moment
                    // between the two.
                    process.Files.Create($"returned-{i}").Dispose();
                    process.Acknowledge($"{i}");
                }
            },
            Check = (process, promises) =>
            {
                Finding found = program.Find(process.Files, "");
                outcomes[new Outcome(
                    found.Kind,
                    found.Version,
                    promises.Acknowledged.Count,
                    program.Steps.Count)] = true;
            },
        };
        CrashReport report = CrashTest.Explore(scenario, new CrashOptions
        {
            Model = model,
            DiagnosesCheck = false,
            StatesPerPoint = 1 << 14,
        });
        report.ThrowIfFailed();
        if (!report.IsExhaustive)
        {
            throw new InvalidOperationException($"{program.Name} has too many states: {report}");
        }

        return outcomes.Keys.ToHashSet();
    }
}
