using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Quire.Pager;

namespace Quire.Collections;

/// <summary>
/// Turns parts of a key into bytes whose order is that of the keys (docs/format.md, "Keys of the
/// key-value store"). Two steps, so that the bytes are allocated once: lengths, then bytes.
/// </summary>
/// <remarks>
/// Source: FoundationDB's tuple layer (its design/tuple.md), of which bytes, strings, integers,
/// doubles and truth values are used. What it has besides is refused by the decoder.
/// </remarks>
internal static class StoreKeyEncoder
{
    /// <summary>How many bytes the parts take.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="first">Which part of the key the first of them is, for the message.</param>
    /// <exception cref="ArgumentException">A part that has no bytes.</exception>
    public static int LengthOf(ReadOnlySpan<StoreKeyPart> parts, int first = 0)
    {
        long length = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            length += LengthOf(parts[i], first + i);
        }

        return checked((int)length);
    }

    /// <summary>Writes the parts into exactly as many bytes as they take.</summary>
    public static void Write(ReadOnlySpan<StoreKeyPart> parts, Span<byte> destination)
    {
        foreach (StoreKeyPart part in parts)
        {
            destination = destination[Write(part, destination)..];
        }

        Invariant.Holds(destination.IsEmpty, "a key has the length that was computed for it");
    }

    private static long LengthOf(in StoreKeyPart part, int index) => part.Kind switch
    {
        StoreKeyPartKind.Bytes => 2L + part.AsBytes().Length + part.AsBytes().Count((byte)0),
        StoreKeyPartKind.String => 2L + Utf8Length(part.AsString(), index)
            + part.AsString().AsSpan().Count('\0'),
        StoreKeyPartKind.Integer => LengthOfInteger(part),
        StoreKeyPartKind.Number => StoreKeyTags.NumberBytes,
        StoreKeyPartKind.False or StoreKeyPartKind.True => 1,
        _ => throw new ArgumentException($"Part {index} of the key is {part.Kind}.", nameof(part)),
    };

    private static int Utf8Length(string text, int index)
    {
        try
        {
            return StrictText.Utf8.GetByteCount(text);
        }
        catch (EncoderFallbackException error)
        {
            throw new ArgumentException(
                $"Part {index} of the key is no text: an unpaired surrogate, " +
                $"U+{(int)text[error.Index]:X4}, at position {error.Index} of {text.Length}.",
                nameof(text),
                error);
        }
    }

    private static int LengthOfInteger(in StoreKeyPart part)
    {
        int bytes = part.TryGetInt64(out long small)
            ? LengthOf(Magnitude(small))
            : BigInteger.Abs(part.AsInteger()).GetByteCount(isUnsigned: true);
        return bytes <= StoreKeyTags.MaxShortIntegerBytes ? 1 + bytes : 2 + bytes;
    }

    private static int Write(in StoreKeyPart part, Span<byte> destination)
    {
        switch (part.Kind)
        {
            case StoreKeyPartKind.Bytes:
                destination[0] = StoreKeyTags.Bytes;
                return 1 + WriteEscaped(part.AsBytes(), destination[1..]);
            case StoreKeyPartKind.String:
                destination[0] = StoreKeyTags.String;
                return 1 + WriteText(part.AsString(), destination[1..]);
            case StoreKeyPartKind.Integer:
                return part.TryGetInt64(out long small)
                    ? WriteInteger(small, destination)
                    : WriteInteger(part.AsInteger(), destination);
            case StoreKeyPartKind.Number:
                destination[0] = StoreKeyTags.Number;
                BinaryPrimitives.WriteUInt64BigEndian(destination[1..], Turn(part.AsNumber()));
                return StoreKeyTags.NumberBytes;
            default:
                destination[0] = part.Kind == StoreKeyPartKind.True
                    ? StoreKeyTags.True
                    : StoreKeyTags.False;
                return 1;
        }
    }

    private static int WriteText(string text, Span<byte> destination)
    {
        int length = StrictText.Utf8.GetBytes(text, destination);
        int zeros = destination[..length].Count((byte)0);
        int end = length + zeros;

        // From the end, since what is escaped moves to the right over itself.
        for (int from = length - 1, to = end - 1; to > from; from--)
        {
            if (destination[from] == 0)
            {
                destination[to--] = StoreKeyTags.Escape;
            }

            destination[to--] = destination[from];
        }

        destination[end] = StoreKeyTags.End;
        return end + 1;
    }

    private static int WriteEscaped(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        int written = 0;
        while (bytes.IndexOf((byte)0) is >= 0 and int zero)
        {
            bytes[..(zero + 1)].CopyTo(destination[written..]);
            written += zero + 1;
            destination[written++] = StoreKeyTags.Escape;
            bytes = bytes[(zero + 1)..];
        }

        bytes.CopyTo(destination[written..]);
        written += bytes.Length;
        destination[written] = StoreKeyTags.End;
        return written + 1;
    }

    private static int WriteInteger(long integer, Span<byte> destination)
    {
        ulong magnitude = Magnitude(integer);
        int length = LengthOf(magnitude);
        bool isNegative = integer < 0;
        destination[0] = (byte)(StoreKeyTags.Zero + (isNegative ? -length : length));

        // The complement of the bytes of a larger magnitude is smaller: so negatives sort.
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(eight, isNegative ? ~magnitude : magnitude);
        eight[(8 - length)..].CopyTo(destination[1..]);
        return 1 + length;
    }

    private static int WriteInteger(BigInteger integer, Span<byte> destination)
    {
        bool isNegative = integer.Sign < 0;
        BigInteger magnitude = BigInteger.Abs(integer);
        int length = magnitude.GetByteCount(isUnsigned: true);
        int header = 1;
        if (length <= StoreKeyTags.MaxShortIntegerBytes)
        {
            destination[0] = (byte)(StoreKeyTags.Zero + (isNegative ? -length : length));
        }
        else
        {
            destination[0] = isNegative ? StoreKeyTags.LongNegative : StoreKeyTags.LongPositive;
            destination[1] = (byte)(isNegative ? ~length : length);
            header = 2;
        }

        Span<byte> bytes = destination.Slice(header, length);
        magnitude.TryWriteBytes(bytes, out _, isUnsigned: true, isBigEndian: true);
        if (isNegative)
        {
            Complement(bytes);
        }

        return header + length;
    }

    /// <summary>
    /// The bits of a number, so that they sort as unsigned integers do: positive ones above
    /// negative ones, and these the other way round.
    /// </summary>
    private static ulong Turn(double number)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(number);
        return (bits & StoreKeyTags.SignBit) == 0 ? bits | StoreKeyTags.SignBit : ~bits;
    }

    private static void Complement(Span<byte> bytes)
    {
        foreach (ref byte one in bytes)
        {
            one = (byte)~one;
        }
    }

    private static ulong Magnitude(long integer) =>
        integer < 0 ? 0 - (ulong)integer : (ulong)integer;

    private static int LengthOf(ulong magnitude) =>
        (64 - BitOperations.LeadingZeroCount(magnitude) + 7) / 8;
}
