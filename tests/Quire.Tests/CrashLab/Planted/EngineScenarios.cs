using Quire.CrashLab;
using Quire.Pager;
using static Quire.Tests.CrashLab.Planted.EnginePrograms;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>The scenarios that the planted bugs are noticed in, each as small as will do.</summary>
internal static class EngineScenarios
{
    private static readonly CrashOptions OnePowerLoss = new()
    {
        Model = PersistenceModel.Sector512,
        StatesPerPoint = 1 << 16,
    };

    private static readonly ScheduleOptions OnePreemption = new() { Preemptions = 1 };

    public static EngineScenario OneCommit { get; } = EngineScenario.Crash(
        "one commit", planted => OneProgram(planted, new LabFile(planted).Writer), OnePowerLoss);

    public static EngineScenario OneCommitTwoCrashes { get; } = EngineScenario.Crash(
        "one commit, its recovery crashed",
        planted => OneProgram(planted, new LabFile(planted).Writer),
        OnePowerLoss with { Crashes = 2, Model = PersistenceModel.BarrierReorder });

    /// <summary>The header changes with the pages.</summary>
    public static EngineScenario CommitWithHeader { get; } = EngineScenario.Crash(
        "one commit that changes the header",
        planted =>
        {
            var file = new LabFile(planted);
            return OneProgram(planted, process => WriteWithHeader(process, file)) with
            {
                Check = (process, promises) => CheckWithHeader(process, promises, file),
            };
        },
        OnePowerLoss);

    /// <summary>A commit that found main busy, changed its mind, and went through.</summary>
    public static EngineScenario RepeatedCommit { get; } = EngineScenario.Crash(
        "a commit repeated after a busy lock",
        planted =>
        {
            var file = new LabFile(planted);
            return OneProgram(planted, process => CommitTwice(process, file)) with
            {
                Check = (process, promises) => CheckUnchangedHeader(process, promises, file),
            };
        },
        OnePowerLoss);

    /// <summary>
    /// C4 fails, the commit is in doubt, and the same process opens the file again.
    /// </summary>
    public static EngineScenario FailedMarkerSync { get; } = EngineScenario.Crash(
        "the sync of C4 fails, then recovery",
        planted =>
        {
            var file = new LabFile(planted);
            return OneProgram(planted, process => WriteInDoubtThenRecover(process, file));
        },
        OnePowerLoss with
        {
            Fault = new FaultPlan(FaultKind.SyncError, 2)
            {
                SyncFailure = SyncFailure.PagesMarkedClean,
            },
        });

    /// <summary>Pages of 4096 bytes: what reaches the disk is cut where they end.</summary>
    public static EngineScenario Creation { get; } = EngineScenario.Crash(
        "creation and a first commit",
        planted =>
        {
            var file = new LabFile(planted, pageSize: 4096);
            return new CrashScenario
            {
                Workload = process => AllocateOne(process, file),
                Check = (process, promises) => CheckAllocated(process, promises, file),
            };
        },
        OnePowerLoss with { Model = PersistenceModel.FilePrefix });

    public static EngineScenario TwoCreators { get; } = EngineScenario.Schedules(
        "two processes create the file",
        planted =>
        {
            var file = new LabFile(planted);
            Action<SimulatedProcess> create = process => AllocateOne(process, file);
            return new ConcurrentScenario
            {
                Processes = [new("creator 1", create), new("creator 2", create)],
                Check = (process, promises) => CheckAllocated(process, promises, file),
            };
        },
        OnePreemption);

    public static EngineScenario WriterAndReader { get; } = EngineScenario.Schedules(
        "a writer, a reader",
        WriterAndReaderOf,
        OnePreemption with { Kills = 1 });

    public static EngineScenario WriterAndReaderPowerLoss { get; } = EngineScenario.Schedules(
        "a writer, a reader, power lost",
        WriterAndReaderOf,
        new ScheduleOptions { Preemptions = 0, Kills = 1, PowerLosses = 1 });

    /// <summary>The reader has read one page before, and keeps it in its cache.</summary>
    public static EngineScenario WriterAndCachingReader { get; } = EngineScenario.Schedules(
        "a writer, a reader that reads twice",
        planted =>
        {
            var file = new LabFile(planted);
            NamedProgram reader = new("reader", process => ReadTwice(process, file));
            return Several(planted, [.. Writers(planted, 1), reader]);
        },
        OnePreemption);

    public static EngineScenario WriterAndTwoReaders { get; } = EngineScenario.Schedules(
        "a writer, two readers",
        planted => Several(planted, [.. Writers(planted, 1), .. Readers(planted, 2)]),
        OnePreemption with { Kills = 1 });

