using Quire.Fuzz;
using Xunit;

namespace Quire.Tests.Corruption;

/// <summary>Numbers that pass their checksum and cannot be true.</summary>
public sealed class HeaderFieldTests
{
    private readonly FileState _clean = new StateFactory().Clean();
    private readonly FileState _cutShort = new StateFactory().KilledAt(ProtocolStep.C5);

    [Theory]
    [InlineData("version", 8, 2, 0, QuireErrorCode.UnsupportedVersion)]
    [InlineData("version", 8, 2, 2, QuireErrorCode.UnsupportedVersion)]
    [InlineData("page size", 10, 1, 8, QuireErrorCode.Corrupt)]
    [InlineData("page size", 10, 1, 17, QuireErrorCode.Corrupt)]
    [InlineData("page size", 10, 1, 255, QuireErrorCode.Corrupt)]
    [InlineData("protocol", 11, 1, 0, QuireErrorCode.Corrupt)]
    [InlineData("protocol", 11, 1, 2, QuireErrorCode.ForeignJournal)]
    [InlineData("protocol", 11, 1, 3, QuireErrorCode.Corrupt)]
    [InlineData("page count", 20, 4, 0, QuireErrorCode.Corrupt)]
    [InlineData("page count", 20, 4, 2, QuireErrorCode.Corrupt)]
    [InlineData("free pages", 24, 4, 7, QuireErrorCode.Corrupt)]
    [InlineData("free pages", 24, 4, uint.MaxValue, QuireErrorCode.Corrupt)]
    [InlineData("free hint", 28, 4, 2, QuireErrorCode.Corrupt)]
    [InlineData("free hint", 28, 4, 10, QuireErrorCode.Corrupt)]
    [InlineData("root", 32, 4, 1, QuireErrorCode.Corrupt)]
    [InlineData("root, the map page", 32, 4, 2, QuireErrorCode.Corrupt)]
    [InlineData("root", 32, 4, 9, QuireErrorCode.Corrupt)]
    [InlineData("file id", 40, 8, 1, QuireErrorCode.Corrupt)]
    public void A_header_field_out_of_range_is_refused(
        string field, int offset, int size, uint value, QuireErrorCode code)
    {
        byte[] main = Damaged.WithField(_clean.Main, 0, offset, size, value);
        QuireException error = Damaged.AssertRefused(main, _clean.Journal, code);
        Assert.True(error.Message.Any(char.IsAsciiDigit), $"{field}: {error.Message}");
    }

    [Fact]
    public void A_root_on_a_later_map_page_is_refused()
    {
        byte[] main = Damaged.WithField(_clean.Main, 0, 20, 4, 5000);
        main = Damaged.WithField(main, 0, 32, 4, 2 + 3904);
        Damaged.AssertRefused(main, _clean.Journal, QuireErrorCode.Corrupt);
    }

    [Theory]
    [InlineData(8, 2, 2)]
    public void A_file_of_a_later_release_is_not_recovered_although_its_marker_is_set(
        int offset, int size, uint value)
    {
        byte[] main = Damaged.WithField(_cutShort.Main, 0, offset, size, value);
        Damaged.AssertRefused(main, _cutShort.Journal, QuireErrorCode.UnsupportedVersion);
    }

    [Fact]
    public void Another_magic_is_not_a_quire_file()
    {
        byte[] main = [.. _clean.Main];
        main[7] &= 0x7F;
        Damaged.AssertRefused(main, _clean.Journal, QuireErrorCode.NotAQuireFile);
    }

    [Fact]
    public void The_last_transaction_number_is_read_and_not_written_past()
    {
        byte[] main = Damaged.WithField(_clean.Main, 512, 16, 8, ulong.MaxValue);
        MemoryDisk disk = Damaged.DiskWith(main, _clean.Journal);
        using PageFile file = Damaged.Open(disk, PageFileMode.OpenExisting);
        using (ReadTransaction read = file.BeginRead())
        {
            Assert.Equal(ulong.MaxValue, read.Number.Value);
        }

        Assert.Throws<CorruptFileException>(() => file.BeginWrite());
        Assert.Equal(main, disk.Get(FileState.MainPath));
    }

    [Fact]
    public void A_map_page_that_says_it_is_free_is_not_given_away()
    {
        const int secondMap = 2 + 3904;
        var disk = new MemoryDisk();
        _clean.PutOn(disk);
        using (PageFile file = Damaged.Open(disk, PageFileMode.OpenExisting))
        using (WriteTransaction write = file.BeginWrite())
        {
            while (write.PageCount < secondMap + 3)
            {
                write.Allocate();
            }

            write.Commit();
        }

        byte[] main = Damaged.WithPage(
            disk.Get(FileState.MainPath), secondMap, page => page[24] &= 0xFE);
        main = Damaged.WithField(main, 0, 24, 4, 1);
        main = Damaged.WithField(main, 0, 28, 4, secondMap);
        using PageFile damaged = Damaged.Open(
            Damaged.DiskWith(main, _clean.Journal), PageFileMode.OpenExisting);
        using (ReadTransaction read = damaged.BeginRead())
        {
            Assert.Contains(read.Verify().Problems, problem => problem.Offset == secondMap * 512);
        }

        using WriteTransaction writing = damaged.BeginWrite();
        Assert.Throws<CorruptFileException>(() => writing.Allocate());
    }

    [Fact]
    public void Counts_that_a_commit_would_make_impossible_are_not_committed()
    {
        byte[] main = Damaged.WithField(_clean.Main, 0, 24, 4, 6);
        MemoryDisk disk = Damaged.DiskWith(main, _clean.Journal);
        using PageFile file = Damaged.Open(disk, PageFileMode.OpenExisting);
        using (WriteTransaction write = file.BeginWrite())
        {
            write.Free(new PageNumber(4));
            Assert.Throws<CorruptFileException>(() => write.Commit());
        }

        Assert.Equal(main, disk.Get(FileState.MainPath));
    }

    [Fact]
    public void A_page_count_of_four_thousand_millions_is_verified_in_bounded_time()
    {
        byte[] main = Damaged.WithField(_clean.Main, 0, 20, 4, uint.MaxValue);
        MemoryDisk disk = Damaged.DiskWith(main, _clean.Journal);
        MemoryProcess process = disk.StartProcess();
        process.OperationsAllowed = 1000;
        using PageFile file = Damaged.Open(disk, PageFileMode.OpenExisting, process);
        using ReadTransaction read = file.BeginRead();
        Assert.Contains(read.Verify().Problems, problem => problem.Offset == main.Length);
    }
}
