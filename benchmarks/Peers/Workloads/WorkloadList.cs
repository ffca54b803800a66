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
        new KillWorkload(),
        new ThreadWorkload(),
        new OpenWorkload(),
    ];
}
