namespace Quire.Collections;

/// <summary>
/// The maps of a key-value store by its name, which is that of the first one. Drawn in
/// docs/format.md, "Maps of the key-value store".
/// </summary>
internal static class StoreMaps
{
    public const string DefaultName = "kv";

    private const string LayersSuffix = "/long";
    private const string ExpirySuffix = "/expiry";
    private const string QueueSuffix = "/queue";
    private const string MetaSuffix = "/meta";

    public static TypedMap Entries(string store) =>
        new(store, MapTypes.StoreEntries, MapTypes.StoreEntries);

    public static TypedMap Layers(string store) =>
        new(store + LayersSuffix, MapTypes.StoreLayers, MapTypes.StoreLayers);

    public static TypedMap Expiry(string store) =>
        new(store + ExpirySuffix, MapTypes.StoreExpiry, MapTypes.StoreExpiry);

    public static TypedMap Queue(string store) =>
        new(store + QueueSuffix, MapTypes.StoreQueue, MapTypes.StoreQueue);

    public static TypedMap Meta(string store) =>
        new(store + MetaSuffix, MapTypes.StoreMeta, MapTypes.StoreMeta);

    /// <summary>All five.</summary>
    public static TypedMap[] All(string store) =>
        [Entries(store), Layers(store), Expiry(store), Queue(store), Meta(store)];
}
