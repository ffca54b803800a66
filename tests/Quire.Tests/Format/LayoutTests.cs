using System.IO.Hashing;
using Quire.Journal;
using Quire.Locking;
using Quire.Pager;
using Xunit;

namespace Quire.Tests.Format;

/// <summary>
/// docs/format.md against the code: each field is written with a value of its own and looked for
/// where the document has it, and whatever the document does not name must be zero.
/// </summary>
public sealed class LayoutTests
{
    private static readonly Guid Id = new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
    private readonly FormatDocument _document = new();

    [Theory]
    [InlineData("Header sector", 512)]
    [InlineData("Marker sector", 512)]
    [InlineData("Journal header", 512)]
    [InlineData("Page header", 24)]
    [InlineData("Frame header", 40)]
    public void A_table_covers_every_byte_once(string heading, int size)
    {
        int at = 0;
        foreach (Field field in _document.Fields(heading))
        {
            Assert.Equal(at, field.Offset);
            at += field.Size;
        }

        Assert.Equal(size, at);
    }

    [Fact]
    public void The_header_sector_is_as_documented()
    {
        byte[] sector = Filled(512);
        new FileHeader
        {
            PageSize = 8192,
            Protocol = CommitProtocol.Classic,
            ApplicationId = 0xA1A2A3A4,
            UserVersion = 0xB1B2B3B4,
            PageCount = 0xC1C2C3C4,
            FreePages = 0x01D2D3D4,
            FreeHint = 0x02E2E3E4,
            Root = new PageNumber(0x03F2F3F4),
            FileId = Id,
            ChangedBy = new TransactionNumber(0x0102030405060708),
        }.WriteTo(sector);
        Check("Header sector", sector, new()
        {
            ["magic"] = 0x9A0A0D4552495551,
            ["version"] = 1,
            ["page size shift"] = 13,
            ["protocol"] = 1,
            ["application id"] = 0xA1A2A3A4,
            ["user version"] = 0xB1B2B3B4,
            ["page count"] = 0xC1C2C3C4,
            ["free pages"] = 0x01D2D3D4,
            ["free hint"] = 0x02E2E3E4,
            ["root"] = 0x03F2F3F4,
            ["changed by"] = 0x0102030405060708,
            ["checksum"] = XxHash3.HashToUInt64(sector.AsSpan(0, 504)),
        });
    }

    [Fact]
    public void The_marker_sector_is_as_documented()
    {
        byte[] sector = Filled(512);
        new MarkerSector(
            new TransactionNumber(0x1112131415161718),
            new TransactionNumber(0x2122232425262728),
            0x3132333435363738,
            Id) { LogEnd = 0x4142434445464748 }.WriteTo(sector);
        Check("Marker sector", sector, new()
        {
            ["magic"] = BitConverter.ToUInt64("QUIREMRK"u8),
            ["marker"] = 0x1112131415161718,
            ["applied"] = 0x2122232425262728,
            ["seal checksum"] = 0x3132333435363738,
            ["log end"] = 0x4142434445464748,
            ["checksum"] = XxHash3.HashToUInt64(sector.AsSpan(0, 504)),
        });
    }

    [Fact]
    public void The_journal_header_is_as_documented()
    {
        byte[] sector = Filled(512);
        new JournalHeader(Id, 65536, 0x4142434445464748, new TransactionNumber(0x5152535455565758))
        {
            IsLog = true,
            IsClosed = true,
        }.WriteTo(sector);
        Check("Journal header", sector, new()
        {
            ["magic"] = BitConverter.ToUInt64("QUIREJNL"u8),
            ["version"] = 1,
            ["page size shift"] = 16,
            ["kind"] = 1,
            ["closed"] = 1,
            ["base number"] = 0x5152535455565758,
            ["salt"] = 0x4142434445464748,
            ["checksum"] = XxHash3.HashToUInt64(sector.AsSpan(0, 504)),
        });
    }

    [Fact]
    public void The_page_header_is_as_documented()
    {
        byte[] page = Filled(512);
        PageFormat.Initialise(page, new PageNumber(0x61626364), PageKind.Data);
        page[100] = 1;
        PageFormat.Finish(page, new TransactionNumber(0x7172737475767778), PageFormat.SeedOf(Id));
        long seed = BitConverter.ToInt64(Id.ToByteArray());
        Check("Page header", page, new()
        {
            ["checksum"] = XxHash3.HashToUInt64(page.AsSpan(8), seed),
            ["transaction"] = 0x7172737475767778,
            ["number"] = 0x61626364,
            ["kind"] = 2,
        });
        PageFormat.Initialise(page, new PageNumber(2), PageKind.AllocationMap);
        Assert.Equal(1, page[_document.Fields("Page header").Single(f => f.Name == "kind").Offset]);
    }

