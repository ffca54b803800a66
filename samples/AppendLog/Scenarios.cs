using Quire.CrashLab;

namespace Quire.Samples.AppendLog;

/// <summary>What is asked of a log: a prefix of what was appended, with all that was acknowledged.</summary>
public static class Scenarios
{
    private static readonly string[] Records = ["first", new('2', 700), "third"];

    /// <summary>Enough to see all of the states.</summary>
    public static CrashOptions Exhaustive { get; } = new() { StatesPerPoint = 1 << 17 };

    public static CrashScenario Naive() => new()
    {
        Workload = process =>
        {
            foreach (string record in Records)
            {
                process.Begin(record);
                NaiveLog.Append(process.Files, "log", record);
                process.Acknowledge(record);
            }
        },
        Check = Checks.PrefixConsistency(process => NaiveLog.Read(process.Files, "log")),
    };

    public static CrashScenario Buffered() => new()
    {
        Workload = process =>
        {
            using var log = new BufferedLog(process.Files, "log");
            foreach (string record in Records)
            {
                process.Begin(record);
                log.Append(record);
                process.Acknowledge(record);
            }
        },
        Check = Checks.PrefixConsistency(process => NaiveLog.Read(process.Files, "log")),
    };

    public static CrashScenario Safe(int blockBytes = 4096) => new()
    {
        Workload = process => Append(process, blockBytes, Records),
        Check = Checks.PrefixConsistency(process =>
        {
            using var log = new SafeLog(process.Files, "log", blockBytes);
            return log.Records;
        }),
        ChecksTwice = true,
        Continue = process => Append(process, blockBytes, ["after the crash"]),
    };

    private static void Append(SimulatedProcess process, int blockBytes, string[] records)
    {
        using var log = new SafeLog(process.Files, "log", blockBytes);
        foreach (string record in records)
        {
            process.Begin(record);
            log.Append(record);
            process.Acknowledge(record);
        }
    }
}
