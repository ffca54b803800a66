using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>What the catalog says of one map. Drawn in docs/format.md, "Catalog entry".</summary>
/// <param name="Root">The root page of the map's tree; it never changes.</param>
/// <param name="KeyType">Which serializer made the keys; 0 when none said so.</param>
/// <param name="ValueType">Which serializer made the values; 0 when none said so.</param>
internal readonly record struct CatalogEntry(PageNumber Root, ushort KeyType, ushort ValueType)
{
    public const int Bytes = 16;

    public const int RootOffset = 0;
    public const int VersionOffset = 4;
    public const int OrderOffset = 5;
    public const int KeyTypeOffset = 8;
    public const int ValueTypeOffset = 10;

    public const byte CurrentVersion = 1;

    /// <summary>
    /// Keys are compared as unsigned bytes, a shorter one before those that it begins.
    /// </summary>
    public const byte ByteOrder = 0;

    public void WriteTo(Span<byte> bytes)
    {
        bytes[..Bytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[RootOffset..], Root.Value);
        bytes[VersionOffset] = CurrentVersion;
        bytes[OrderOffset] = ByteOrder;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[KeyTypeOffset..], KeyType);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[ValueTypeOffset..], ValueType);
    }

    /// <summary>Interprets an entry.</summary>
    /// <returns>Null when this release can use it, or why not.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out CatalogEntry entry)
    {
        entry = default;
        if (bytes.Length != Bytes)
        {
            return $"a catalog entry has {bytes.Length} bytes, expected {Bytes}";
        }

        if (bytes[VersionOffset] != CurrentVersion || bytes[OrderOffset] != ByteOrder)
        {
            return $"a map of version {bytes[VersionOffset]} in order {bytes[OrderOffset]}; this " +
                $"release reads version {CurrentVersion} in order {ByteOrder}";
        }

        entry = new CatalogEntry(
            new PageNumber(BinaryPrimitives.ReadUInt32LittleEndian(bytes[RootOffset..])),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[KeyTypeOffset..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[ValueTypeOffset..]));
        return null;
    }
}