    [Fact]
    public void The_frame_header_is_as_documented()
    {
        byte[] frame = Filled(40);
        ulong chain = JournalFrameHeader.Write(
            frame, FrameKind.Page, 0x81828384, new TransactionNumber(0x1192939495969798),
            0x21A2A3A4A5A6A7A8, 0x31B2B3B4B5B6B7B8, previousChain: 77);
        Check("Frame header", frame, new()
        {
            ["kind"] = (uint)FrameKind.Page,
            ["page or count"] = 0x81828384,
            ["transaction"] = 0x1192939495969798,
            ["salt"] = 0x21A2A3A4A5A6A7A8,
            ["image checksum"] = 0x31B2B3B4B5B6B7B8,
            ["chain"] = XxHash3.HashToUInt64(frame.AsSpan(0, 32), 77),
        });
        Assert.Equal(chain, BitConverter.ToUInt64(frame, 32));
    }

    [Fact]
    public void The_kinds_of_frames_are_as_documented()
    {
        IReadOnlyDictionary<string, long> kinds = _document.Values("Frame header", "Kind");
        Assert.Equal(
            Enum.GetValues<FrameKind>().ToDictionary(
                kind => kind.ToString().ToLowerInvariant(), kind => (long)kind),
            kinds.ToDictionary());
    }

    [Fact]
    public void The_constants_are_as_documented() => Assert.Equal(
        new Dictionary<string, long>
        {
            ["sector size"] = MainFormat.SectorBytes,
            ["format version"] = FileHeader.CurrentVersion,
            ["smallest page size"] = MainFormat.MinimumPageSize,
            ["largest page size"] = MainFormat.MaximumPageSize,
            ["default page size"] = MainFormat.DefaultPageSize,
            ["page header size"] = PageFormat.HeaderBytes,
            ["journal header size"] = JournalHeader.SizeBytes,
            ["first frame offset"] = JournalFormat.FirstFrameOffset,
            ["frame header size"] = JournalFrameHeader.SizeBytes,
            ["header image size"] = JournalFormat.HeaderImageBytes,
            ["journal growth"] = JournalFormat.GrowthBytes,
            ["lock byte open"] = LockBytes.RangeOf(LockName.Open).Offset,
            ["lock byte presence"] = LockBytes.RangeOf(LockName.Presence).Offset,
            ["lock byte gate"] = LockBytes.RangeOf(LockName.Gate).Offset,
            ["lock byte main"] = LockBytes.RangeOf(LockName.Main).Offset,
            ["lock byte journal"] = LockBytes.RangeOf(LockName.Journal).Offset,
            ["lock byte next"] = LockBytes.RangeOf(LockName.Next).Offset,
            ["largest page count"] = uint.MaxValue,
        },
        _document.Values("Constants", "Constant").ToDictionary());

    [Fact]
    public void The_stretches_of_the_allocation_map_are_as_documented() =>
        Assert.All(_document.Table("Allocation map", "Page size"), cells =>
        {
            int[] row = [.. cells.Select(int.Parse)];
            var map = new AllocationMap(row[0]);
            Assert.Equal(row[1], (int)MainFormat.HeaderPages(row[0]));
            Assert.Equal(row[2], (int)map.FirstMapPage.Value);
            Assert.Equal(row[3], (int)map.PagesPerMap);
        });

    [Fact]
    public void The_journal_of_one_version_has_the_version_of_its_main_file() =>
        Assert.Equal(FileHeader.CurrentVersion, JournalHeader.CurrentVersion);

    private void Check(string heading, byte[] bytes, Dictionary<string, ulong> expected)
    {
        foreach (Field field in _document.Fields(heading))
        {
            if (field.Name == "file id")
            {
                Assert.Equal(Id.ToByteArray(), bytes[field.Offset..(field.Offset + 16)]);
            }
            else if (field.Name == "reserved")
            {
                Assert.Equal(
                    new byte[field.Size], bytes[field.Offset..(field.Offset + field.Size)]);
            }
            else
            {
                Assert.True(
                    expected.Remove(field.Name, out ulong value), $"'{field.Name}' is not tested");
                Assert.True(
                    value == field.In(bytes),
                    $"{heading}, {field.Name}: {field.In(bytes):x} where the code has {value:x}");
            }
        }

        Assert.Empty(expected);
    }

    /// <summary>Not zeros, so that a byte that the code leaves alone shows.</summary>
    private static byte[] Filled(int size)
    {
        byte[] bytes = new byte[size];
        bytes.AsSpan().Fill(0xEE);
        return bytes;
    }
}
