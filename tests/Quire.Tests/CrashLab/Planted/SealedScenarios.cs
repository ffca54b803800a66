using Quire.Cli.Crash;
using Quire.CrashLab;
using Quire.Pager;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>
/// The scenarios in which the planted bugs of the sealed protocol are noticed, on the editions that
/// <c>quire crash</c> uses.
/// </summary>
internal static class SealedScenarios
{
    private static readonly CrashOptions OnePowerLoss = new()
    {
        Model = PersistenceModel.Sector512,
        StatesPerPoint = 1 << 16,
    };

    private static readonly ScheduleOptions KillAndPowerLoss = new()
    {
        Preemptions = 0,
        Kills = 1,
        PowerLosses = 1,
    };

    public static EngineScenario OneCommit { get; } = EngineScenario.Crash(
        "sealed: one commit",
        planted => SingleWriter.Commits(SettingsOf(planted)),
        OnePowerLoss);

    /// <summary>The same, looked at first by an opener that may not write.</summary>
    public static EngineScenario ReadOnlyAfterwards { get; } = EngineScenario.Crash(
        "sealed: one commit, then a read-only opener",
        planted => SingleWriter.Commits(SettingsOf(planted)) with
        {
            Check = (process, promises) => CheckReadOnly(process, promises, SettingsOf(planted)),
            ReadOnlyCheck = null,
        },
        OnePowerLoss);

    /// <summary>Nobody who may only read looks at the log that the check leaves.</summary>
    public static EngineScenario LogLeft { get; } = EngineScenario.Crash(
        "sealed: two commits, read by openers that may write",
        planted => SingleWriter.Commits(SettingsOf(planted) with { Commits = 2 }) with
        {
            ReadOnlyCheck = null,
        },
        OnePowerLoss);

    /// <summary>Each writer finds the log too long.</summary>
    public static EngineScenario Checkpoints { get; } = EngineScenario.Crash(
        "sealed: three commits, a checkpoint between them",
        planted => SingleWriter.Commits(
            SettingsOf(planted, options => options with { CheckpointBytes = 0 }) with
            {
                Commits = 3,
            }),
        OnePowerLoss with { Model = PersistenceModel.Torn });

    public static EngineScenario TwoWriters { get; } = EngineScenario.Schedules(
        "sealed: two writers, power lost",
        planted => SharedFile.ReadersAndWriters(
            SettingsOf(planted) with { Readers = 0, Writers = 2 }),
        KillAndPowerLoss);

    /// <summary>
    /// The first one leaves an empty log behind; of a sector that is being written power leaves a
    /// half.
    /// </summary>
    public static EngineScenario WriterAfterWriter { get; } = EngineScenario.Schedules(
        "sealed: a writer after another, power lost, torn sectors",
        planted => SharedFile.ReadersAndWriters(
            SettingsOf(planted) with { Readers = 0, Writers = 2 }),
        KillAndPowerLoss with
        {
            Kills = 0,
            Model = PersistenceModel.Torn,
            StatesPerPoint = 1 << 16,
        });

    /// <summary>
    /// The first one, which needs more pages, dies when the other one has opened the file already.
    /// </summary>
    public static EngineScenario UnequalWriters { get; } = EngineScenario.Schedules(
        "sealed: a writer that allocates, one that commits twice",
        planted =>
        {
            EngineSettings settings = SettingsOf(planted);
            return SharedFile.ReadersAndWriters(settings) with
            {
                Processes =
                [
                    new("allocates", process => Commit(process, settings, settings.Pages + 1)),
                    new("commits twice", process =>
                        Commit(process, settings, settings.Pages, settings.Pages)),
                ],
            };
        },
        new ScheduleOptions { Preemptions = 1, Kills = 2 });

    /// <summary>The log is not empty, and each writer finds it too long.</summary>
    public static EngineScenario TwoCheckpoints { get; } = EngineScenario.Schedules(
        "sealed: two writers that begin with a checkpoint, power lost",
        planted => SharedFile.ReadersAndWriters(
            SettingsOf(planted, options => options with { CheckpointBytes = 0 }) with
            {
                Readers = 0,
                Writers = 2,
            }) with
        {
            Setup = process => Edition.Create(process, SettingsOf(PlantedBug.LogLeftByLast)),
        },
        KillAndPowerLoss with { Preemptions = 1 });

