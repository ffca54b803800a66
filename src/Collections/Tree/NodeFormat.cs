namespace Quire.Collections;

/// <summary>
/// Where things are in a node page of a map. Drawn in docs/format.md, "Map node"; a test holds the
/// two against each other.
/// </summary>
/// <remarks>
/// After the header come the slots, sorted by key and growing upwards; cells grow down from the
/// prefix, which ends the page. A slot has the first four bytes of its key, behind the prefix, as a
/// number that compares as the bytes do, so that most steps of a search touch the slots only.
/// </remarks>
internal static class NodeFormat
{
    /// <summary>"QMAP".</summary>
    public const uint Magic = 0x50414D51;

    public const byte LeafKind = 1;
    public const byte InnerKind = 2;
    public const byte OverflowKind = 3;

    public const byte MapRole = 1;
    public const byte CatalogRole = 2;
    public const byte CurrentVersion = 1;

    public const int MagicOffset = 0;
    public const int KindOffset = 4;
    public const int LevelOffset = 5;
    public const int CountOffset = 6;
    public const int TreeOffset = 8;
    public const int FirstChildOffset = 12;
    public const int PrefixLengthOffset = 16;
    public const int HeapStartOffset = 18;
    public const int DeadBytesOffset = 20;
    public const int RoleOffset = 22;
    public const int VersionOffset = 23;
    public const int RecordsOffset = 24;

    public const int HeaderBytes = 32;

    public const int SlotBytes = 6;
    public const int SlotCellOffset = 4;

    /// <summary>Key length and tail length.</summary>
    public const int LeafCellHeader = 4;

    /// <summary>Key length; the tail of an inner cell is always a page number.</summary>
    public const int InnerCellHeader = 2;

    public const int ChildBytes = 4;

    /// <summary>
    /// In a leaf cell's tail length: the tail is a reference to an overflow chain.
    /// </summary>
    public const int OverflowFlag = 0x8000;

    /// <summary>Length of the value, then first page of its chain.</summary>
    public const int OverflowReferenceBytes = 12;

    /// <summary>
    /// More levels than any honest tree can have: a split leaves two nodes with several children
    /// each, so that one of 32 levels would have more pages than there are numbers.
    /// </summary>
    public const int MaxLevel = 31;

    public static int CellHeaderBytes(bool isLeaf) => isLeaf ? LeafCellHeader : InnerCellHeader;

    /// <summary>Bytes of a page for slots, cells and prefix.</summary>
    public static int CapacityOf(int payloadBytes) => payloadBytes - HeaderBytes;

    /// <summary>The most that one entry may take with its slot: four always fit a node.</summary>
    public static int MaxEntryBytes(int payloadBytes) => CapacityOf(payloadBytes) / 4;

    /// <summary>
    /// The longest key: four with the largest tail that cannot be moved out fit a node.
    /// </summary>
    public static int MaxKeyBytes(int payloadBytes) =>
        MaxEntryBytes(payloadBytes) - SlotBytes - LeafCellHeader - OverflowReferenceBytes;

    /// <summary>Whether a value of this length lies in the leaf, beside its key.</summary>
    public static bool IsInline(int payloadBytes, int keyBytes, long valueBytes) =>
        SlotBytes + LeafCellHeader + keyBytes + valueBytes <= MaxEntryBytes(payloadBytes);
}
