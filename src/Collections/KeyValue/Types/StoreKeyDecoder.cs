using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Quire.Collections;

/// <summary>
/// Reads the parts of an encoded key. Accepts exactly what <see cref="StoreKeyEncoder"/> writes:
/// whatever is read encodes to the same bytes again, and everything else is a
/// <see cref="FormatException"/> with offset and tag.
/// </summary>
/// <remarks>
/// Strict, because two encodings of one key would be two records: one of them could be listed but
/// never got. Left out, and refused as unknown tags: what else the tuple layer knows (nothing,
/// nested tuples, single-precision numbers, identifiers, versionstamps).
/// </remarks>
internal ref struct StoreKeyDecoder
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _offset;

    private StoreKeyDecoder(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <exception cref="FormatException">Not a key.</exception>
    public static StoreKeyPart[] Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            throw new FormatException("An encoded key has at least one part; these are 0 bytes.");
        }

        var decoder = new StoreKeyDecoder(bytes);
        var parts = new List<StoreKeyPart>();
        while (decoder._offset < bytes.Length)
        {
            parts.Add(decoder.Next());
        }

        return [.. parts];
    }

    private StoreKeyPart Next()
    {
        byte tag = _bytes[_offset];
        switch (tag)
        {
            case StoreKeyTags.Bytes:
                return Unescaped(tag);
            case StoreKeyTags.String:
                return Text(tag);
            case >= StoreKeyTags.LongNegative and <= StoreKeyTags.LongPositive:
                return Integer(tag);
            case StoreKeyTags.Number:
                return Number(tag);
            case StoreKeyTags.False:
            case StoreKeyTags.True:
                _offset++;
                return tag == StoreKeyTags.True;
            default:
                throw Wrong(tag, "no part of a key begins so");
        }
    }

    private StoreKeyPart Text(byte tag)
    {
        int start = _offset;
        byte[] utf8 = Unescaped(tag);
        try
        {
            return StrictText.Utf8.GetString(utf8);
        }
        catch (DecoderFallbackException error)
        {
            _offset = start;
            throw Wrong(
                tag, $"a string of {utf8.Length} bytes that are no UTF-8, from byte {error.Index}");
        }
    }

    /// <summary>The bytes up to the next zero byte that is not escaped, which is passed.</summary>
    private byte[] Unescaped(byte tag)
    {
        ReadOnlySpan<byte> rest = _bytes[(_offset + 1)..];
        int length = 0;
        int zeros = 0;
        while (true)
        {
            int zero = rest[length..].IndexOf(StoreKeyTags.End);
            if (zero < 0)
            {
                throw Wrong(tag, $"no zero byte ends it in the {rest.Length} bytes that follow");
            }

            length += zero;
            if (length + 1 == rest.Length || rest[length + 1] != StoreKeyTags.Escape)
            {
                break;
            }

            length += 2;
            zeros++;
        }

        _offset += 1 + length + 1;
        byte[] bytes = new byte[length - zeros];
        ReadOnlySpan<byte> escaped = rest[..length];
        for (int from = 0, to = 0; to < bytes.Length; to++)
        {
            bytes[to] = escaped[from];
            from += escaped[from] == 0 ? 2 : 1;
        }

        return bytes;
    }

    private StoreKeyPart Integer(byte tag)
    {
        bool isLong = tag is StoreKeyTags.LongNegative or StoreKeyTags.LongPositive;
        bool isNegative = tag < StoreKeyTags.Zero;
        int header = isLong ? 2 : 1;
        int length = Math.Abs(tag - StoreKeyTags.Zero);
        if (isLong)
        {
            byte typed = Ahead(tag, 2)[1];
            length = isNegative ? (byte)~typed : typed;
            if (length <= StoreKeyTags.MaxShortIntegerBytes)
            {
                throw Wrong(tag, $"{length} bytes have a tag of their own");
            }
        }

        ReadOnlySpan<byte> bytes = Ahead(tag, header + length)[header..];
        if (length > 0 && bytes[0] == (isNegative ? 0xFF : 0))
        {
            throw Wrong(tag, $"the first of the {length} bytes of the integer is not needed");
        }

        StoreKeyPart part = isLong ? Big(bytes, isNegative) : Small(bytes, isNegative);
        _offset += header + length;
        return part;
    }

    private static StoreKeyPart Small(ReadOnlySpan<byte> bytes, bool isNegative)
    {
        ulong magnitude = 0;
        foreach (byte one in bytes)
        {
            magnitude = (magnitude << 8) | (isNegative ? (byte)~one : one);
        }

        return isNegative ? -(BigInteger)magnitude : magnitude;
    }

    private static StoreKeyPart Big(ReadOnlySpan<byte> bytes, bool isNegative)
    {
        Span<byte> magnitude = stackalloc byte[StoreKeyTags.MaxIntegerBytes];
        magnitude = magnitude[..bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            magnitude[i] = isNegative ? (byte)~bytes[i] : bytes[i];
        }

        var value = new BigInteger(magnitude, isUnsigned: true, isBigEndian: true);
        return isNegative ? -value : value;
    }

    private StoreKeyPart Number(byte tag)
    {
        ulong turned =
            BinaryPrimitives.ReadUInt64BigEndian(Ahead(tag, StoreKeyTags.NumberBytes)[1..]);
        ulong bits = (turned & StoreKeyTags.SignBit) != 0
            ? turned ^ StoreKeyTags.SignBit
            : ~turned;
        double number = BitConverter.UInt64BitsToDouble(bits);
        if (double.IsNaN(number) && bits != StoreKeyTags.CanonicalNaN)
        {
            throw Wrong(
                tag,
                $"a NaN of the bits {bits:x16}; the only one in keys is " +
                $"{StoreKeyTags.CanonicalNaN:x16}");
        }

        _offset += StoreKeyTags.NumberBytes;
        return number;
    }

    private readonly ReadOnlySpan<byte> Ahead(byte tag, int length)
    {
        int left = _bytes.Length - _offset;
        return length <= left
            ? _bytes.Slice(_offset, length)
            : throw Wrong(tag, $"it takes {length} bytes and {left} are left");
    }

    private readonly FormatException Wrong(byte tag, string problem) => new(
        $"An encoded key of {_bytes.Length} bytes: at byte {_offset}, tag {tag:x2}: {problem}.");
}
