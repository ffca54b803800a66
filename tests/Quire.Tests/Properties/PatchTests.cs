using FsCheck;
using FsCheck.Fluent;
using Quire.Fuzz;
using Quire.Journal;
using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Properties;

/// <summary>
/// Records that hold of a page what has changed: docs/protocol.md, "Patches". What a log makes of a
/// main file that has nothing of it is the file that its writers saw.
/// </summary>
public sealed class PatchTests : IDisposable
{
    private const int PageSize = 512;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_patch_makes_the_page_what_it_became() => ForAnySeed(random =>
    {
        byte[] before = new byte[PageSize << random.Next(8)];
        random.NextBytes(before);
        byte[] after = [.. before];
        for (int i = random.Next(6); i > 0; i--)
        {
            int at = random.Next(after.Length);
            random.NextBytes(after.AsSpan(at, random.Next(Math.Min(80, after.Length - at) + 1)));
        }

        byte[] room = new byte[2 * PageSize];
        int length = PagePatch.Write(before, after, room);
        Assert.InRange(length, PagePatch.HeaderBytes, PagePatch.HeaderBytes + (6 * 92));
        Assert.Equal(length, PagePatch.LengthOf(room));
        Assert.Null(PagePatch.Apply(room.AsSpan(0, length), before));
        Assert.Equal(after, before);
    });

    [Fact]
    public void A_patch_that_has_no_room_is_none()
    {
        byte[] after = new byte[PageSize];
        after.AsSpan().Fill(1);
        byte[] room = new byte[PagePatch.LimitBytes(PageSize)];
        Assert.Equal(0, PagePatch.Write(new byte[PageSize], after, room));
        after.AsSpan(room.Length - 8).Clear();
        Assert.Equal(room.Length, PagePatch.Write(new byte[PageSize], after, room));
    }

    [Fact]
    public void A_patch_of_any_bytes_is_applied_or_refused() => ForAnySeed(random =>
    {
        byte[] patch = new byte[random.Next(PagePatch.HeaderBytes, 64)];
        random.NextBytes(patch);
        patch[2] = (byte)random.Next(4);
        patch[3] = 0;
        for (int at = PagePatch.HeaderBytes; at + 4 <= patch.Length; at += 4 + random.Next(8))
        {
            patch[at + 1] = (byte)random.Next(3);
            patch[at + 2] = (byte)random.Next(9);
            patch[at + 3] = 0;
        }

        byte[] page = new byte[PageSize];
        string? problem = PagePatch.Apply(patch, page);
        Assert.True(problem is null || problem.Length > 0);
    });

    [Fact]
    public void Small_changes_are_patched_once_the_log_has_the_page()
    {
        string path = Create();
        using PageFile file = Open(path);
        Assert.Equal(["Page"], Commit(file, 7));
        Assert.Equal(["Patch"], Commit(file, 7));
        Assert.Equal(["Page", "Patch"], Commit(file, 8, 7));
        file.Checkpoint();
        Assert.Equal(["Page"], Commit(file, 7));

        // Another process does not know what this one has put there.
        using PageFile other = Open(path);
        Assert.Equal(["Page"], Commit(other, 7));
        Assert.Equal(["Patch"], Commit(file, 7));
        Assert.Equal(["Patch"], Commit(other, 7));

        IReadOnlyList<string> Commit(PageFile by, params uint[] pages)
        {
            by.Update(write =>
            {
                foreach (uint page in pages)
                {
                    write.Write(new PageNumber(page))[3]++;
                }
            });
            return [.. Records(path)[^1].Frames.Select(frame => $"{frame.Kind}").Order()];
        }
    }

