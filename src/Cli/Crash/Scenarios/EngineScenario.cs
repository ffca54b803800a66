using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>
/// A program of one or several processes over the real storage, locking, journal and pager, with
/// the oracle that says what must be found afterwards.
/// </summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Summary">What it is about, in a line.</param>
internal sealed record EngineScenario(string Name, string Summary)
{
    /// <summary>
    /// One process, every crash of which is explored; null when there are several.
    /// </summary>
    public Func<EngineSettings, CrashScenario>? Alone { get; init; }

    /// <summary>
    /// Several processes, every order of which is explored; null when there is one.
    /// </summary>
    public Func<EngineSettings, ConcurrentScenario>? Together { get; init; }

    /// <summary>All scenarios; the first one is the default.</summary>
    public static IReadOnlyList<EngineScenario> All { get; } =
    [
        new("readers-and-writers", "readers and writers at once, each an edition")
        {
            Together = SharedFile.ReadersAndWriters,
        },
        new("commit", "a writer commits one edition after the other")
        {
            Alone = SingleWriter.Commits,
        },
        new("grow", "commits that allocate, extend the file, free and use again")
        {
            Alone = SingleWriter.Grows,
        },
        new("shrink", "commits that add pages, and give them back to the file system")
        {
            Alone = SingleWriter.Shrinks,
        },
        new("grow-race", "writers that change different numbers of pages, and readers")
        {
            Together = SharedFile.GrowRace,
        },
        new("create", "a file is created and gets its first edition")
        {
            Alone = Birth.Alone,
        },
        new("create-race", "processes that want the same file create it at once")
        {
            Together = Birth.Race,
        },
        new("recover", "a writer finds a commit that was cut short, and completes it")
        {
            Alone = SingleWriter.Recovers,
        },
        new("recover-race", "readers and writers find a commit that was cut short")
        {
            Together = SharedFile.RecoverRace,
        },
        new("cache", "readers with a page cache and two transactions each beside writers")
        {
            Together = SharedFile.CachedReaders,
        },
        new("read-only", "readers that may not write, and so cannot recover, beside writers")
        {
            Together = SharedFile.ReadOnlyReaders,
        },
        new("busy", "commits that find readers in, give up waiting and are tried again")
        {
            Together = SharedFile.BusyCommits,
        },
        new("modes", "writers that are deferred, optimistic, exclusive, beside readers")
        {
            Together = SharedFile.Modes,
        },
        new("checkpoint", "a writer that asks for a checkpoint after each commit")
        {
            Alone = SingleWriter.Checkpoints,
        },
        new("checkpoint-race", "a process that asks for a checkpoint beside readers and writers")
        {
            Together = SharedFile.CheckpointRace,
        },
        new("group", "transactions of one process that share a record and a sync")
        {
            Alone = Neighbours.Alone,
        },
        new("group-race", "processes whose transactions share syncs, beside readers")
        {
            Together = Neighbours.Race,
        },
        new("gate", "readers that follow each other for ever, and a writer that wants to commit")
        {
            Together = SharedFile.EndlessReaders,
        },
    ];

    /// <summary>The scenario with a name; null when there is none.</summary>
    public static EngineScenario? Find(string name) =>
        All.FirstOrDefault(scenario => scenario.Name == name);
}
