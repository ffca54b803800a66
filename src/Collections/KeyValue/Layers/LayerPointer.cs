using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// The record that stands for all keys with one beginning: it names the layer in which their rests
/// lie. Drawn in docs/format.md, "Layer pointer".
/// </summary>
internal static class LayerPointer
{
    public const int VersionOffset = 0;
    public const int KindOffset = 1;
    public const int LayerOffset = 2;
    public const int Bytes = 10;

    public const byte CurrentVersion = 1;

    /// <summary>No record of a store has this kind.</summary>
    public const byte Kind = 0;

    public static void Write(Span<byte> bytes, ulong layer)
    {
        bytes[VersionOffset] = CurrentVersion;
        bytes[KindOffset] = Kind;
        BinaryPrimitives.WriteUInt64BigEndian(bytes[LayerOffset..], layer);
    }

    /// <summary>Interprets a record.</summary>
    /// <returns>Null when it is a pointer, or why it is none.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out ulong layer)
    {
        layer = 0;
        if (bytes.Length != Bytes)
        {
            return $"has {bytes.Length} bytes, expected {Bytes} of a pointer to a layer";
        }

        if (bytes[VersionOffset] != CurrentVersion || bytes[KindOffset] != Kind)
        {
            return $"has version {bytes[VersionOffset]} and kind {bytes[KindOffset]}, expected " +
                $"{CurrentVersion} and {Kind} of a pointer to a layer";
        }

        layer = BinaryPrimitives.ReadUInt64BigEndian(bytes[LayerOffset..]);
        return layer == 0 ? "points to layer 0, which there is not" : null;
    }
}
