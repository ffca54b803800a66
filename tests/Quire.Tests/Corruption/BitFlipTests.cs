using Quire.Fuzz;
using Quire.Journal;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Corruption;

/// <summary>
/// Every single bit of both files, in every state that matters, is flipped; each time the file is
/// opened, read whole, verified and written to. See <see cref="Oracle"/> for what is demanded.
/// </summary>
public sealed class BitFlipTests
{
    public static TheoryData<string> States => [.. Names.Keys];

    private static readonly Dictionary<string, Func<StateFactory, FileState>> Names = new()
    {
        ["clean"] = factory => factory.CleanAfterTwo(),
        ["sealed, marker not set"] = factory => factory.KilledAt(ProtocolStep.C3),
        ["marker set"] = factory => factory.KilledAt(ProtocolStep.C5),
        ["marker clear, journal sealed"] = factory => factory.KilledAt(ProtocolStep.C9),
    };

    [Theory]
    [MemberData(nameof(States))]
    public void A_flipped_bit_of_the_main_file_is_an_error_or_no_matter(string name)
    {
        FileState state = Names[name](new StateFactory());
        int refused = FlipEachBit(state, state.Main, state.Main.Length, out int harmed);

        // With the marker set, the header, the marker and the changed pages come from the journal.
        Assert.Equal(name.StartsWith("marker set", StringComparison.Ordinal), refused == 0);
        Assert.True(harmed > 0, "no flip ever damaged a page");
    }

    [Theory]
    [MemberData(nameof(States))]
    public void A_flipped_bit_of_the_journal_is_an_error_or_no_matter(string name)
    {
        FileState state = Names[name](new StateFactory());
        int used = LastUsedByte(state.Journal) + 64;
        FlipEachBit(state, state.Journal, used, out int harmed);
        Assert.Equal(0, harmed);
    }

    [Fact]
    public void A_flipped_bit_of_the_journal_that_is_needed_is_always_an_error()
    {
        FileState state = new StateFactory().KilledAt(ProtocolStep.C5);
        int end = EndOfSeal(state.Journal);
        var disk = new MemoryDisk();
        foreach (int at in Enumerable.Range(0, 512).Concat(Enumerable.Range(4096, end - 4096)))
        {
            state.PutOn(disk);
            byte[] flipped = [.. state.Journal];
            flipped[at] ^= 0x10;
            disk.Put(FileState.JournalPath, flipped);
            Verdict verdict = new Oracle(disk).Judge(state.Legal);
            Assert.True(verdict.IsRefused, $"byte {at} of the journal was not needed");
        }
    }

    [Fact]
    public void Flips_on_real_files_end_as_those_in_memory_do()
    {
        using var folder = new TempFolder();
        foreach (FileState state in (FileState[])
            [new StateFactory().Clean(), new StateFactory().KilledAt(ProtocolStep.C5)])
        {
            for (int bit = 3; bit < state.Main.Length * 8; bit += 997)
            {
                byte[] flipped = Flip(state.Main, bit);
                (string? onDisk, string? inMemory) = (
                    OpenReal(folder, flipped, state.Journal),
                    OpenInMemory(flipped, state.Journal));
                Assert.Equal(inMemory, onDisk);
            }
        }
    }

    private static int FlipEachBit(FileState state, byte[] file, int bytes, out int harmed)
    {
        var disk = new MemoryDisk();
        var oracle = new Oracle(disk) { Writes = false };
        var writingOracle = new Oracle(disk);
        string path =
            ReferenceEquals(file, state.Main) ? FileState.MainPath : FileState.JournalPath;
        int refused = 0;
        harmed = 0;
        for (int bit = 0; bit < bytes * 8; bit++)
        {
            state.PutOn(disk);
            disk.Put(path, Flip(file, bit));
            try
            {
                // A writer meets the same bytes; one bit of each byte is enough for it.
                Oracle judge = (bit & 7) == (bit >> 3 & 7) ? writingOracle : oracle;
                Verdict verdict = judge.Judge(state.Legal);
                refused += verdict.IsRefused ? 1 : 0;
                harmed += verdict.DamagedPages;
            }
            catch (OracleException failure)
            {
                Assert.Fail(
                    $"{state}: bit {bit & 7} of byte {bit >> 3} of {path}: {failure.Message}");
            }
        }

        return refused;
    }

    private static byte[] Flip(byte[] file, int bit)
    {
        byte[] flipped = [.. file];
        flipped[bit >> 3] ^= (byte)(1 << (bit & 7));
        return flipped;
    }

    private static int EndOfSeal(byte[] journal)
    {
        var disk = new MemoryDisk();
        disk.Put(FileState.JournalPath, journal);
        IFileSystem files = disk.StartProcess();
        using IStorageFile file = files.Open(FileState.JournalPath, FileOpenMode.ReadOnly);
        JournalScan scan = JournalScan.Read(file, null, null);
        Assert.Equal(JournalCondition.Sealed, scan.Condition);
        JournalFrame last = scan.Frames[^1];
        return (int)last.ImageOffset + last.Length + JournalFrameHeader.SizeBytes;
    }

    private static int LastUsedByte(byte[] journal) =>
        journal.AsSpan().LastIndexOfAnyExcept((byte)0);

    private static string? OpenReal(TempFolder folder, byte[] main, byte[] journal)
    {
        string path = folder.File("a.quire");
        File.WriteAllBytes(path, main);
        File.WriteAllBytes(path + "-journal", journal);
        return Use(path, new PageFileOptions { Mode = PageFileMode.OpenExisting });
    }

    private static string? OpenInMemory(byte[] main, byte[] journal)
    {
        var disk = new MemoryDisk();
        disk.Put(FileState.MainPath, main);
        disk.Put(FileState.JournalPath, journal);
        return Use(FileState.MainPath, new PageFileOptions
        {
            Mode = PageFileMode.OpenExisting,
            Host = disk.StartProcess().Host,
        });
    }

    /// <returns>The code of the error at opening, or the places of what verification
    /// found.</returns>
    private static string? Use(string path, PageFileOptions options)
    {
        try
        {
            using PageFile file = PageFile.Open(path, options);
            using ReadTransaction read = file.BeginRead();
            return string.Join(", ", read.Verify().Problems.Select(problem => problem.Offset));
        }
        catch (CorruptFileException error)
        {
            return $"{error.Code} at {error.Offset}";
        }
    }
}
