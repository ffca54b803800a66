using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Quire.Peers.Contenders;

/// <summary>The bytes of a record: the same for all contenders.</summary>
internal static class RecordBytes
{
    public const int KeyLength = 16;
    public const int ValueLength = 100;
    public const int PageSize = 4096;

    /// <summary>What each contender with a cache of its own may keep: more than any file.</summary>
    public const int CacheBytes = 256 << 20;

    public static void WriteKey(int record, Span<byte> key)
    {
        key[..8].Fill((byte)'k');
        BinaryPrimitives.WriteInt64BigEndian(key[8..], record);
    }

    public static void WriteValue(int record, long version, Span<byte> value)
    {
        value.Fill((byte)record);
        BinaryPrimitives.WriteInt64LittleEndian(value, version);
        value[8] = 1;
    }

    /// <summary>
    /// What a lookup does with the value it finds: enough to fetch it from memory, and a number
    /// from which the caller sees that all were found.
    /// </summary>
    public static long Touch(ReadOnlySpan<byte> value) => value[8] + value.Length - ValueLength;

    /// <summary>The version that <see cref="WriteValue"/> has written.</summary>
    public static long VersionOf(ReadOnlySpan<byte> value) =>
        BinaryPrimitives.ReadInt64LittleEndian(value);

    /// <inheritdoc cref="Touch(ReadOnlySpan{byte})"/>
    public static long Touch(nint value, int lengthBytes) =>
        Marshal.ReadByte(value, 8) + lengthBytes - ValueLength;
}
