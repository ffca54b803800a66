namespace Quire.Peers.Contenders;

/// <summary>Everyone who takes part, in the order of the tables.</summary>
internal static class ContenderList
{
    public static IReadOnlyList<IContender> All { get; } =
    [
        new FloorContender(),
        new QuireContender(CommitProtocol.Classic),
        new QuireContender(CommitProtocol.Sealed),
        new SqliteContender("DELETE", "FULL"),
        new SqliteContender("TRUNCATE", "FULL"),
        new SqliteContender("PERSIST", "FULL"),
        new SqliteContender("WAL", "FULL"),
        new SqliteContender("WAL", "NORMAL"),
        new LmdbContender(),
    ];

    public static IContender Find(string name) =>
        All.FirstOrDefault(one => one.Name == name)
        ?? throw new ArgumentException($"There is no contender \"{name}\".");
}
