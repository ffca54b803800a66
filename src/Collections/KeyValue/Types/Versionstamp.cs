using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace Quire;

/// <summary>
/// Which commit changed an entry last: 10 bytes, shown as 20 hexadecimal characters. Later commits
/// have higher ones, in all processes; what one atomic operation changes shares one.
/// </summary>
/// <remarks>
/// No clock is in it: the number of the commit, which the file itself counts while the writer holds
/// the journal lock, and the order of the operation within its commit. So it cannot go down, as one
/// does that is drawn before the lock or from a clock.
/// </remarks>
/// <param name="CommitNumber">The number of the commit.</param>
/// <param name="Order">The operation's place among those of one commit, from 0.</param>
public readonly record struct Versionstamp(ulong CommitNumber, ushort Order)
    : IComparable<Versionstamp>
{
    /// <summary>How many bytes a stamp has.</summary>
    public const int LengthBytes = 10;

    /// <summary>How many characters the text of a stamp has.</summary>
    public const int TextLength = 20;

    /// <summary>Reads a stamp from exactly 10 bytes, the highest first.</summary>
    /// <exception cref="FormatException">Another length.</exception>
    public static Versionstamp Read(ReadOnlySpan<byte> bytes) => bytes.Length == LengthBytes
        ? new(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt16BigEndian(bytes[sizeof(ulong)..]))
        : throw new FormatException(
            $"A versionstamp has {LengthBytes} bytes; these are {bytes.Length}.");

    /// <summary>Reads a stamp from its text; capital letters are as good.</summary>
    /// <exception cref="FormatException">Not 20 hexadecimal characters.</exception>
    public static Versionstamp Parse(ReadOnlySpan<char> text)
    {
        if (TryParse(text, out Versionstamp versionstamp))
        {
            return versionstamp;
        }

        if (text.Length != TextLength)
        {
            throw new FormatException(
                $"A versionstamp has {TextLength} hexadecimal characters; this has {text.Length}.");
        }

        int wrong = 0;
        while (char.IsAsciiHexDigit(text[wrong]))
        {
            wrong++;
        }

        throw new FormatException(
            $"A versionstamp has {TextLength} hexadecimal characters; " +
            $"character {wrong} of \"{text}\" is none.");
    }

    /// <summary>Reads a stamp from its text, or says that it is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Versionstamp versionstamp)
    {
        versionstamp = default;
        Span<byte> bytes = stackalloc byte[LengthBytes];
        if (text.Length != TextLength
            || Convert.FromHexString(text, bytes, out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        versionstamp = Read(bytes);
        return true;
    }

    /// <summary>Whether the left one is of an earlier operation.</summary>
    public static bool operator <(Versionstamp left, Versionstamp right) =>
        left.CompareTo(right) < 0;

    /// <summary>Whether the left one is of a later operation.</summary>
    public static bool operator >(Versionstamp left, Versionstamp right) =>
        left.CompareTo(right) > 0;

    /// <summary>Whether the left one is the same or of an earlier operation.</summary>
    public static bool operator <=(Versionstamp left, Versionstamp right) =>
        left.CompareTo(right) <= 0;

    /// <summary>Whether the left one is the same or of a later operation.</summary>
    public static bool operator >=(Versionstamp left, Versionstamp right) =>
        left.CompareTo(right) >= 0;

    /// <summary>Writes its 10 bytes, the highest first: their order is that of the stamps.
    /// </summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, CommitNumber);
        BinaryPrimitives.WriteUInt16BigEndian(destination[sizeof(ulong)..], Order);
    }

    /// <inheritdoc/>
    public int CompareTo(Versionstamp other) => CommitNumber != other.CommitNumber
        ? CommitNumber.CompareTo(other.CommitNumber)
        : Order.CompareTo(other.Order);

    /// <summary>20 hexadecimal characters in lower case.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{CommitNumber:x16}{Order:x4}");
}
