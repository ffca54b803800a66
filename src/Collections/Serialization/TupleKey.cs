namespace Quire.Collections;

/// <summary>
/// Two keys in one. Zero bytes within a first key of any length become 00 FF, and it ends with 00
/// 00: so shorter ones come first, and no second key is ever compared with the end of a first one.
/// (As in FoundationDB's tuple layer, with an end of two bytes, since a second key may begin with
/// FF.)
/// </summary>
internal sealed class TupleKey<TFirst, TSecond>(
    IKeySerializer<TFirst> first, IKeySerializer<TSecond> second)
    : IKeySerializer<(TFirst First, TSecond Second)>
{
    private const int EndBytes = 2;

    /// <summary>
    /// Of the built-in types both can be told apart; of others only that it is a tuple.
    /// </summary>
    public ushort TypeId { get; } = first.TypeId < 16 && second.TypeId < 16
        ? (ushort)(MapTypes.Tuple + (first.TypeId * 16) + second.TypeId)
        : (ushort)MapTypes.Tuple;

    public bool IsFixedLength => first.IsFixedLength && second.IsFixedLength;

    public int GetLengthBytes((TFirst First, TSecond Second) key)
    {
        int length = first.GetLengthBytes(key.First) + second.GetLengthBytes(key.Second);
        return first.IsFixedLength
            ? length
            : length + EndBytes + Encode(key.First).AsSpan().Count((byte)0);
    }

    public void Write((TFirst First, TSecond Second) key, Span<byte> destination)
    {
        byte[] bytes = Encode(key.First);
        if (first.IsFixedLength)
        {
            bytes.CopyTo(destination);
            destination = destination[bytes.Length..];
        }
        else
        {
            int at = 0;
            foreach (byte b in bytes)
            {
                destination[at++] = b;
                if (b == 0)
                {
                    destination[at++] = 0xFF;
                }
            }

            destination.Slice(at, EndBytes).Clear();
            destination = destination[(at + EndBytes)..];
        }

        second.Write(key.Second, destination);
    }

    public (TFirst First, TSecond Second) Read(ReadOnlySpan<byte> bytes)
    {
        if (first.IsFixedLength)
        {
            int length = first.GetLengthBytes(default!);
            return bytes.Length < length
                ? throw NotATuple(bytes)
                : (first.Read(bytes[..length]), second.Read(bytes[length..]));
        }

        byte[] one = new byte[bytes.Length];
        int written = 0;
        for (int at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] != 0)
            {
                one[written++] = bytes[at];
            }
            else if (at + 1 < bytes.Length && bytes[at + 1] is (0 or 0xFF))
            {
                if (bytes[++at] == 0)
                {
                    return (first.Read(one.AsSpan(0, written)), second.Read(bytes[(at + 1)..]));
                }

                one[written++] = 0;
            }
            else
            {
                break;
            }
        }

        throw NotATuple(bytes);
    }

    private byte[] Encode(TFirst key)
    {
        byte[] bytes = new byte[first.GetLengthBytes(key)];
        first.Write(key, bytes);
        return bytes;
    }

    private static FormatException NotATuple(ReadOnlySpan<byte> bytes) =>
        new($"{bytes.Length} bytes that are no two keys: the first does not end.");
}
