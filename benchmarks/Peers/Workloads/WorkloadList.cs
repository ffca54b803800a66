namespace Quire.Peers.Workloads;

/// <summary>All workloads, in the order in which they run.</summary>
internal static class WorkloadList
{
    public static IReadOnlyList<IWorkload> All { get; } =
    [
        new CommitWorkload("W1", 1),
        new CommitWorkload("W2", 100, 1000),
        new LookUpWorkload("W3a", isEachATransaction: true),
        new LookUpWorkload("W3b", isEachATransaction: false),
        new LoadWorkload(),
        new CounterWorkload(),
        new StagingWorkload(),
        new KillWorkload(),
        new ThreadWorkload(),
        new OpenWorkload(),
        new GrowthWorkload(10_000),
        new GrowthWorkload(100_000),
        new GrowthWorkload(1_000_000),
        new GrowthWorkload(10_000_000),
        new MemoryWorkload(),
    ];

    /// <summary>The place of a workload's name in that order.</summary>
    public static int PlaceOf(string name)
    {
        int place = 0;
        while (place < All.Count && All[place].Name != name)
        {
            place++;
        }

        return place;
    }
}
