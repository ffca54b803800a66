using System.Buffers.Binary;
using Quire.Collections;
using Quire.Fuzz;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// Map pages whose checksums hold and whose content cannot be: an error that says where, or data,
/// but never another exception and never an endless loop.
/// </summary>
public sealed class MapDamageTests
{
    private const int PageSize = 512;
    private const int PayloadOffset = 24;
    private const int HeaderPageCountOffset = 20;
    private const int Records = 400;

    /// <summary>More steps than any scan of the file could honestly take.</summary>
    private const int StepLimit = 20_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_damage_ends_in_an_error_or_in_data(int seed)
    {
        byte[] sound = SoundFile();
        var random = new Random(seed);
        int errors = 0;
        const int rounds = 500;
        for (int round = 0; round < rounds; round++)
        {
            byte[] damaged = [.. sound];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                DamageOnePage(damaged, random);
            }

            errors += Use(damaged, random.Next(), $"seed {seed}, round {round}");
        }

        Assert.InRange(errors, rounds / 4, rounds);
    }

    [Fact]
    public void The_sound_file_that_is_damaged_here_has_no_errors() =>
        Assert.Equal(0, Use(SoundFile(), 1, "sound"));

    [Theory]
    [InlineData(NodeFormat.MagicOffset, 4, 0, "begins with")]
    [InlineData(NodeFormat.KindOffset, 1, 9, "is no node")]
    [InlineData(NodeFormat.LevelOffset, 1, 0, "level")]
    [InlineData(NodeFormat.LevelOffset, 1, 200, "level")]
    [InlineData(NodeFormat.CountOffset, 2, 0xFFFF, "is no node")]
    [InlineData(NodeFormat.TreeOffset, 4, 3, "tree")]
    [InlineData(NodeFormat.FirstChildOffset, 4, 0, "refers to it")]
    [InlineData(NodeFormat.FirstChildOffset, 4, 0x7FFFFFFF, "refers to it")]
    [InlineData(NodeFormat.FirstChildOffset, 4, 2, "refers to it")]
    [InlineData(NodeFormat.PrefixLengthOffset, 2, 0xFFFF, "is no node")]
    [InlineData(NodeFormat.HeapStartOffset, 2, 33, "is no node")]
    [InlineData(NodeFormat.HeapStartOffset, 2, 0xFFFF, "is no node")]
    [InlineData(NodeFormat.DeadBytesOffset, 2, 0xFFFF, "is no node")]
    public void A_wrong_field_of_an_inner_node_is_named(
        int offset, int size, long value, string expected)
    {
        byte[] main = SoundFile();
        PageNumber inner = AnInnerNode(main);
        Change(main, inner, page => Write(page, offset, size, value));
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => Scan(main));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        int expectedPage = expected == "refers to it" ? (int)(uint)value : (int)inner.Value;
        Assert.Contains($"page {expectedPage}", error.Message, StringComparison.Ordinal);
        Assert.InRange(
            error.Offset - ((long)expectedPage * PageSize), PayloadOffset, PageSize - 1);
        AssertUnsound(main);
    }

    [Fact]
    public void A_node_that_is_its_own_child_is_no_endless_loop()
    {
        byte[] main = SoundFile();
        PageNumber inner = AnInnerNode(main);
        Change(main, inner, page => Write(page, NodeFormat.FirstChildOffset, 4, inner.Value));
        Assert.Throws<CorruptFileException>(() => Scan(main));
        AssertUnsound(main);
    }

    [Fact]
    public void A_leaf_that_is_met_twice_ends_the_scan()
    {
        byte[] main = SoundFile();
        PageNumber inner = AnInnerNode(main);
        Change(main, inner, page =>
        {
            // The second child is the first one once more.
            int cell = BinaryPrimitives.ReadUInt16LittleEndian(
                page[(NodeFormat.HeaderBytes + NodeFormat.SlotCellOffset)..]);
            int suffix = BinaryPrimitives.ReadUInt16LittleEndian(page[cell..]);
            page.Slice(NodeFormat.FirstChildOffset, 4).CopyTo(
                page[(cell + NodeFormat.InnerCellHeader + suffix)..]);
        });
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => Scan(main));
        Assert.Contains("neighbour", error.Message, StringComparison.Ordinal);
        AssertUnsound(main);
    }

    [Theory]
    [InlineData(OverflowChain.NextOffset, 4, 0)]
    [InlineData(OverflowChain.NextOffset, 4, 2)]
    [InlineData(OverflowChain.NextOffset, 4, -1)]
    [InlineData(OverflowChain.IndexOffset, 4, 1)]
    [InlineData(NodeFormat.KindOffset, 1, NodeFormat.LeafKind)]
    [InlineData(NodeFormat.TreeOffset, 4, 0)]
    public void A_wrong_field_of_an_overflow_page_is_an_error(int offset, int size, long value)
    {
        byte[] main = SoundFile();
        PageNumber first = PagesOfKind(main, NodeFormat.OverflowKind).First(page => FieldOf(
            main, page, OverflowChain.IndexOffset) == 0 && FieldOf(
            main, page, OverflowChain.NextOffset) != 0);
        Change(main, first, page => Write(page, offset, size, value));
        Assert.Throws<CorruptFileException>(() => Scan(main));
        AssertUnsound(main);
    }

    [Fact]
    public void A_chain_that_leads_back_to_its_beginning_ends()
    {
        byte[] main = SoundFile();
        PageNumber first = PagesOfKind(main, NodeFormat.OverflowKind).First(page => FieldOf(
            main, page, OverflowChain.IndexOffset) == 0 && FieldOf(
            main, page, OverflowChain.NextOffset) != 0);
        Change(main, first, page => Write(page, OverflowChain.NextOffset, 4, first.Value));
        Assert.Throws<CorruptFileException>(() => Scan(main));
        AssertUnsound(main);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1L << 31)]
    public void A_length_for_which_the_file_has_no_room_allocates_nothing(long length)
    {
        byte[] main = SoundFile();
        PageNumber leaf = PagesOfKind(main, NodeFormat.LeafKind).First(page => page.Value > 5
            && OverflowCellOf(main, page) > 0);
        int tail = OverflowCellOf(main, leaf);
        Change(main, leaf, page => Write(page, tail, 8, length));
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => Scan(main));
        Assert.Contains("a file of", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_version_of_maps_is_refused_as_such()
    {
        byte[] main = SoundFile();
        using PageFile sound = Open(main);
        PageNumber root;
        using (ReadTransaction read = sound.BeginRead())
        {
            root = read.Root;
        }

        Change(main, root, page => page[NodeFormat.VersionOffset] = 2);
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => Scan(main));
        Assert.Equal(QuireErrorCode.UnsupportedVersion, error.Code);
    }

    [Fact]
    public void A_page_that_nothing_reaches_and_a_wrong_count_are_found()
    {
        using var file = new MapFile();
        file.Write("m", map => map.Put("a"u8, "1"u8));
        using (WriteTransaction write = file.File.BeginWrite())
        {
            PageNumber root = write.ListMaps()[0].Root;
            NodeEditor.SetRecords(write.Write(root), 2);
            write.Allocate();
            write.Commit();
        }

        using ReadTransaction read = file.File.BeginRead();
        MapReport report = read.VerifyMaps();
        Assert.Equal(2, report.Problems.Count);
        Assert.Contains("counts 2 records", report.Problems[0].Text, StringComparison.Ordinal);
        Assert.Contains("no map reaches it", report.Problems[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_count_of_pages_that_is_a_lie_does_not_keep_the_verifier()
    {
        byte[] main = SoundFile();
        Write(main, HeaderPageCountOffset, 4, 0xFFFF_FFF0);
        ChecksumRepair.Sector(main);
        using PageFile file = Open(main);
        using ReadTransaction read = file.BeginRead();
        MapReport report = read.VerifyMaps();
        Assert.Equal(2, report.Maps.Count);
        Assert.InRange(report.Problems.Count, 1, 100);
    }

    /// <summary>A file with three levels, overflow chains and two maps.</summary>
    private static byte[] SoundFile()
    {
        using var file = new MapFile(PageSize);
        using (WriteTransaction write = file.File.BeginWrite())
        {
            MapWriter map = write.Map("m");
            for (int i = 0; i < Records; i++)
            {
                map.Put(KeyOf(i * 7 % Records), new byte[i % 40 == 0 ? 1200 : 20]);
            }

            write.Map("other").Put("a"u8, new byte[700]);
            write.Commit();
        }

        // Main alone is what is damaged.
        file.File.Checkpoint();
        return file.Disk.Get(MapFile.Path);
    }

    private static byte[] KeyOf(int i) =>
        System.Text.Encoding.ASCII.GetBytes($"some key {i:d6} of a map");

    /// <summary>Looks at everything, then changes something.</summary>
    /// <returns>1 when any of it was an error.</returns>
    private static int Use(byte[] main, int seed, string place)
    {
        using PageFile file = Open(main);
        int errors = 0;
        Try(() =>
        {
            using ReadTransaction read = file.BeginRead();
            errors += read.VerifyMaps().IsSound ? 0 : 1;
        });
        Try(() => ScanAll(file, isReversed: false));
        Try(() => ScanAll(file, isReversed: true));
        var random = new Random(seed);
        Try(() =>
        {
            using ReadTransaction read = file.BeginRead();
            for (int i = 0; i < 30; i++)
            {
                byte[] key = KeyOf(random.Next(Records));
                read.Map("m").TryGet(key, out ReadOnlySpan<byte> _);
                MapCursor cursor = read.Map("m").OpenCursor();
                cursor.SeekAtMost(key);
                cursor.Seek(key);
            }
        });
        Try(() =>
        {
            using WriteTransaction write = file.BeginWrite();
            MapWriter map = write.Map("m");
            for (int i = 0; i < 60; i++)
            {
                byte[] key = KeyOf(random.Next(Records));
                _ = random.Next(2) == 0
                    ? map.Delete(key)
                    : map.Put([.. key, .. key], new byte[random.Next(300)]);
            }
        });
        Try(() =>
        {
            using WriteTransaction write = file.BeginWrite();
            write.Map("m").Clear();
        });
        return Math.Min(errors, 1);

        void Try(Action use)
        {
            try
            {
                use();
            }
            catch (CorruptFileException)
            {
                errors++;
            }
            catch (InvalidOperationException error) when (
                error.Message.Contains("no catalog", StringComparison.Ordinal))
            {
                errors++;
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{place}: {error}");
            }
        }
    }

    private static void ScanAll(PageFile file, bool isReversed)
    {
        using ReadTransaction read = file.BeginRead();
        int steps = 0;
        foreach (MapInfo info in read.ListMaps())
        {
            foreach (MapEntry entry in
                read.Map(info.Name).Scan(new MapRange { IsReversed = isReversed }))
            {
                Assert.True(++steps < StepLimit, "the scan does not end");
                _ = entry.Value.Length;
            }
        }
    }

    private static void Scan(byte[] main)
    {
        using PageFile file = Open(main);
        ScanAll(file, isReversed: false);
    }

    private static void AssertUnsound(byte[] main)
    {
        using PageFile file = Open(main);
        using ReadTransaction read = file.BeginRead();
        Assert.False(read.VerifyMaps().IsSound);
    }

    private static void DamageOnePage(byte[] main, Random random)
    {
        uint pages = (uint)(main.Length / PageSize);
        var page = new PageNumber((uint)random.Next(3, (int)pages));
        Change(main, page, payload =>
        {
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                int limit = random.Next(3) == 0 ? payload.Length : 80;
                int at = random.Next(limit);
                switch (random.Next(4))
                {
                    case 0:
                        payload[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        payload[at] = (byte)random.Next(256);
                        break;
                    case 2:
                        Write(payload, at & ~1, 2, random.Next(8) * 64 - 1);
                        break;
                    default:
                        Write(payload, at & ~3, 4, random.Next((int)pages + 2));
                        break;
                }
            }
        });
    }

    private static void Change(byte[] main, PageNumber page, PageChange change)
    {
        Span<byte> bytes = main.AsSpan((int)page.Value * PageSize, PageSize);
        change(bytes[PayloadOffset..]);
        ChecksumRepair.Page(bytes, main.AsSpan(40, 16));
    }

    private static void Write(Span<byte> page, int offset, int size, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        bytes[..size].CopyTo(page[offset..]);
    }

    private static PageFile Open(byte[] main)
    {
        var disk = new MemoryDisk();
        disk.Put(MapFile.Path, main);
        return PageFile.Open(MapFile.Path, new PageFileOptions
        {
            Host = disk.StartProcess().Host,
            LockTimeout = TimeSpan.Zero,
        });
    }

    /// <summary>A node of level 1 of the map that is not its root.</summary>
    private static PageNumber AnInnerNode(byte[] main) =>
        PagesOfKind(main, NodeFormat.InnerKind).First(page =>
            main[((int)page.Value * PageSize) + PayloadOffset + NodeFormat.RoleOffset] == 0);

    private static IEnumerable<PageNumber> PagesOfKind(byte[] main, byte kind)
    {
        for (uint page = 3; page < main.Length / PageSize; page++)
        {
            ReadOnlySpan<byte> bytes =
                main.AsSpan(((int)page * PageSize) + PayloadOffset, PageSize - PayloadOffset);
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) == NodeFormat.Magic
                && bytes[NodeFormat.KindOffset] == kind)
            {
                yield return new PageNumber(page);
            }
        }
    }

    private static uint FieldOf(byte[] main, PageNumber page, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(
            main.AsSpan(((int)page.Value * PageSize) + PayloadOffset + offset));

    /// <summary>Where the first value reference of a leaf is; 0 for none.</summary>
    private static int OverflowCellOf(byte[] main, PageNumber page)
    {
        ReadOnlySpan<byte> bytes =
            main.AsSpan(((int)page.Value * PageSize) + PayloadOffset, PageSize - PayloadOffset);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[NodeFormat.CountOffset..]);
        for (int slot = 0; slot < count; slot++)
        {
            int cell = BinaryPrimitives.ReadUInt16LittleEndian(
                bytes[(NodeFormat.HeaderBytes + (slot * NodeFormat.SlotBytes) + 4)..]);
            int suffix = BinaryPrimitives.ReadUInt16LittleEndian(bytes[cell..]);
            int tail = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(cell + 2)..]);
            if ((tail & NodeFormat.OverflowFlag) != 0)
            {
                return cell + NodeFormat.LeafCellHeader + suffix;
            }
        }

        return 0;
    }

    private delegate void PageChange(Span<byte> payload);
}
