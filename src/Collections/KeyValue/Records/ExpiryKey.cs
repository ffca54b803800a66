using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// Where the store notes that an entry expires, in the order of time; the value there is the
/// entry's key. Drawn in docs/format.md, "Expiry key".
/// </summary>
/// <param name="Due">From when on the entry is no more, in milliseconds since 1970, UTC.</param>
/// <param name="Stamp">The stamp of the entry.</param>
/// <param name="Ordinal">Which one of the expiring entries of that stamp.</param>
internal readonly record struct ExpiryKey(long Due, Versionstamp Stamp, ushort Ordinal)
{
    public const int DueOffset = 0;
    public const int StampOffset = 8;
    public const int OrdinalOffset = StampOffset + Versionstamp.LengthBytes;
    public const int Bytes = OrdinalOffset + 2;

    /// <summary>The end of the year 9999: what a <see cref="DateTimeOffset"/> can say.</summary>
    public const long LatestDue = 253_402_300_799_999;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, Due);
        Stamp.Write(bytes[StampOffset..]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[OrdinalOffset..], Ordinal);
    }

    /// <summary>Interprets a key.</summary>
    /// <returns>Null when it is one, or why it is none.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out ExpiryKey key)
    {
        key = default;
        if (bytes.Length != Bytes)
        {
            return $"has a key of {bytes.Length} bytes, expected {Bytes} of a time, a stamp and " +
                "a number";
        }

        key = new ExpiryKey(
            BinaryPrimitives.ReadInt64BigEndian(bytes),
            Versionstamp.Read(bytes[StampOffset..OrdinalOffset]),
            BinaryPrimitives.ReadUInt16BigEndian(bytes[OrdinalOffset..]));
        return key.Due is < 0 or > LatestDue
            ? $"expires at {key.Due} ms, expected 0 to {LatestDue}"
            : null;
    }
}