    /// <summary>
    /// The log is not empty. The other one begins a new cycle and commits nothing, so that main is
    /// as the one that commits has left it.
    /// </summary>
    public static EngineScenario CheckpointBetweenCommits { get; } = EngineScenario.Schedules(
        "sealed: a writer that commits twice, a checkpoint without a commit, power lost",
        planted =>
        {
            EngineSettings settings = SettingsOf(planted);
            return SharedFile.ReadersAndWriters(settings) with
            {
                Setup = process => Edition.Create(process, SettingsOf(PlantedBug.LogLeftByLast)),
                Processes =
                [
                    new("commits twice", process =>
                        Commit(process, settings, settings.Pages, settings.Pages)),
                    new("begins a cycle", process => BeginCycle(process, planted)),
                ],
            };
        },
        KillAndPowerLoss with { Preemptions = 1, Kills = 0, StatesPerPoint = 1 << 16 });

    /// <summary>Power has failed, and main has nothing of two commits.</summary>
    public static EngineScenario TwoOpeners { get; } = EngineScenario.Schedules(
        "sealed: two openers after a power cut",
        planted => SharedFile.ReadersAndWriters(
            SettingsOf(planted) with { Readers = 2, Writers = 0 }) with
        {
            Setup = LoseTwoCommits,
            Check = (process, promises) =>
                Recheck.Run(process, promises, SettingsOf(planted), initial: 2),
        },
        new ScheduleOptions { Preemptions = 1, Kills = 1 });

    /// <summary>C1 fails, the commit is in doubt, and the same process opens the file again.</summary>
    public static EngineScenario FailedSealSync { get; } = EngineScenario.Crash(
        "sealed: the sync of C1 fails, then recovery",
        planted => SingleWriter.Commits(SettingsOf(planted)) with
        {
            Workload = process => CommitInDoubt(process, SettingsOf(planted)),
        },
        OnePowerLoss with
        {
            Fault = new FaultPlan(FaultKind.SyncError, 3)
            {
                SyncFailure = SyncFailure.PagesMarkedClean,
            },
        });

    /// <summary>
    /// A reader is in, the commit is given up, and the caller goes on without it, then with another.
    /// </summary>
    public static EngineScenario GivenUp { get; } = EngineScenario.Crash(
        "sealed: a commit is given up",
        planted => SingleWriter.Commits(SettingsOf(planted)) with
        {
            Workload = process => GiveUp(process, SettingsOf(planted)),
            Check = (process, promises) => CheckGivenUp(process, promises, SettingsOf(planted)),
            ReadOnlyCheck = null,
            Continue = null,
        },
        OnePowerLoss with { DiagnosesCheck = false });

    /// <summary>
    /// A commit finds a reader in when its pages are in the log, by what has changed of them; its
    /// caller changes his mind, and it goes through.
    /// </summary>
    public static EngineScenario Repeated { get; } = EngineScenario.Crash(
        "sealed: a commit repeated after a busy lock",
        planted => SingleWriter.Commits(SettingsOf(planted)) with
        {
            Workload = process => Repeat(process, SettingsOf(planted)),
        },
        OnePowerLoss);

    private static EngineSettings SettingsOf(
        PlantedBug planted, Func<PageFileOptions, PageFileOptions>? configure = null) => new()
    {
        Protocol = CommitProtocol.Sealed,
        Configure = options =>
            (configure?.Invoke(options) ?? options) with { PlantedBug = planted },
    };

    /// <summary>
    /// Leaves main as it was after edition 0, with editions 1 and 2 in the log: 1 has a page more,
    /// so that the header is in its record alone.
    /// </summary>
    private static void LoseTwoCommits(SimulatedProcess process)
    {
        EngineSettings settings = SettingsOf(PlantedBug.LogLeftByLast);
        Edition.Create(process, settings);
        byte[] before = ReadMain(process);
        using (PageFile file = EngineProcess.Open(process, settings))
        {
            Edition.CommitNext(process, file, settings.Pages + 1);
            Edition.CommitNext(process, file, settings.Pages + 1);
        }

        using Quire.Storage.IStorageFile main = process.Host.Files.Open(
            EngineProcess.Path, Quire.Storage.FileOpenMode.ReadWrite);
        main.Write(0, before);
        main.SetLength(before.Length);
        main.Sync();
    }