    [Fact]
    public void A_patch_without_an_image_before_it_is_refused_and_main_left_alone()
    {
        string path = Create();
        using (PageFile file = Open(path))
        {
            file.Update(write => write.Write(new PageNumber(7))[3]++);
        }

        byte[] main = File.ReadAllBytes(path);
        using (IStorageFile journal = OpenJournal(path))
        {
            JournalHeader header = LogScan.Read(journal, null, null).Header;
            var writer = new JournalWriter(journal, PageSize, long.MaxValue);
            writer.Begin(header, header.BaseNumber.Next, LogPosition.Beginning(header));
            writer.NoteImage(new PageNumber(7));
            byte[] after = new byte[PageSize];
            after[100] = 1;
            Assert.NotNull(writer.AppendPatch(new PageNumber(7), new byte[PageSize], after));
            writer.Seal();
        }

        var refused = Assert.Throws<CorruptFileException>(() => Open(path));
        Assert.Contains("no image", refused.Message, StringComparison.Ordinal);
        Assert.Equal(main, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_patch_of_something_else_is_refused_and_main_left_alone()
    {
        string path = Create();
        byte[] main = File.ReadAllBytes(path);
        using (IStorageFile journal = OpenJournal(path))
        {
            JournalHeader header = LogScan.Read(journal, null, null).Header;
            var writer = new JournalWriter(journal, PageSize, long.MaxValue);
            writer.Begin(header, header.BaseNumber.Next, LogPosition.Beginning(header));
            byte[] image = main[(7 * PageSize)..(8 * PageSize)];
            writer.Append(FrameKind.Page, new PageNumber(7), image);
            writer.NoteImage(new PageNumber(7));
            byte[] after = [.. image];
            after[100] ^= 1;
            Assert.NotNull(writer.AppendPatch(new PageNumber(7), image, after));
            writer.Seal();
        }

        var refused = Assert.Throws<CorruptFileException>(() => Open(path));
        Assert.Contains("page 7 has checksum", refused.Message, StringComparison.Ordinal);
        Assert.Equal(main, File.ReadAllBytes(path));
    }

    /// <summary>
    /// Two connections, transactions of all kinds, and then only the log and the main file that it
    /// began with.
    /// </summary>
    [Fact]
    public void A_log_of_patches_makes_of_an_old_main_what_its_writers_saw()
    {
        int patches = 0;
        ForAnySeed(
            random =>
            {
                string path = Create(pages: 200);
                byte[] before = File.ReadAllBytes(path);
                using PageFile one = Open(path);
                using PageFile two = Open(path);
                for (int i = 0; i < 30; i++)
                {
                    (PageFile by, PageFile beside) = random.Next(4) > 0 ? (one, two) : (two, one);
                    PatchTransactions.Run(by, beside, random);
                }

                patches += Records(path).Sum(
                    record => record.Frames.Count(frame => frame.Kind == FrameKind.Patch));
                string copy = _folder.File($"{Guid.NewGuid():N}.quire");
                File.Copy(path + "-journal", copy + "-journal");
                File.WriteAllBytes(copy, before);
                using PageFile recovered = Open(copy);
                Assert.True(FileContents.Read(recovered).Matches(FileContents.Read(one)));
                using ReadTransaction read = recovered.BeginRead();
                Assert.Empty(read.Verify().Problems);
            },
            runs: 25);
        Assert.True(patches > 500, $"{patches} patches");
    }

    private static PageFile Open(string path) => PageFile.Open(
        path,
        new PageFileOptions { StagingBytes = 0, CheckpointBytes = long.MaxValue, CacheBytes = 20_000 });

    private static IReadOnlyList<LogRecord> Records(string path)
    {
        using IStorageFile journal = OpenJournal(path);
        return LogScan.Read(journal, null, null).Records;
    }

    private static IStorageFile OpenJournal(string path) =>
        OperatingSystemHost.Create().Files.Open(path + "-journal", FileOpenMode.ReadWrite);

    /// <summary>A closed file; its log is empty, and page 3 its first data page, the root.</summary>
    private string Create(int pages = 10)
    {
        string path = _folder.File($"{Guid.NewGuid():N}.quire");
        using PageFile file = PageFile.Open(
            path, new PageFileOptions { PageSize = PageSize, Protocol = CommitProtocol.Sealed });
        using WriteTransaction write = file.BeginWrite();
        for (int i = 0; i < pages; i++)
        {
            PageNumber page = write.Allocate();
            write.Write(page).Fill((byte)i);
            write.Root = write.Root.IsNone ? page : write.Root;
        }

        write.Commit();
        return path;
    }

    /// <summary>A failure prints the seed.</summary>
    private static void ForAnySeed(Action<Random> property, int runs = 300) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(runs),
        Prop.ForAll(
            Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed => property(new Random(seed))));
}
