namespace Quire.Peers.Running;

/// <summary>How much each workload does in one round. The same for all contenders.</summary>
internal sealed record Scale
{
    /// <summary>How often each contender has its turn, unless --rounds says otherwise.</summary>
    public int Rounds { get; init; } = 7;

    /// <summary>At most so many rounds for workloads that start processes.</summary>
    public int ProcessRounds { get; init; } = 5;

    /// <summary>How many records a store has before commits and lookups.</summary>
    public int Records { get; init; } = 100_000;

    /// <summary>How many records a bulk load has.</summary>
    public int LoadRecords { get; init; } = 1_000_000;

    /// <summary>How long a rate is measured.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many increments all processes make together.</summary>
    public int Increments { get; init; } = 8000;

    /// <summary>How many records are in the commit that is killed.</summary>
    public int KilledRecords { get; init; } = 10_000;

    /// <summary>How many kills there are in a round.</summary>
    public int Kills { get; init; } = 3;

    public static Scale Full { get; } = new();

    public static Scale Quick { get; } = new()
    {
        Rounds = 3,
        ProcessRounds = 1,
        LoadRecords = 200_000,
        Duration = TimeSpan.FromMilliseconds(150),
        Increments = 400,
        Kills = 1,
    };

    /// <summary>For the test that everything still runs; its figures mean nothing.</summary>
    public static Scale Tiny { get; } = new()
    {
        Rounds = 1,
        Records = 500,
        LoadRecords = 500,
        Duration = TimeSpan.FromMilliseconds(5),
        Increments = 16,
        KilledRecords = 50,
        Kills = 1,
    };
}
