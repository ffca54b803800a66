using Quire.CrashLab;

namespace Quire.Samples.AtomicSave;

/// <summary>What is asked of a saver.</summary>
public static class Scenarios
{
    private static readonly string Old = new('o', 1000);
    private static readonly string New = new('n', 4200);

    /// <summary>Enough to see all of the states.</summary>
    public static CrashOptions Exhaustive { get; } = new() { StatesPerPoint = 1 << 17 };

    /// <summary>The file is the old one or the new one, whichever.</summary>
    public static CrashScenario Atomic(Action<IFiles, string, string> save) => new()
    {
        Setup = process => process.Files.WriteAllText("settings", Old),
        Workload = process =>
        {
            process.Begin(New);
            save(process.Files, "settings", New);
        },
        Check = Checks.AtomicReplacement("settings", initial: Old),
    };

    /// <summary>As well, and once the saver has returned it is the new one.</summary>
    public static CrashScenario Durable(Action<IFiles, string, string> save) => new()
    {
        Setup = process => process.Files.WriteAllText("settings", Old),
        Workload = process =>
        {
            process.Begin(New);
            save(process.Files, "settings", New);
            process.Acknowledge(New);
        },
        Check = Checks.AtomicReplacement("settings", initial: Old),
        ChecksTwice = true,
    };
}
