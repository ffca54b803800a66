namespace Quire;

/// <summary>What a value of the key-value store is.</summary>
public enum StoreValueKind
{
    /// <summary>JSON text.</summary>
    Json = 1,

    /// <summary>Bytes.</summary>
    Bytes = 2,

    /// <summary>
    /// An unsigned integer of 64 bits: what sum, minimum and maximum work on.
    /// </summary>
    UInt64 = 3,
}
