using Quire.Worker.DiskPrograms;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>
/// The table of docs/calibration.md, as far as it has been measured: lines in the file that the
/// environment variable QUIRE_CALIBRATION names, if it names one.
/// </summary>
internal static class CalibrationTable
{
    public static void Note(DiskFormat format, DiskProgram program, IEnumerable<Outcome> seen)
    {
        if (Environment.GetEnvironmentVariable("QUIRE_CALIBRATION") is not { Length: > 0 } path)
        {
            return;
        }

        IReadOnlySet<Outcome> permitted = Outcome.Permitted(program, format.Preset);
        string kinds = Kinds(seen);
        string others = Kinds(permitted.Except(seen)
            .Where(outcome => !kinds.Split(", ").Contains(outcome.Kind)));
        File.AppendAllText(path, $"| {format.Name} | {program.Name} | {kinds} | {others} |\n");
    }

    private static string Kinds(IEnumerable<Outcome> outcomes)
    {
        string[] kinds =
        [
            .. outcomes.Where(outcome => outcome.IsFailure)
                .Select(outcome => outcome.Kind).Distinct().Order(StringComparer.Ordinal),
        ];
        return kinds.Length == 0 ? "-" : string.Join(", ", kinds);
    }
}