    public static EngineScenario TwoLookingWriters { get; } = EngineScenario.Schedules(
        "two writers that look first",
        planted =>
        {
            Action<SimulatedProcess> program = new LabFile(planted).LookingWriter;
            return Several(planted, new("writer 1", program), new("writer 2", program));
        },
        new ScheduleOptions { Preemptions = 2 });

    public static EngineScenario TwoWritersPowerLoss { get; } = EngineScenario.Schedules(
        "two writers, power lost",
        TwoWritersOf,
        new ScheduleOptions { Preemptions = 0, Kills = 1, PowerLosses = 1 });

    /// <summary>The journal was deleted while nobody used the file.</summary>
    public static EngineScenario TwoWritersWithoutJournal { get; } = EngineScenario.Schedules(
        "two writers, the journal gone, power lost",
        planted => TwoWritersOf(planted) with
        {
            Setup = process =>
            {
                LabFile.Create(process, 2);
                process.Delete(LabFile.Path + "-journal");
            },
        },
        new ScheduleOptions { Preemptions = 0, Kills = 1, PowerLosses = 1 });

    /// <summary>
    /// Two writers who move 1 between different pages of three, one page in common, so that the sum
    /// tells a part of a transfer from a whole one.
    /// </summary>
    public static EngineScenario TwoTransfers { get; } = EngineScenario.Schedules(
        "two transfers between three pages",
        planted =>
        {
            var file = new LabFile(planted);
            return new ConcurrentScenario
            {
                Setup = process => LabFile.Create(process, 3, value: 10),
                Processes =
                [
                    new("3 to 4", process => Transfer(process, file, 3, 4)),
                    new("5 to 4", process => Transfer(process, file, 5, 4)),
                ],
                Check = (process, _) => CheckSum(process, file, 30),
            };
        },
        new ScheduleOptions { Preemptions = 0, Kills = 2 });

    /// <summary>
    /// A reader finds the marker set while another process recovers, which then stages for ever.
    /// </summary>
    public static EngineScenario ReaderBehindWriter { get; } = EngineScenario.Unfair(
        "a reader, a writer that recovers and stages for ever",
        planted =>
        {
            var file = new LabFile(planted);
            return new ConcurrentScenario
            {
                Setup = process => LabFile.CreateHalfCommitted(process, 2),
                Processes =
                [
                    new("reader", process => ReadDuringRecovery(process, file)),
                    new("writer", process => RecoverAndStageForEver(process, file)),
                ],
                Check = (_, _) => { },
            };
        },
        limit: 2000);

    public static EngineScenario OverlappingReaders { get; } = EngineScenario.Unfair(
        "a writer, two readers that read for ever",
        planted =>
        {
            var file = new LabFile(planted);
            Action<SimulatedProcess> reader = process => ReadForEver(process, file);
            return Several(
                planted,
                new("writer", process => WriteBehindReaders(process, file)),
                new("reader 1", reader),
                new("reader 2", reader));
        },
        limit: 2000);

    public static EngineScenario WriterBehindWriter { get; } = EngineScenario.Unfair(
        "a writer, a writer that commits for ever",
        planted =>
        {
            var file = new LabFile(planted);
            return Several(
                planted,
                new("writer", process => CommitBehindWriter(process, file)),
                new("busy writer", process => CommitForEver(process, file)));
        },
        limit: 2000);

    public static ConcurrentScenario WriterAndReaderOf(PlantedBug planted) =>
        Several(planted, [.. Writers(planted, 1), .. Readers(planted, 1)]);

    public static ConcurrentScenario TwoWritersOf(PlantedBug planted) =>
        Several(planted, Writers(planted, 2));

    private static CrashScenario OneProgram(PlantedBug planted, Action<SimulatedProcess> program)
    {
        var file = new LabFile(planted);
        return new CrashScenario
        {
            Setup = process => LabFile.Create(process, 2),
            Workload = program,
            Check = file.Check,
        };
    }

    private static ConcurrentScenario Several(
        PlantedBug planted, params IReadOnlyList<NamedProgram> programs)
    {
        var file = new LabFile(planted);
        return new ConcurrentScenario
        {
            Setup = process => LabFile.Create(process, 2),
            Processes = programs,
            Check = file.Check,
        };
    }

    private static NamedProgram[] Writers(PlantedBug planted, int count)
    {
        Action<SimulatedProcess> program = new LabFile(planted).Writer;
        return [.. Enumerable.Range(1, count).Select(
            i => new NamedProgram($"writer {i}", program))];
    }

    private static NamedProgram[] Readers(PlantedBug planted, int count)
    {
        Action<SimulatedProcess> program = new LabFile(planted).Reader;
        return [.. Enumerable.Range(1, count).Select(
            i => new NamedProgram($"reader {i}", program))];
    }
}
