namespace Quire.Collections;

/// <summary>
/// The first byte of each part of an encoded key, and what ends and escapes (docs/format.md, "Keys
/// of the key-value store"). The values are those of FoundationDB's tuple layer, so that encoded
/// keys sort and read the same there.
/// </summary>
internal static class StoreKeyTags
{
    public const byte Bytes = 0x01;
    public const byte String = 0x02;

    /// <summary>A negative integer of 9 to 255 bytes; its length, complemented, follows.</summary>
    public const byte LongNegative = 0x0B;

    /// <summary>The integer 0; an integer of n bytes, up to 8, is n above or below.</summary>
    public const byte Zero = 0x14;

    /// <summary>A positive integer of 9 to 255 bytes; its length follows.</summary>
    public const byte LongPositive = 0x1D;

    public const byte Number = 0x21;
    public const byte False = 0x26;
    public const byte True = 0x27;

    /// <summary>Ends bytes and strings.</summary>
    public const byte End = 0x00;

    /// <summary>
    /// After a zero byte: the zero byte was one of the part and does not end it. Above every tag,
    /// so that a longer part sorts behind all keys that go on after the shorter one.
    /// </summary>
    public const byte Escape = 0xFF;

    /// <summary>The longest integer without a length byte.</summary>
    public const int MaxShortIntegerBytes = 8;

    /// <summary>The longest integer, since its length is one byte.</summary>
    public const int MaxIntegerBytes = 255;

    /// <summary>A number: tag and eight bytes.</summary>
    public const int NumberBytes = 9;

    /// <summary>The bits of the only NaN that is ever written.</summary>
    public const ulong CanonicalNaN = 0x7FF8_0000_0000_0000;

    public const ulong SignBit = 0x8000_0000_0000_0000;
}
