using FsCheck;
using FsCheck.Fluent;
using Quire.Fuzz;
using Quire.Journal;
using Quire.Pager;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.Properties;

/// <summary>What is written is read back, and anything else is noticed.</summary>
public sealed class FormatRoundTripTests
{
    private const int PageSize = 512;

    [Fact]
    public void A_header_is_read_back_as_it_was_written() => ForAnySeed(random =>
    {
        int pageSize = 512 << random.Next(8);
        uint least = MainFormat.HeaderPages(pageSize) + 1;
        uint pages = least + (uint)random.Next(1, 1000);
        var header = new FileHeader
        {
            PageSize = pageSize,
            Protocol = CommitProtocol.Classic,
            ApplicationId = (uint)random.NextInt64(),
            UserVersion = (uint)random.NextInt64(),
            PageCount = pages,
            FreePages = (uint)random.Next((int)(pages - least) + 1),
            FreeHint = least + (uint)random.Next((int)(pages - least) + 1),
            Root = random.Next(2) == 0 ? PageNumber.None : new PageNumber(least),
            FileId = AnyGuid(random),
            ChangedBy = new TransactionNumber((ulong)random.NextInt64()),
        };
        byte[] sector = new byte[MainFormat.SectorBytes];
        header.WriteTo(sector);
        Assert.Null(FileHeader.TryRead(sector, out FileHeader read));
        Assert.Equal(header, read);
        ChangeOneByte(sector, random);
        Assert.NotNull(FileHeader.TryRead(sector, out _));
    });

    [Fact]
    public void A_marker_is_read_back_as_it_was_written() => ForAnySeed(random =>
    {
        var marker = new MarkerSector(
            new TransactionNumber((ulong)random.Next(2) * (ulong)random.NextInt64()),
            new TransactionNumber((ulong)random.NextInt64()),
            (ulong)random.NextInt64(),
            AnyGuid(random));
        byte[] sector = new byte[MainFormat.SectorBytes];
        marker.WriteTo(sector);
        Assert.True(MarkerSector.TryRead(sector, out MarkerSector read));
        Assert.Equal(marker, read);
        ChangeOneByte(sector, random);
        Assert.False(MarkerSector.TryRead(sector, out _));
    });

    [Fact]
    public void A_journal_header_is_read_back_as_it_was_written() => ForAnySeed(random =>
    {
        JournalHeader header = AnyJournalHeader(random);
        byte[] sector = new byte[JournalHeader.SizeBytes];
        header.WriteTo(sector);
        Assert.Equal(
            JournalHeaderCondition.Valid, JournalHeader.TryRead(sector, out JournalHeader read));
        Assert.Equal(header, read);
        ChangeOneByte(sector, random);
        Assert.NotEqual(JournalHeaderCondition.Valid, JournalHeader.TryRead(sector, out _));
    });

    [Fact]
    public void A_sealed_journal_is_scanned_as_it_was_staged() => ForAnySeed(random =>
    {
        (byte[] journal, List<(FrameKind, PageNumber, byte[])> frames, int end) = Stage(random);
        JournalScan scan = Scan(journal, out List<(FrameKind, PageNumber, byte[])> found);
        Assert.Equal(JournalCondition.Sealed, scan.Condition);
        Assert.Equal(frames.Count, found.Count);
        Assert.All(frames.Zip(found), pair =>
        {
            Assert.Equal(pair.First.Item1, pair.Second.Item1);
            Assert.Equal(pair.First.Item2, pair.Second.Item2);
            Assert.Equal(pair.First.Item3, pair.Second.Item3);
        });

        // Cut off anywhere before the end of the seal, or changed anywhere, it is not sealed.
        int cut = random.Next(end);
        Assert.NotEqual(JournalCondition.Sealed, Scan(journal[..cut], out _).Condition);
        int at = random.Next(2) == 0 ? random.Next(512) : random.Next(4096, end);
        journal[at] ^= (byte)random.Next(1, 256);
        Assert.NotEqual(JournalCondition.Sealed, Scan(journal, out _).Condition);
    });

    [Fact]
    public void Staging_goes_on_behind_a_seal_that_was_taken_back() => ForAnySeed(random =>
    {
        var disk = new MemoryDisk();
        using IStorageFile file = OpenJournal(disk);
        var writer = new JournalWriter(file, PageSize, long.MaxValue);
        JournalHeader header = AnyJournalHeader(random);
        writer.Create(header);
        writer.Begin(header, new TransactionNumber(5));
        int count = 0;
        for (int seals = random.Next(1, 4); seals >= 0; seals--)
        {
            for (int i = random.Next(0, 300); i >= 0; i--)
            {
                writer.Append(FrameKind.Page, new PageNumber((uint)++count), new byte[PageSize]);
            }

            ulong seal = writer.Seal();
            JournalScan scan = JournalScan.Read(file, header.FileId, PageSize);
            Assert.Equal(JournalCondition.Sealed, scan.Condition);
            Assert.Equal(seal, scan.SealChecksum);
            Assert.Equal(count, scan.Frames.Count);
        }

        writer.Clear();
        Assert.Equal(
            JournalCondition.Empty, JournalScan.Read(file, header.FileId, PageSize).Condition);
    }, runs: 20);

    private static (byte[] Journal, List<(FrameKind, PageNumber, byte[])> Frames, int End) Stage(
        Random random)
    {
        var disk = new MemoryDisk();
        using IStorageFile file = OpenJournal(disk);
        var writer = new JournalWriter(file, PageSize, long.MaxValue);
        JournalHeader header = AnyJournalHeader(random);
        writer.Create(header);
        writer.Begin(header, new TransactionNumber(1 + (ulong)random.Next(100)));
        var frames = new List<(FrameKind, PageNumber, byte[])>();
        for (int i = random.Next(1, 12); i > 0; i--)
        {
            bool isHeader = random.Next(5) == 0;
            byte[] image = new byte[isHeader ? 512 : PageSize];
            random.NextBytes(image);
            FrameKind kind = isHeader ? FrameKind.Header : FrameKind.Page;
            var page = new PageNumber((uint)random.Next(1, 50));
            writer.Append(kind, page, image);
            frames.Add((kind, page, image));
        }

        writer.Seal();
        return (disk.Get(FileState.JournalPath), frames, (int)writer.Position);
    }

    private static JournalScan Scan(
        byte[] journal, out List<(FrameKind, PageNumber, byte[])> frames)
    {
        var disk = new MemoryDisk();
        disk.Put(FileState.JournalPath, journal);
        using IStorageFile file = OpenJournal(disk);
        JournalScan scan = JournalScan.Read(file, null, null);
        frames = [];
        foreach (JournalFrame frame in scan.Frames)
        {
            byte[] image = new byte[frame.Length];
            JournalWriter.ReadImage(file, frame, image);
            frames.Add((frame.Kind, frame.Page, image));
        }

        return scan;
    }

    private static IStorageFile OpenJournal(MemoryDisk disk) =>
        ((IFileSystem)disk.StartProcess()).Open(FileState.JournalPath, FileOpenMode.OpenOrCreate);

    private static JournalHeader AnyJournalHeader(Random random) => new(
        AnyGuid(random), PageSize, (ulong)random.NextInt64(), new TransactionNumber(0));

    private static Guid AnyGuid(Random random)
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private static void ChangeOneByte(byte[] bytes, Random random) =>
        bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);

    /// <summary>A failure prints the seed.</summary>
    private static void ForAnySeed(Action<Random> property, int runs = 200) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(runs),
        Prop.ForAll(
            Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed => property(new Random(seed))));
}
