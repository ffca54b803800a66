namespace Quire.Collections;

/// <summary>
/// The numbers by which the catalog says what keys and values are: those of docs/format.md,
/// "Catalog entry" and the headings of the collections. They are in files and never change.
/// </summary>
internal static class MapTypes
{
    /// <summary>Nobody said so: maps of bytes, and all that an import makes.</summary>
    public const ushort None = 0;

    public const ushort Text = 1;
    public const ushort Bytes = 2;
    public const ushort Int32 = 3;
    public const ushort Int64 = 4;
    public const ushort UInt32 = 5;
    public const ushort UInt64 = 6;
    public const ushort Guid = 7;
    public const ushort Json = 8;

    public const ushort Counters = 200;

    public const ushort StoreEntries = 210;
    public const ushort StoreLayers = 211;
    public const ushort StoreExpiry = 212;
    public const ushort StoreQueue = 213;
    public const ushort StoreMeta = 214;

    public const ushort ListHeads = 220;
    public const ushort ListEntries = 221;
    public const ushort ListIds = 222;

    /// <summary>To this a tuple adds those of its two keys, when both are below 16.</summary>
    public const ushort Tuple = 4096;
}
