namespace Quire.Peers.Running;

/// <summary>How much each workload does in one round. The same for all contenders.</summary>
internal sealed record Scale
{
    /// <summary>What the report calls it.</summary>
    public string Name { get; init; } = "full";

    /// <summary>How often each contender has its turn, unless --rounds says otherwise.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Who takes part only when --only says so: they are much like another one.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>At most so many rounds for workloads that start processes.</summary>
    public int ProcessRounds { get; init; } = 3;

    /// <summary>How many records a store has before commits and lookups.</summary>
    public int Records { get; init; } = 100_000;

    /// <summary>How many records a bulk load has.</summary>
    public int LoadRecords { get; init; } = 1_000_000;

    /// <summary>How long a rate is measured.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>How many increments all processes make together.</summary>
    public int Increments { get; init; } = 4000;

    /// <summary>How many threads commit together.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [1, 4, 16, 64];

    /// <summary>How many records are in the commit that is killed.</summary>
    public int KilledRecords { get; init; } = 10_000;

    /// <summary>How many kills of each kind there are in a round.</summary>
    public int Kills { get; init; } = 4;

    /// <summary>How long the writer stages while others read.</summary>
    public TimeSpan Staging { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many records that writer changes.</summary>
    public int StagedRecords { get; init; } = 10_000;

    /// <summary>How many records there are at most as the store grows.</summary>
    public int GrowthRecords { get; init; } = 10_000_000;

    /// <summary>How many records there are beside a small cache: more than 1 GiB.</summary>
    public int MemoryRecords { get; init; } = 9_400_000;

    /// <summary>How large that cache is.</summary>
    public int SmallCacheBytes { get; init; } = 16 << 20;

    public static Scale Full { get; } = new();

    public static Scale Quick { get; } = new()
    {
        Name = "quick",
        LeftOut = ["SQLite TRUNCATE FULL", "SQLite WAL NORMAL"],
        Rounds = 3,
        ProcessRounds = 1,
        LoadRecords = 200_000,
        Duration = TimeSpan.FromMilliseconds(100),
        Increments = 640,
        Threads = [1, 64],
        Kills = 1,
        Staging = TimeSpan.FromMilliseconds(400),
        StagedRecords = 2000,
        GrowthRecords = 100_000,
        MemoryRecords = 200_000,
        SmallCacheBytes = 4 << 20,
    };

    /// <summary>For the test that everything still runs; its figures mean nothing.</summary>
    public static Scale Tiny { get; } = new()
    {
        Name = "tiny",
        Rounds = 1,
        ProcessRounds = 1,
        Records = 500,
        LoadRecords = 500,
        Duration = TimeSpan.FromMilliseconds(5),
        Increments = 16,
        Threads = [1, 64],
        KilledRecords = 50,
        Kills = 1,
        Staging = TimeSpan.FromMilliseconds(20),
        StagedRecords = 40,
        GrowthRecords = 10_000,
        MemoryRecords = 2000,
        SmallCacheBytes = 64 << 10,
    };
}
