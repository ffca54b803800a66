using System.Buffers.Binary;
using System.IO.Hashing;

namespace Quire.Pager;

/// <summary>
/// The sector of the inconsistency marker. One write of it sets the marker (C3), one write clears
/// it and sets the transaction number (C7).
/// </summary>
/// <param name="Marker">
/// The commit that is being applied; number 0 when the marker is clear.
/// </param>
/// <param name="Applied">The last commit that main holds whole.</param>
/// <param name="SealChecksum">The seal of the commit that <see cref="Named"/> names.</param>
/// <param name="FileId">The id of the file, so that a torn header does not lose it.</param>
internal readonly record struct MarkerSector(
    TransactionNumber Marker, TransactionNumber Applied, ulong SealChecksum, Guid FileId)
{
    /// <summary>
    /// Where the record of that commit ends in the log of a sealed file; 0 in classic, and when the
    /// last connection has left the log empty.
    /// </summary>
    public long LogEnd { get; init; }

    private const int MarkerNumberOffset = 8;
    private const int AppliedOffset = 16;
    private const int SealChecksumOffset = 24;
    private const int FileIdOffset = 32;
    private const int LogEndOffset = 48;
    private const int ChecksumOffset = MainFormat.SectorBytes - 8;

    public static ReadOnlySpan<byte> Magic => "QUIREMRK"u8;

    public bool IsSet => Marker.Value != 0;

    /// <summary>
    /// The transaction that this sector speaks of: being applied, or applied last.
    /// </summary>
    public TransactionNumber Named => IsSet ? Marker : Applied;

    /// <summary>The sector for C3 and P2.</summary>
    public MarkerSector Set(TransactionNumber number, ulong sealChecksum, long logEnd = 0) =>
        this with { Marker = number, SealChecksum = sealChecksum, LogEnd = logEnd };

    /// <summary>
    /// The sector for C7 and P5: the marker is clear and its commit is the applied one.
    /// </summary>
    public MarkerSector Cleared() => this with { Marker = default, Applied = Named };

    public void WriteTo(Span<byte> sector)
    {
        sector = sector[..MainFormat.SectorBytes];
        sector.Clear();
        Magic.CopyTo(sector);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[MarkerNumberOffset..], Marker.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[AppliedOffset..], Applied.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[SealChecksumOffset..], SealChecksum);
        FileId.TryWriteBytes(sector[FileIdOffset..]);
        BinaryPrimitives.WriteInt64LittleEndian(sector[LogEndOffset..], LogEnd);
        BinaryPrimitives.WriteUInt64LittleEndian(
            sector[ChecksumOffset..], XxHash3.HashToUInt64(sector[..ChecksumOffset]));
    }

    /// <summary>Parses a sector that is not to be trusted; false when it is not whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> sector, out MarkerSector marker)
    {
        marker = default;
        if (sector.Length < MainFormat.SectorBytes || !sector.StartsWith(Magic))
        {
            return false;
        }

        sector = sector[..MainFormat.SectorBytes];
        ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(sector[ChecksumOffset..]);
        if (checksum != XxHash3.HashToUInt64(sector[..ChecksumOffset]))
        {
            return false;
        }

        marker = new MarkerSector(
            new TransactionNumber(
                BinaryPrimitives.ReadUInt64LittleEndian(sector[MarkerNumberOffset..])),
            new TransactionNumber(BinaryPrimitives.ReadUInt64LittleEndian(sector[AppliedOffset..])),
            BinaryPrimitives.ReadUInt64LittleEndian(sector[SealChecksumOffset..]),
            new Guid(sector.Slice(FileIdOffset, 16)))
        {
            LogEnd = BinaryPrimitives.ReadInt64LittleEndian(sector[LogEndOffset..]),
        };
        return true;
    }
}