    private static void Commit(
        SimulatedProcess process, EngineSettings settings, params int[] pages)
    {
        using PageFile file = EngineProcess.Open(process, settings);
        foreach (int count in pages)
        {
            Edition.CommitNext(process, file, count);
        }
    }

    /// <summary>W6 finds the log too long; then the transaction is rolled back.</summary>
    private static void BeginCycle(SimulatedProcess process, PlantedBug planted)
    {
        EngineSettings settings =
            SettingsOf(planted, options => options with { CheckpointBytes = 0 });
        using PageFile file = EngineProcess.Open(process, settings);
        file.BeginWrite().Dispose();
    }

    private static void CheckReadOnly(
        SimulatedProcess process, Promises promises, EngineSettings settings)
    {
        try
        {
            Recheck.LookOnly(process, promises, settings);
        }
        catch (QuireException refused) when (refused.Code == QuireErrorCode.RecoveryNeeded)
        {
            Recheck.Run(process, promises, settings);
        }
    }

    private static byte[] ReadMain(SimulatedProcess process)
    {
        using Quire.Storage.IStorageFile main = process.Host.Files.Open(
            EngineProcess.Path, Quire.Storage.FileOpenMode.ReadOnly);
        byte[] bytes = new byte[main.GetLength()];
        main.Read(0, bytes);
        return bytes;
    }

    private static void CommitInDoubt(SimulatedProcess process, EngineSettings settings)
    {
        using (PageFile file = EngineProcess.Open(process, settings))
        {
            try
            {
                Edition.CommitNext(process, file, settings.Pages);
            }
            catch (CommitInDoubtException)
            {
                // What the failing sync of C1 is for.
            }
        }

        using PageFile again = EngineProcess.Open(process, settings);
        using ReadTransaction read = again.BeginRead();
        Edition.Read(read);
    }

    private static void GiveUp(SimulatedProcess process, EngineSettings settings)
    {
        using PageFile file = EngineProcess.Open(process, settings);
        using ReadTransaction read = file.BeginRead();
        using (WriteTransaction write = file.BeginWrite(TimeSpan.Zero))
        {
            process.Begin($"{Edition.StageNext(write, settings.Pages)}");
            try
            {
                write.Commit();
                throw new CheckFailedException("a commit went through beside a reader");
            }
            catch (BusyException)
            {
                // As it should be.
            }
        }

        process.Acknowledge("given up");
        read.Dispose();
        using WriteTransaction other = file.BeginWrite();
        other.UserVersion = 1;
        other.Write(other.Root)[^1] = 1;
        process.Begin("other");
        other.Commit();
        process.Acknowledge("other");
    }

    private static void Repeat(SimulatedProcess process, EngineSettings settings)
    {
        using PageFile file = EngineProcess.Open(process, settings);
        Edition.CommitNext(process, file, settings.Pages);
        using WriteTransaction write = file.BeginWrite(TimeSpan.Zero);
        long next = Edition.StageNext(write, settings.Pages);
        using (file.BeginRead())
        {
            write.Write(write.Root)[^1] = 1;
            process.Begin($"{next}");
            try
            {
                write.Commit();
                throw new CheckFailedException("a commit went through beside a reader");
            }
            catch (BusyException)
            {
                // As it should be.
            }
        }

        write.Write(write.Root)[^1] = 0;
        write.Commit();
        process.Acknowledge($"{next}");
    }

    private static void CheckGivenUp(
        SimulatedProcess process, Promises promises, EngineSettings settings)
    {
        using PageFile file = EngineProcess.Open(process, settings);
        using ReadTransaction read = file.BeginRead();
        bool isOther = read.UserVersion == 1;
        if (read.Read(read.Root)[^1] != (isOther ? 1 : 0))
        {
            throw new CheckFailedException("half of a commit is there");
        }

        if (isOther)
        {
            return;
        }

        long found = Edition.Read(read);
        if (promises["other"] == PromiseState.Acknowledged)
        {
            throw new CheckFailedException("what was committed afterwards is lost");
        }

        if (found != 0 && promises["given up"] == PromiseState.Acknowledged)
        {
            throw new CheckFailedException($"edition {found} was given up, and is there");
        }
    }
}
