using Quire.Fuzz;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.Corruption;

/// <summary>What verification says of each kind of damage, and that it goes on behind it.</summary>
public sealed class VerifyTests
{
    private readonly FileState _clean = new StateFactory().Clean();

    [Fact]
    public void A_sound_file_has_no_problems()
    {
        VerifyReport report = Verify(_clean.Main);
        Assert.Empty(report.Problems);
        Assert.Equal((6u, 1u), (report.PagesChecked, report.PagesFree));
    }

    [Fact]
    public void Each_damaged_page_is_reported_at_its_offset()
    {
        byte[] main = [.. _clean.Main];
        main[(3 * 512) + 200] ^= 1;
        main[(6 * 512) + 511] ^= 1;
        main[8 * 512] ^= 1;
        AssertProblems(main, (3 * 512, 3), (6 * 512, 6), (8 * 512, 8));
    }

    [Fact]
    public void Two_pages_that_changed_places_are_both_reported()
    {
        byte[] main = [.. _clean.Main];
        Copy(_clean.Main, 3, main, 6);
        Copy(_clean.Main, 6, main, 3);
        AssertProblems(main, (3 * 512, 3), (6 * 512, 6));
        Assert.Contains(
            "says that it is page 6", Verify(main).Problems[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_of_another_file_is_reported()
    {
        byte[] main = [.. _clean.Main];
        Copy(new StateFactory().Clean().Main, 4, main, 4);
        AssertProblems(main, (4 * 512, 4));
    }

    [Fact]
    public void An_intact_older_image_of_a_page_cannot_be_told()
    {
        byte[] main = [.. new StateFactory().CleanAfterTwo().Main];
        byte[] older = Damaged.WithPage(main, 3, page => page[100] ^= 1);
        Assert.Empty(Verify(older).Problems);
    }

    [Fact]
    public void A_damaged_map_page_does_not_hide_damage_behind_it()
    {
        byte[] main = [.. _clean.Main];
        main[(2 * 512) + 24] ^= 2;
        main[(7 * 512) + 30] ^= 1;
        IReadOnlyList<VerifyProblem> problems = Verify(main).Problems;
        Assert.Contains(problems, problem => problem.Offset == 2 * 512);
        Assert.Contains(problems, problem => problem.Offset == 7 * 512);
    }

    [Fact]
    public void A_map_that_disagrees_with_the_header_is_reported()
    {
        byte[] main = Damaged.WithPage(_clean.Main, 2, page => page[24] |= 1 << 3);
        AssertProblems(main, (5 * 512, 5), (0, 0));
    }

    [Fact]
    public void Bits_past_the_last_page_are_reported()
    {
        byte[] main = Damaged.WithPage(_clean.Main, 2, page => page[100] = 0xFF);
        AssertProblems(main, (2 * 512, 2));
    }

    [Fact]
    public void A_free_page_below_the_hint_is_reported()
    {
        byte[] main = Damaged.WithField(_clean.Main, 0, 28, 4, 9);
        AssertProblems(main, (5 * 512, 5));
    }

    [Fact]
    public void A_free_root_is_reported()
    {
        byte[] main = Damaged.WithField(_clean.Main, 0, 32, 4, 5);
        AssertProblems(main, (5 * 512, 5));
    }

    [Fact]
    public void A_data_page_of_the_kind_of_a_map_page_is_reported()
    {
        byte[] main = Damaged.WithPage(_clean.Main, 6, page => page[20] = 1);
        AssertProblems(main, (6 * 512, 6));
    }

    [Fact]
    public void Pages_past_the_end_are_reported_where_the_file_ends()
    {
        byte[] main = _clean.Main[..((6 * 512) + 100)];
        AssertProblems(main, ((6 * 512) + 100, 6));
        Assert.Contains("3 pages", Verify(main).Problems[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, 504)]
    [InlineData(600, 512)]
    public void A_sector_that_is_damaged_while_the_file_is_open_is_reported(int at, int offset)
    {
        var disk = new MemoryDisk();
        _clean.PutOn(disk);
        using PageFile file = Damaged.Open(disk, PageFileMode.OpenExisting);
        using ReadTransaction read = file.BeginRead();
        Overwrite(disk, at, (byte)(_clean.Main[at] ^ 1));
        Assert.Contains(read.Verify().Problems, problem => problem.Offset == offset);
    }

    [Fact]
    public void Room_that_a_power_cut_took_from_pages_that_are_free_is_no_damage()
    {
        // One transaction adds two pages and frees the last one again; power fails after its marker
        // reached the disk and before the room of that page did.
        var disk = new MemoryDisk();
        _clean.PutOn(disk);
        MemoryProcess process = disk.StartProcess();
        PageFile killed = Damaged.Open(disk, PageFileMode.OpenExisting, process);
        WriteTransaction write = killed.BeginWrite();
        write.Write(write.Root)[0] ^= 1;
        PageNumber[] pages = [write.Allocate(), write.Allocate(), write.Allocate()];
        write.Free(pages[2]);
        process.ChangesToLive = 6;
        Assert.Throws<ProcessKilledException>(() => write.Commit());
        byte[] main = disk.Get(FileState.MainPath);
        Assert.NotEqual(0, BitConverter.ToInt64(main, 512 + 8));
        disk.Put(FileState.MainPath, main.AsSpan(0, _clean.Main.Length));

        using PageFile file = Damaged.Open(disk, PageFileMode.OpenExisting);
        using ReadTransaction read = file.BeginRead();
        Assert.True(read.IsInUse(pages[1]));
        Assert.Equal((long)(read.PageCount - 1) * 512, file.GetInfo().LengthBytes);
        Assert.Empty(read.Verify().Problems);
    }

    private static void Overwrite(MemoryDisk disk, int at, byte value)
    {
        IFileSystem files = disk.StartProcess();
        using IStorageFile file =
            files.Open(FileState.MainPath, FileOpenMode.ReadWrite);
        file.Write(at, [value]);
    }

    private static void Copy(byte[] from, int source, byte[] to, int target) =>
        Array.Copy(from, source * 512, to, target * 512, 512);

    private void AssertProblems(byte[] main, params (long Offset, uint Page)[] expected) =>
        Assert.Equal(
            expected,
            Verify(main).Problems
                .Select(problem => (problem.Offset, problem.Page.Value))
                .ToArray());

    private VerifyReport Verify(byte[] main)
    {
        using PageFile file = Damaged.Open(
            Damaged.DiskWith(main, _clean.Journal), PageFileMode.OpenExisting);
        using ReadTransaction read = file.BeginRead();
        return read.Verify();
    }
}
