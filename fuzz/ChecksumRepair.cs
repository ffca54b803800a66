using System.Buffers.Binary;
using System.IO.Hashing;

namespace Quire.Fuzz;

/// <summary>
/// Makes damaged bytes pass their checksums, as a hostile or careless writer would. It knows the
/// layout of docs/format.md by itself and asks no engine code, which might be wrong.
/// </summary>
public static class ChecksumRepair
{
    private const int SectorBytes = 512;
    private const int FrameHeaderBytes = 40;
    private const int FirstFrame = 4096;

    /// <summary>Header, marker and journal header: XXH3 of all but the last eight bytes.</summary>
    public static void Sector(Span<byte> sector) =>
        BinaryPrimitives.WriteUInt64LittleEndian(
            sector[(SectorBytes - 8)..SectorBytes],
            XxHash3.HashToUInt64(sector[..(SectorBytes - 8)]));

    /// <summary>A page: XXH3 of all but the first eight bytes, seeded with the file's id.</summary>
    public static void Page(Span<byte> page, ReadOnlySpan<byte> fileId) =>
        BinaryPrimitives.WriteUInt64LittleEndian(
            page,
            XxHash3.HashToUInt64(page[8..], BinaryPrimitives.ReadInt64LittleEndian(fileId)));

    /// <summary>All sectors and pages of a main file.</summary>
    public static void MainFile(Span<byte> main, int pageSize)
    {
        if (main.Length < 2 * SectorBytes)
        {
            return;
        }

        Sector(main[..SectorBytes]);
        Sector(main[SectorBytes..]);
        ReadOnlySpan<byte> fileId = main.Slice(40, 16);
        int first = Math.Max(2 * SectorBytes, pageSize);
        for (int at = first; at + pageSize <= main.Length; at += pageSize)
        {
            if (main.Slice(at, pageSize).ContainsAnyExcept((byte)0))
            {
                Page(main.Slice(at, pageSize), fileId);
            }
        }
    }

    /// <summary>
    /// The header, images and chain of a journal, as far as the kinds of its frames can be told;
    /// staged pages and the staged header are repaired as well.
    /// </summary>
    /// <returns>The chain value of the last frame: that of the seal, if there is one.</returns>
    public static ulong Journal(Span<byte> journal, int pageSize)
    {
        if (journal.Length < FirstFrame)
        {
            return 0;
        }

        Sector(journal[..SectorBytes]);
        ReadOnlySpan<byte> fileId = journal.Slice(16, 16);
        ulong chain = BinaryPrimitives.ReadUInt64LittleEndian(journal[40..]);
        int at = FirstFrame;
        while (at + FrameHeaderBytes <= journal.Length)
        {
            Span<byte> frame = journal.Slice(at, FrameHeaderBytes);
            int imageLength = BinaryPrimitives.ReadUInt32LittleEndian(frame) switch
            {
                0x45474150 => pageSize,
                0x52444845 => SectorBytes,
                0x4C414553 => 0,
                _ => -1,
            };
            at += FrameHeaderBytes;
            if (imageLength < 0 || at + imageLength > journal.Length)
            {
                break;
            }

            if (imageLength > 0)
            {
                Span<byte> image = journal.Slice(at, imageLength);
                RepairImage(image, isHeader: frame[0] == (byte)'E', fileId);
                BinaryPrimitives.WriteUInt64LittleEndian(
                    frame[24..], XxHash3.HashToUInt64(image));
            }

            chain = XxHash3.HashToUInt64(frame[..32], unchecked((long)chain));
            BinaryPrimitives.WriteUInt64LittleEndian(frame[32..], chain);
            if (imageLength == 0)
            {
                break;
            }

            at += imageLength;
        }

        return chain;
    }

    /// <summary>Makes the marker name the seal of a repaired journal.</summary>
    public static void NameSeal(Span<byte> main, ulong seal)
    {
        if (main.Length >= 2 * SectorBytes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(main[(SectorBytes + 24)..], seal);
            Sector(main[SectorBytes..]);
        }
    }

    private static void RepairImage(Span<byte> image, bool isHeader, ReadOnlySpan<byte> fileId)
    {
        if (isHeader)
        {
            Sector(image);
        }
        else
        {
            Page(image, fileId);
        }
    }
}
