using System.Runtime.InteropServices;
using Quire.Peers.Native;

namespace Quire.Peers.Contenders;

/// <summary>SQLite in one journal mode.</summary>
/// <remarks>
/// With synchronous=FULL every commit is synced before it is acknowledged. (In mode DELETE the
/// removal of the journal is not, so a power cut may still take back the last commit; EXTRA would
/// prevent that. It is compared with as if it were durable, and the tables say what it withstands.)
/// WAL with NORMAL syncs only at checkpoints.
/// </remarks>
internal sealed class SqliteContender(string journalMode, string synchronous) : IContender
{
    public string Name { get; } = $"SQLite {journalMode} {synchronous}";

    public ContenderKind Kind => synchronous == "FULL"
        ? ContenderKind.DurablePeer
        : ContenderKind.PeerWithoutDurability;

    public Durability Durability => (journalMode, synchronous) switch
    {
        (_, not "FULL") => Durability.Kill,
        ("DELETE", _) => Durability.PowerCutMostly,
        _ => Durability.PowerCut,
    };

    public string MainFile => "records.sqlite";

    public static string Version =>
        Marshal.PtrToStringUTF8(SqliteNative.LibVersion()) ?? "unknown";

    public string? WhyMissing(string folder) =>
        NativeLibrary.TryLoad(SqliteNative.Library, out _)
            ? null
            : $"there is no {SqliteNative.Library}: apt-get install libsqlite3-0";

    public IStore Open(string folder, int cacheBytes = RecordBytes.CacheBytes) => new SqliteStore(
        Path.Combine(folder, MainFile),
        journalMode,
        synchronous,
        cacheBytes,
        () => Open(folder, cacheBytes));
}
