using System.Runtime.InteropServices;
using Quire.Peers.Native;

namespace Quire.Peers.Contenders;

/// <summary>LMDB as it is by default: every commit is synced; none of its NOSYNC modes.</summary>
internal sealed class LmdbContender : IContender
{
    private const long MapBytes = 4L << 30;

    public string Name => "LMDB";

    public ContenderKind Kind => ContenderKind.DurablePeer;

    public Durability Durability => Durability.PowerCut;

    public string MainFile => "data.mdb";

    public static string Version =>
        Marshal.PtrToStringUTF8(LmdbNative.Version(0, 0, 0)) ?? "unknown";

    public string? WhyMissing(string folder) =>
        NativeLibrary.TryLoad(LmdbNative.Library, out _)
            ? null
            : $"there is no {LmdbNative.Library}: apt-get install liblmdb0";

    /// <remarks>Its cache is the system's, through the memory map.</remarks>
    public IStore Open(string folder, int cacheBytes = RecordBytes.CacheBytes) =>
        new LmdbStore(folder, MapBytes);
}
