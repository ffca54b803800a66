using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>Scenarios of one process that writes.</summary>
internal static class SingleWriter
{
    /// <summary>Commits of a fixed number of pages.</summary>
    public static CrashScenario Commits(EngineSettings settings) =>
        Writing(settings, _ => settings.Pages);

    /// <summary>
    /// Every commit changes the number of pages: two more, one fewer, and so on, so that pages are
    /// added at the end, freed, and taken again from the map.
    /// </summary>
    public static CrashScenario Grows(EngineSettings settings) => Writing(
        settings, commit => settings.Pages + (commit % 2 == 0 ? 2 : 1) + (commit / 2));

    /// <summary>
    /// Every second commit frees what the one before has added, and cuts the file (C8E).
    /// </summary>
    public static CrashScenario Shrinks(EngineSettings settings) => Writing(
        settings, commit => settings.Pages + (commit % 2 == 0 ? 2 : 0), trims: true);

    /// <summary>Commits, each followed by a checkpoint (K1 to K4).</summary>
    public static CrashScenario Checkpoints(EngineSettings settings) => Complete(settings) with
    {
        Workload = process =>
        {
            using PageFile file = EngineProcess.Open(process, settings);
            for (int i = 0; i < settings.Commits; i++)
            {
                Edition.CommitNext(process, file, settings.Pages);
                file.Checkpoint();
            }
        },
    };

    /// <summary>
    /// Begins with a commit that was cut short after its marker became durable: edition 1 must come
    /// of it whatever happens to the process that finds it.
    /// </summary>
    public static CrashScenario Recovers(EngineSettings settings) => Complete(settings, 1) with
    {
        Setup = process => CutShort(process, settings),
        Workload = process =>
        {
            using PageFile file = EngineProcess.Open(process, settings);
            file.Recover();
            for (int i = 0; i < settings.Commits; i++)
            {
                Edition.CommitNext(process, file, settings.Pages);
            }
        },
    };

    /// <summary>Creates the file and leaves edition 1 half-way: at a step from C4 on.</summary>
    public static void CutShort(SimulatedProcess process, EngineSettings settings)
    {
        Edition.Create(process, settings);
        try
        {
            using PageFile file = EngineProcess.Open(
                process, settings, observer: new Stop(StepOf(settings)));
            using WriteTransaction write = file.BeginWrite();
            Edition.StageNext(write, settings.Pages);
            write.Commit();
            throw new InvalidOperationException($"A commit never comes to {settings.CutAt}.");
        }
        catch (StoppedException)
        {
            // As if killed; its locks go with its files.
        }
    }

    /// <summary>A sealed commit has fewer steps; the next one will do.</summary>
    private static ProtocolStep StepOf(EngineSettings settings) =>
        settings.Protocol == CommitProtocol.Sealed
        && settings.CutAt is ProtocolStep.C4 or ProtocolStep.C6 or ProtocolStep.C8 or ProtocolStep.C9
            ? ProtocolStep.C7
            : settings.CutAt;

    private static CrashScenario Writing(
        EngineSettings settings, Func<int, int> pagesOf, bool trims = false) =>
        Complete(settings) with
        {
            Workload = process =>
            {
                using PageFile file = EngineProcess.Open(process, settings);
                for (int i = 0; i < settings.Commits; i++)
                {
                    Edition.CommitNext(process, file, pagesOf(i), trims);
                }
            },
        };

    private static CrashScenario Complete(
        EngineSettings settings, long initial = 0) => new()
    {
        Setup = process => Edition.Create(process, settings),
        Workload = static _ => { },
        Check = (process, promises) => Recheck.Run(process, promises, settings, initial),
        ReadOnlyCheck = (process, promises) =>
            Recheck.LookOnly(process, promises, settings, initial),
        ChecksTwice = true,
        Continue = process =>
        {
            using PageFile file = EngineProcess.Open(process, settings);
            Edition.CommitNext(process, file, settings.Pages);
        },
    };

    /// <summary>
    /// Ends a process in the middle of its commit, in a way that no code handles.
    /// </summary>
    private sealed class Stop(ProtocolStep at) : ProtocolObserver
    {
        public override void OnStep(ProtocolStep reached)
        {
            if (reached == at)
            {
                throw new StoppedException();
            }
        }
    }

    private sealed class StoppedException : Exception;
}
