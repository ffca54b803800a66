namespace Quire.Peers.Reports;

/// <summary>The aims of the project, workload by workload.</summary>
internal static class AimList
{
    public const string Classic = "Quire classic";
    public const string Sealed = "Quire sealed";

    private const string Floor = "floor";
    private const string Wal = "SQLite WAL FULL";
    private const string Lmdb = "LMDB";

    private static readonly string[] Rollback =
        ["SQLite DELETE FULL", "SQLite TRUNCATE FULL", "SQLite PERSIST FULL"];

    private static readonly string[] Sqlite = [.. Rollback, Wal];

    public static IReadOnlyList<Aim> All { get; } =
    [
        Against("W1", "durable commits of 1 record", 0.9, "0.9 of the floor", Floor),
        Against("W1", "durable commits of 1 record", 1, "ahead of WAL FULL", Wal),
        Against("W1", "durable commits of 1 record", 2, "2 x LMDB", Lmdb),
        Against("W1", "durable commits of 1 record", 1.3, "classic: 1.3 x best rollback mode",
            Rollback) with
        {
            Contender = Classic,
        },
        Against("W2", "durable commits of 100 records", 1, "ahead of LMDB", Lmdb),
        Against("W2", "durable commits of 1000 records", 1, "ahead of LMDB", Lmdb),
        Against("W3a", "a read transaction for each lookup", 1, "ahead of WAL", Wal),
        Against("W3b", "lookups in one transaction", 1, "ahead of LMDB", Lmdb),
        Against("W4", "bulk load in order, one commit", 1, "ahead of SQLite", Sqlite),
        Against("W4", "bulk load in order, one commit", 0.8, "0.8 of LMDB", Lmdb),
        Against("W4", "scan of all records", 1, "ahead of SQLite", Sqlite),
        Against("W4", "scan of all records", 0.8, "0.8 of LMDB", Lmdb),
        Against("W4", "size of the main file, closed", 1, "smaller than SQLite", Sqlite),
        .. new[] { 1, 2, 4, 8 }.Select(processes =>
            Against("W5", "increments", 0.85, "0.85 of the floor", Floor) with
            {
                At = processes,
            }),
        .. new[] { 2, 4, 8 }.Select(processes =>
            Limited("W5", "worst wait", 50, "below 50 ms") with { At = processes }),
        .. new[] { 2, 4, 8 }.Select(processes =>
            Limited("W5", "first to finish of the last", 0.75, "0.75 of the last") with
            {
                At = processes,
            }),
        Limited("W6", "reader throughput kept while it stages", 1, "no loss"),
        Limited("W6", "longest block beyond that", 5, "the apply plus 5 ms"),
        Limited("W7", "killed while it stages: open to first read", 20, "below 20 ms"),
        Limited("W7", "killed in the commit: open to first read", 20, "below 20 ms"),
        Limited("W7", "killed in the apply, marker set: open to first read", 20, "below 20 ms"),
        Against("W8", "durable commits", 10, "10 x WAL FULL", Wal) with { At = 64 },
        Against("W8", "durable commits", 1, "ahead of the parallel floor", Floor) with { At = 64 },
        Against("W9", "open, read one, close; open elsewhere too", 1, "ahead of rollback modes",
            Rollback),
    ];

    private static Aim Against(
        string workload, string title, double ratio, string text, params string[] others) =>
        new(workload, title, Sealed, text) { Ratio = ratio, Against = others };

    private static Aim Limited(string workload, string title, double limit, string text) =>
        new(workload, title, Sealed, text) { Limit = limit };
}
