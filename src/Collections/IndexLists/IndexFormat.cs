using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// The records of lists in their three maps (<see cref="IndexMaps"/>). Drawn in docs/format.md,
/// "Index lists".
/// </summary>
internal static class IndexFormat
{
    /// <summary>
    /// A number of a list, or a position: 1 or more; in keys the highest byte is the first.
    /// </summary>
    public const int NumberBytes = 8;

    /// <summary>The key of an entry: the number of its list, its position.</summary>
    public const int EntryKeyBytes = 2 * NumberBytes;

    /// <summary>The key under which the heads' map has the last number: the empty one.</summary>
    public static ReadOnlySpan<byte> LastKey => [];

    public static byte[] EntryKey(long list, long position)
    {
        byte[] key = new byte[EntryKeyBytes];
        BinaryPrimitives.WriteInt64BigEndian(key, list);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(NumberBytes), position);
        return key;
    }

    public static byte[] IdKey(long list, ReadOnlySpan<byte> id)
    {
        byte[] key = new byte[NumberBytes + id.Length];
        BinaryPrimitives.WriteInt64BigEndian(key, list);
        id.CopyTo(key.AsSpan(NumberBytes));
        return key;
    }

    public static byte[] Number(long number)
    {
        byte[] value = new byte[NumberBytes];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        return value;
    }
}

/// <summary>What is kept of a list besides its entries.</summary>
/// <param name="Number">
/// The list's number, which its entries begin with; drawn anew when a list is made again.
/// </param>
/// <param name="Count">How many entries it has.</param>
/// <param name="Last">
/// The last position that was given, at first the number: see <see cref="IndexEntry.Position"/>.
/// </param>
internal readonly record struct IndexHead(long Number, long Count, long Last)
{
    public const int Bytes = 24;

    private const int CountOffset = 8;
    private const int LastOffset = 16;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(CountOffset), Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(LastOffset), Last);
        return bytes;
    }

    /// <summary>Interprets a head.</summary>
    /// <returns>Null, or what is wrong with it.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out IndexHead head)
    {
        head = default;
        if (bytes.Length != Bytes)
        {
            return $"a head of {bytes.Length} bytes, expected {Bytes}";
        }

        head = new IndexHead(
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[CountOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[LastOffset..]));
        return head.Number < 1 || head.Count < 1 || head.Last < head.Number
            || head.Last - head.Number < head.Count
            ? $"number {head.Number}, {head.Count} entries and {head.Last} as the last position, " +
                "which no list has"
            : null;
    }
}
