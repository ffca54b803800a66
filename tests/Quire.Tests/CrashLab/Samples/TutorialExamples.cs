using Quire.CrashLab;
using Quire.Samples.AtomicSave;
using Quire.Storage;

namespace Quire.Tests.CrashLab.Samples;

/// <summary>What docs/crashlab.md shows besides the samples. TutorialTests runs all of it.</summary>
internal static class TutorialExamples
{
    public static CrashScenario Saving(Action<IFiles, string, string> save) => new()
    {
        Setup = process => process.Files.WriteAllText("settings", "old"),
        Workload = process =>
        {
            process.Begin("new");
            save(process.Files, "settings", "new");
            process.Acknowledge("new");
        },
        Check = Checks.AtomicReplacement("settings", initial: "old"),
    };

    public static CrashReport OnATearingExt4(CrashScenario scenario)
    {
        PersistenceModel model = PersistenceModel.Ext4 with
        {
            Name = "ext4 on a disk that tears",
            SectorBytes = 512,
            MayTear = true,
        };
        return CrashTest.Explore(scenario, new CrashOptions { Model = model, Crashes = 2 });
    }

    public static CrashScenario WithMyOwnCheck() => Saving(SafeSaver.Save) with
    {
        Check = (process, promises) =>
        {
            string found = process.Files.ReadAllText("settings");
            bool isRight = promises["new"] switch
            {
                PromiseState.Acknowledged => found == "new",
                PromiseState.InDoubt => found is "old" or "new",
                _ => found == "old",
            };
            if (!isRight)
            {
                throw new CheckFailedException($"the settings are '{found}'");
            }
        },
    };

    public static IReadOnlyList<(FaultPlan Plan, CrashReport Report)> EverySyncFailsInTurn(
        CrashScenario scenario) =>
        FaultLoop.Explore(scenario, FaultPlan.SyncFailsAsOn("ext4-ordered"));

    public static CrashReport RottenBitInRecovery(CrashScenario scenario)
    {
        var plan = new FaultPlan(FaultKind.BitRot) { Phase = FaultPhase.Recovery };
        return CrashTest.Explore(scenario, new CrashOptions { Fault = plan });
    }

    public static string Audit(CrashScenario scenario) => string.Join('\n',
        BarrierAudit.Run(scenario).Rows.Select(row =>
            $"{row.Site,-24} {(row.IsNoticed ? "needed" : "not missed")}"));

    public static CrashFailure? Again(CrashScenario scenario, CrashFailure failure) =>
        CrashTest.Replay(scenario, failure.Token);

    public static void Increment(SimulatedProcess process, bool isLocked)
    {
        using IStorageFile file = process.Open("counter", FileOpenMode.ReadWrite);
        IByteRangeLocks locks = process.LocksOf(file);
        var range = new LockRange(0);
        while (isLocked && !locks.TryAcquire(range, LockMode.Exclusive))
        {
            locks.WaitForChange(range, LockMode.Exclusive, TimeSpan.FromSeconds(1));
        }

        byte[] value = new byte[1];
        file.Read(0, value);
        value[0]++;
        file.Write(0, value);
    }

    public static ConcurrentScenario Counting(bool isLocked) => new()
    {
        Setup = process => process.Files.WriteAllBytes("counter", [0]),
        Processes =
        [
            new NamedProgram("first", process => Increment(process, isLocked)),
            new NamedProgram("second", process => Increment(process, isLocked)),
        ],
        Check = (process, _) =>
        {
            if (process.Files.ReadAllBytes("counter") is not [2])
            {
                throw new CheckFailedException("an increment was lost");
            }
        },
    };
}
