using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// What the store keeps of an entry besides its key. Drawn in docs/format.md, "Store record".
/// </summary>
internal readonly ref struct StoreRecord
{
    public const int VersionOffset = 0;
    public const int KindOffset = 1;
    public const int FlagsOffset = 2;
    public const int StampOffset = 3;
    public const int HeaderBytes = StampOffset + Versionstamp.LengthBytes;

    /// <summary>In an entry that expires: when, and its place among those of its commit.</summary>
    public const int DueOffset = HeaderBytes;
    public const int OrdinalOffset = DueOffset + 8;
    public const int ExpiringHeaderBytes = OrdinalOffset + 2;

    public const byte CurrentVersion = 1;
    public const byte ExpiresFlag = 1;

    /// <summary>More than any file has commits, and far enough from the end of the
    /// numbers.</summary>
    public const ulong HighestCommitNumber = ulong.MaxValue / 2;

    public StoreValueKind Kind { get; private init; }

    public Versionstamp Stamp { get; private init; }

    /// <summary>When it expires and where that is noted; null when it stays.</summary>
    public ExpiryKey? Expiry { get; private init; }

    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>Whether reads see it at this time.</summary>
    public bool IsVisibleAt(long milliseconds) =>
        Expiry is not { } expiry || expiry.Due > milliseconds;

    public static byte[] Write(
        StoreValueKind kind, Versionstamp stamp, ExpiryKey? expiry, ReadOnlySpan<byte> payload)
    {
        int header = expiry is null ? HeaderBytes : ExpiringHeaderBytes;
        byte[] bytes = new byte[header + payload.Length];
        bytes[VersionOffset] = CurrentVersion;
        bytes[KindOffset] = (byte)kind;
        bytes[FlagsOffset] = expiry is null ? (byte)0 : ExpiresFlag;
        stamp.Write(bytes.AsSpan(StampOffset));
        if (expiry is { } noted)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(DueOffset), noted.Due);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(OrdinalOffset), noted.Ordinal);
        }

        payload.CopyTo(bytes.AsSpan(header));
        return bytes;
    }

    /// <summary>Interprets a record.</summary>
    /// <returns>Null when it is one, or why it is none.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out StoreRecord record)
    {
        record = default;
        if (bytes.Length < HeaderBytes)
        {
            return $"has {bytes.Length} bytes, expected {HeaderBytes} or more";
        }

        if (bytes[VersionOffset] != CurrentVersion)
        {
            return $"has version {bytes[VersionOffset]}; this release reads version " +
                $"{CurrentVersion}";
        }

        byte flags = bytes[FlagsOffset];
        if (bytes[KindOffset] is < (byte)StoreValueKind.Json or > (byte)StoreValueKind.UInt64
            || flags > ExpiresFlag)
        {
            return $"has kind {bytes[KindOffset]} and flags {flags}; there are kinds 1 to 3 and " +
                "flags 0 and 1";
        }

        Versionstamp stamp = Versionstamp.Read(bytes[StampOffset..HeaderBytes]);
        if (stamp.CommitNumber > HighestCommitNumber)
        {
            return $"has commit number {stamp.CommitNumber}, more than there can be";
        }

        ExpiryKey? expiry = null;
        int header = HeaderBytes;
        if (flags == ExpiresFlag)
        {
            header = ExpiringHeaderBytes;
            if (bytes.Length < header)
            {
                return $"has {bytes.Length} bytes, expected {header} or more where it expires";
            }

            long due = BinaryPrimitives.ReadInt64BigEndian(bytes[DueOffset..]);
            if (due is < 0 or > ExpiryKey.LatestDue)
            {
                return $"expires at {due} ms, expected 0 to {ExpiryKey.LatestDue}";
            }

            expiry = new ExpiryKey(
                due, stamp, BinaryPrimitives.ReadUInt16BigEndian(bytes[OrdinalOffset..]));
        }

        record = new StoreRecord
        {
            Kind = (StoreValueKind)bytes[KindOffset],
            Stamp = stamp,
            Expiry = expiry,
            Payload = bytes[header..],
        };
        return null;
    }
}
