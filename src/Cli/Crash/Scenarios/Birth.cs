using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>Scenarios in which the file does not exist at first (N1 to N4).</summary>
/// <remarks>
/// Edition -1 stands for a created file without any. A file that nobody was promised may be missing
/// or blank; the next opener then creates it.
/// </remarks>
internal static class Birth
{
    /// <summary>One process creates the file and commits the first editions.</summary>
    public static CrashScenario Alone(EngineSettings settings) => new()
    {
        Workload = process => CreateAndCommit(process, settings),
        Check = (process, promises) => Check(process, promises, settings),
        ChecksTwice = true,
        Continue = process => CreateAndCommit(process, settings),
    };

    /// <summary>
    /// Several processes do. Each may open the file before the creator's last sync (N4), so that to
    /// have opened it is no promise here; a commit is, for its syncs cover the header too.
    /// </summary>
    public static ConcurrentScenario Race(EngineSettings settings) => new()
    {
        Processes =
        [
            .. SharedFile.Some(
                "creator", settings.Writers, process => Commit(process, settings, () => { })),
        ],
        Check = (process, promises) => Check(process, promises, settings),
    };

    private static void CreateAndCommit(SimulatedProcess process, EngineSettings settings)
    {
        process.Begin($"{Edition.None}");
        Commit(process, settings, () => process.Acknowledge($"{Edition.None}"));
    }

    private static void Commit(SimulatedProcess process, EngineSettings settings, Action opened)
    {
        using PageFile file = EngineProcess.Open(process, settings, PageFileMode.OpenOrCreate);
        opened();
        for (int i = 0; i < settings.Commits; i++)
        {
            Edition.CommitNext(process, file, settings.Pages);
        }
    }

    private static void Check(SimulatedProcess process, Promises promises, EngineSettings settings)
    {
        PageFileMode mode = promises.Acknowledged.Count > 0
            ? PageFileMode.OpenExisting
            : PageFileMode.OpenOrCreate;
        using PageFile file = EngineProcess.Open(process, settings, mode);
        file.Recover();
        using ReadTransaction read = file.BeginRead();
        Edition.Judge(Edition.Read(read), promises, Edition.None);
        Edition.Verify(read);
    }
}
