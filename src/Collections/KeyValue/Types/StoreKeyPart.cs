using System.Globalization;
using System.Numerics;
using Quire.Collections;

namespace Quire;

/// <summary>One part of a <see cref="StoreKey"/>: bytes, text, a number or a truth value.</summary>
/// <remarks>
/// <para>
/// An integer of .NET (<c>1</c>) is an <see cref="StoreKeyPartKind.Integer"/>, a <c>double</c>
/// (<c>1.0</c>) is a <see cref="StoreKeyPartKind.Number"/>, and <b>the two are different parts</b>:
/// all integers sort before all numbers. In the JSON form of keys, as in JavaScript, <c>1</c> is a
/// number, and the integer is written <c>{"bigint":"1"}</c>.
/// </para>
/// <para>
/// Numbers are compared by their bits: <c>-0.0</c> and <c>0.0</c> are two parts, in this order, and
/// every NaN is the same one, which sorts last.
/// </para>
/// </remarks>
public readonly struct StoreKeyPart : IEquatable<StoreKeyPart>
{
    /// <summary>byte[], string, or the BigInteger of an integer that is no long.</summary>
    private readonly object? _reference;

    /// <summary>An integer that is a long, or the bits of a number.</summary>
    private readonly long _bits;

    private StoreKeyPart(StoreKeyPartKind kind, object? reference = null, long bits = 0)
    {
        Kind = kind;
        _reference = reference;
        _bits = bits;
    }

    /// <summary>
    /// Stands for the versionstamp that the commit is going to have. Only the last part of a key
    /// that is set; there it becomes the text of the stamp, 20 hexadecimal characters.
    /// </summary>
    public static StoreKeyPart CommitVersionstamp { get; } =
        new(StoreKeyPartKind.CommitVersionstamp);

    /// <summary>What the part is.</summary>
    public StoreKeyPartKind Kind { get; }

    /// <summary>A part of these bytes, which are copied.</summary>
    public static StoreKeyPart FromBytes(ReadOnlySpan<byte> bytes) =>
        new(StoreKeyPartKind.Bytes, bytes.ToArray());

    /// <summary>A part of this text. A key refuses text with an unpaired surrogate.</summary>
    public static StoreKeyPart FromString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(StoreKeyPartKind.String, text);
    }

    /// <summary>An integer part.</summary>
    public static StoreKeyPart FromInteger(long integer) =>
        new(StoreKeyPartKind.Integer, bits: integer);

    /// <summary>An integer part.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than 255 bytes.</exception>
    public static StoreKeyPart FromInteger(BigInteger integer)
    {
        if (integer >= long.MinValue && integer <= long.MaxValue)
        {
            return FromInteger((long)integer);
        }

        int bytes = BigInteger.Abs(integer).GetByteCount(isUnsigned: true);
        return bytes <= StoreKeyTags.MaxIntegerBytes
            ? new(StoreKeyPartKind.Integer, integer)
            : throw new ArgumentOutOfRangeException(
                nameof(integer),
                $"An integer of a key may have {StoreKeyTags.MaxIntegerBytes} bytes; " +
                $"this one has {bytes}.");
    }

    /// <summary>A number part.</summary>
    public static StoreKeyPart FromNumber(double number) => new(
        StoreKeyPartKind.Number,
        bits: double.IsNaN(number)
            ? (long)StoreKeyTags.CanonicalNaN
            : BitConverter.DoubleToInt64Bits(number));

    /// <summary>A part that is true or false.</summary>
    public static StoreKeyPart FromBoolean(bool value) =>
        new(value ? StoreKeyPartKind.True : StoreKeyPartKind.False);

    /// <summary>A part of these bytes, which are copied.</summary>
    public static implicit operator StoreKeyPart(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return FromBytes(bytes);
    }

    /// <summary>A part of this text.</summary>
    public static implicit operator StoreKeyPart(string text) => FromString(text);

    /// <summary>An integer part.</summary>
    public static implicit operator StoreKeyPart(int integer) => FromInteger(integer);

    /// <summary>An integer part.</summary>
    public static implicit operator StoreKeyPart(long integer) => FromInteger(integer);

    /// <summary>An integer part.</summary>
    public static implicit operator StoreKeyPart(ulong integer) =>
        FromInteger((BigInteger)integer);

    /// <summary>An integer part.</summary>
    public static implicit operator StoreKeyPart(BigInteger integer) => FromInteger(integer);

    /// <summary>A number part, also of a whole number.</summary>
    public static implicit operator StoreKeyPart(double number) => FromNumber(number);

    /// <summary>A part that is true or false.</summary>
    public static implicit operator StoreKeyPart(bool value) => FromBoolean(value);

    /// <summary>Whether both are the same kind and have the same bytes.</summary>
    public static bool operator ==(StoreKeyPart left, StoreKeyPart right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(StoreKeyPart left, StoreKeyPart right) => !left.Equals(right);

    /// <summary>The bytes of a part of bytes; valid as long as the part.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    public ReadOnlySpan<byte> AsBytes() => (byte[])Of(StoreKeyPartKind.Bytes)._reference!;

    /// <summary>The text of a part of text.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    public string AsString() => (string)Of(StoreKeyPartKind.String)._reference!;

    /// <summary>The value of an integer part.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    public BigInteger AsInteger() =>
        Of(StoreKeyPartKind.Integer)._reference is BigInteger big ? big : _bits;

    /// <summary>The value of a number part.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    public double AsNumber() =>
        BitConverter.Int64BitsToDouble(Of(StoreKeyPartKind.Number)._bits);

    /// <summary>The value of a part that is true or false.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    public bool AsBoolean() =>
        Kind == StoreKeyPartKind.True || Of(StoreKeyPartKind.False).Kind != Kind;

    /// <inheritdoc/>
    public bool Equals(StoreKeyPart other) =>
        Kind == other.Kind && _bits == other._bits && (_reference, other._reference) switch
        {
            (byte[] mine, byte[] others) => mine.AsSpan().SequenceEqual(others),
            _ => Equals(_reference, other._reference),
        };

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StoreKeyPart other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Kind);
        hash.Add(_bits);
        if (_reference is byte[] bytes)
        {
            hash.AddBytes(bytes);
        }
        else
        {
            hash.Add(_reference);
        }

        return hash.ToHashCode();
    }

    /// <summary>For people; the JSON form is that of the whole key.</summary>
    public override string ToString() => Kind switch
    {
        StoreKeyPartKind.Bytes => Convert.ToHexStringLower(AsBytes()),
        StoreKeyPartKind.String => AsString(),
        StoreKeyPartKind.Integer => AsInteger().ToString(CultureInfo.InvariantCulture),
        StoreKeyPartKind.Number => AsNumber().ToString("R", CultureInfo.InvariantCulture),
        _ => Kind.ToString(),
    };

    /// <summary>The integer, when it is a long.</summary>
    internal bool TryGetInt64(out long integer)
    {
        integer = _bits;
        return Kind == StoreKeyPartKind.Integer && _reference is null;
    }

    private StoreKeyPart Of(StoreKeyPartKind kind) => Kind == kind
        ? this
        : throw new InvalidOperationException($"The part of the key is {Kind}, not {kind}.");
}
