using Quire.Fuzz;
using Quire.Journal;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.Corruption;

/// <summary>
/// Journals whose every checksum is right and whose contents are not. Main is as a writer left it
/// that died at C5; nothing may be written to it before all of the journal has been checked.
/// </summary>
public sealed class HostileJournalTests
{
    private readonly FileState _state = new StateFactory().KilledAt(ProtocolStep.C5);

    private Guid FileId => new(_state.Main.AsSpan(40, 16));

    private TransactionNumber Number => new(BitConverter.ToUInt64(_state.Main, 512 + 8));

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(10u)]
    [InlineData(uint.MaxValue)]
    public void A_frame_for_a_page_that_cannot_be_is_refused(uint page) =>
        AssertRefused(
            journal => journal.Append(FrameKind.Page, new PageNumber(page), AnyPage(page)));

    [Fact]
    public void A_staged_header_in_the_place_of_a_page_is_refused() => AssertRefused(journal =>
        journal.Append(FrameKind.Header, new PageNumber(4), _state.Main.AsSpan(0, 512)));

    [Fact]
    public void A_staged_header_with_another_file_id_is_refused() => AssertRefused(journal =>
        journal.Append(
            FrameKind.Header,
            PageNumber.None,
            Damaged.WithField(_state.Main, 0, 40, 8, 5).AsSpan(0, 512)));

    [Fact]
    public void A_staged_header_with_another_page_size_is_refused() => AssertRefused(journal =>
        journal.Append(
            FrameKind.Header,
            PageNumber.None,
            Damaged.WithField(_state.Main, 0, 10, 1, 12).AsSpan(0, 512)));

    [Fact]
    public void A_staged_header_of_the_sealed_protocol_is_refused() => AssertRefused(journal =>
        journal.Append(
            FrameKind.Header,
            PageNumber.None,
            Damaged.WithField(_state.Main, 0, 11, 1, 2).AsSpan(0, 512)));

    [Fact]
    public void A_staged_header_that_is_none_is_refused() => AssertRefused(journal =>
        journal.Append(FrameKind.Header, PageNumber.None, new byte[512]));

    [Fact]
    public void A_bad_frame_behind_good_ones_is_refused_before_they_are_applied() =>
        AssertRefused(journal =>
        {
            for (uint page = 3; page < 8; page++)
            {
                journal.Append(FrameKind.Page, new PageNumber(page), AnyPage(page));
            }

            journal.Append(FrameKind.Page, new PageNumber(4_000_000_000), AnyPage(1));
        });

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public void A_seal_with_another_count_is_no_seal(int more)
    {
        byte[] journal = [.. _state.Journal];
        int seal = FindSeal(journal);
        uint count = BitConverter.ToUInt32(journal, seal + 4);
        BitConverter.TryWriteBytes(journal.AsSpan(seal + 4), unchecked((uint)(count + more)));
        byte[] main = [.. _state.Main];
        ChecksumRepair.NameSeal(main, ChecksumRepair.Journal(journal, 512));
        Damaged.AssertRefused(main, journal, QuireErrorCode.Corrupt);
    }

    [Fact]
    public void A_sealed_transaction_that_the_marker_does_not_name_is_refused()
    {
        byte[] journal = [.. _state.Journal];
        journal[4096 + 40 + 100] ^= 1;
        ChecksumRepair.Journal(journal, 512);
        Damaged.AssertRefused(_state.Main, journal, QuireErrorCode.Corrupt);
    }

    [Fact]
    public void Of_several_images_of_a_page_the_last_counts()
    {
        (byte[] main, byte[] journal) = Forge(writer =>
        {
            foreach (byte fill in (byte[])[1, 2, 3])
            {
                byte[] page = AnyPage(4, fill);
                writer.Append(FrameKind.Page, new PageNumber(4), page);
            }
        });
        using PageFile file = Damaged.Open(
            Damaged.DiskWith(main, journal), PageFileMode.OpenExisting);
        using ReadTransaction read = file.BeginRead();
        Assert.Equal(3, read.Read(new PageNumber(4))[0]);
    }

    [Fact]
    public void A_journal_of_a_later_version_is_not_made_anew()
    {
        FileState clean = new StateFactory().Clean();
        byte[] journal = Damaged.WithField(clean.Journal, 0, 8, 2, 2);
        Damaged.AssertWriterRefuses(clean.Main, journal, QuireErrorCode.ForeignJournal);

        // What this release calls the page size may be something else there.
        journal = Damaged.WithField(journal, 0, 10, 1, 0);
        Damaged.AssertWriterRefuses(clean.Main, journal, QuireErrorCode.ForeignJournal);
    }

    private void AssertRefused(Action<JournalWriter> stage)
    {
        (byte[] main, byte[] journal) = Forge(stage);
        MemoryDisk disk = Damaged.DiskWith(main, journal);
        MemoryProcess process = disk.StartProcess();
        Assert.ThrowsAny<QuireException>(
            () => Damaged.Open(disk, PageFileMode.OpenExisting, process));
        Assert.Equal(0, process.Changes);
        Assert.Equal(main, disk.Get(FileState.MainPath));
        Assert.Equal(journal, disk.Get(FileState.JournalPath));
    }

    /// <summary>
    /// A journal as the engine's own writer seals it, and a marker that names it.
    /// </summary>
    private (byte[] Main, byte[] Journal) Forge(Action<JournalWriter> stage)
    {
        MemoryDisk disk = Damaged.DiskWith(_state.Main, _state.Journal);
        using IStorageFile file =
            ((IFileSystem)disk.StartProcess()).Open(FileState.JournalPath, FileOpenMode.ReadWrite);
        var writer = new JournalWriter(file, 512, long.MaxValue);
        ulong salt = BitConverter.ToUInt64(_state.Journal, 40);
        writer.Begin(new JournalHeader(FileId, 512, salt, default), Number);
        stage(writer);
        byte[] main = [.. _state.Main];
        ChecksumRepair.NameSeal(main, writer.Seal());
        return (main, disk.Get(FileState.JournalPath));
    }

    private byte[] AnyPage(uint number, byte fill = 9)
    {
        byte[] page = new byte[512];
        BitConverter.TryWriteBytes(page.AsSpan(16), number);
        page[20] = 2;
        page.AsSpan(24).Fill(fill);
        ChecksumRepair.Page(page, FileId.ToByteArray());
        return page;
    }

    private static int FindSeal(byte[] journal) => journal.AsSpan().IndexOf("SEAL"u8);
}
