using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Protocol;

/// <summary>Schedules and crashes that once broke something, or nearly.</summary>
public sealed class CounterexampleTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// A busy commit has sealed a header; then the caller takes the change of the header back and
    /// commits again. Playback must not bring the taken-back header to life.
    /// </summary>
    [Fact]
    public void A_header_that_was_sealed_by_a_busy_commit_and_taken_back_is_not_played_back()
    {
        Stamp.Create(Path, 2, 1, Stamp.Classic);
        using PageFile reader = PageFile.Open(Path);
        var doomed = new TraceRecorder();
        PageFile file = PageFile.Open(Path, doomed.Options);
        WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, 2);
        write.Root = new PageNumber(2);
        write.UserVersion = 7;
        using (reader.BeginRead())
        {
            Assert.Throws<BusyException>(() => write.Commit());
        }

        write.Root = PageNumber.None;
        write.UserVersion = 0;
        doomed.DieAt = ProtocolStep.C6;
        Assert.Throws<SimulatedDeathException>(() => write.Commit());

        using ReadTransaction read = reader.BeginRead();
        Assert.Equal(2, Stamp.ReadAll(read));
        Assert.Equal((PageNumber.None, 0u), (read.Root, read.UserVersion));
    }

    /// <summary>
    /// A failed Allocate has counted a page that has no image. If the transaction could still be
    /// committed, the file would hold a page in use that nobody can read.
    /// </summary>
    [Fact]
    public void A_transaction_whose_staging_failed_cannot_be_committed()
    {
        Stamp.Create(Path, 2, 1);
        var full = new HookedHost();
        using (PageFile file = PageFile.Open(
            Path, new PageFileOptions { Host = full.Host, StagingBytes = 0 }))
        {
            using (WriteTransaction write = file.BeginWrite())
            {
                full.Before = request =>
                {
                    if (request.Kind == IoKind.Write)
                    {
                        throw new StorageFullException("injected");
                    }
                };
                Assert.Throws<StorageFullException>(() => Stamp.Grow(write, 1000));
                full.Before = null;
                Assert.Throws<InvalidOperationException>(() => write.Commit());
            }

            using WriteTransaction next = file.BeginWrite();
            Stamp.WriteAll(next, 2);
            next.Commit();
        }

        using PageFile again = PageFile.Open(Path);
        using ReadTransaction read = again.BeginRead();
        Assert.Empty(read.Verify().Problems);
        Assert.Equal(2, Stamp.ReadAll(read));
    }

    /// <summary>
    /// The last page was allocated and freed again, so no frame of the journal makes main long
    /// enough, and power failed before the sync of C4: the marker is on disk, the new length is
    /// not. That is no damage; and playback must not make up for it by a number read from a file.
    /// </summary>
    [Fact]
    public void The_room_of_a_page_that_was_freed_again_may_be_lost_with_power()
    {
        Stamp.Create(Path, 2, 1, Stamp.Classic);
        long length = new FileInfo(Path).Length;
        Dead.At(Path, ProtocolStep.C4, stage: write =>
        {
            Stamp.WriteAll(write, 2);
            write.Free(write.Allocate());
        });
        using (FileStream main = File.OpenWrite(Path))
        {
            main.SetLength(length);
        }

        using PageFile file = PageFile.Open(Path);
        using ReadTransaction read = file.BeginRead();
        Assert.Equal(2, Stamp.ReadAll(read));
        Assert.Empty(read.Verify().Problems);
    }

    /// <summary>Power failed at N3: of what was written, any sectors are there.</summary>
    [Theory]
    [InlineData(true, false, CommitProtocol.Classic)]
    [InlineData(false, true, CommitProtocol.Classic)]
    [InlineData(false, false, CommitProtocol.Classic)]
    [InlineData(true, false, CommitProtocol.Sealed)]
    [InlineData(false, true, CommitProtocol.Sealed)]
    [InlineData(false, false, CommitProtocol.Sealed)]
    public void A_creation_cut_short_at_N3_by_a_power_cut_starts_over(
        bool hasMarker, bool hasMap, CommitProtocol protocol)
    {
        LeaveCreationAt(ProtocolStep.N4, protocol);
        byte[] bytes = File.ReadAllBytes(Path);
        bytes.AsSpan(512, hasMarker ? 0 : 512).Clear();
        bytes.AsSpan(1024, hasMap ? 0 : bytes.Length - 1024).Clear();
        File.WriteAllBytes(Path, bytes);
        AssertIsCreated();
    }

    /// <summary>
    /// Power failed while the marker's sector, or the header's, was being written.
    /// </summary>
    [Theory]
    [InlineData(ProtocolStep.N4, 512, true, CommitProtocol.Classic)]
    [InlineData(ProtocolStep.N4, 512, false, CommitProtocol.Classic)]
    [InlineData(ProtocolStep.R2, 0, true, CommitProtocol.Classic)]
    [InlineData(ProtocolStep.R2, 0, false, CommitProtocol.Classic)]
    [InlineData(ProtocolStep.N4, 512, true, CommitProtocol.Sealed)]
    [InlineData(ProtocolStep.N4, 512, false, CommitProtocol.Sealed)]
    [InlineData(ProtocolStep.R2, 0, true, CommitProtocol.Sealed)]
    [InlineData(ProtocolStep.R2, 0, false, CommitProtocol.Sealed)]
    public void A_creation_that_left_a_torn_sector_starts_over(
        ProtocolStep step, int sector, bool hasBeginning, CommitProtocol protocol)
    {
        LeaveCreationAt(step, protocol);
        byte[] bytes = File.ReadAllBytes(Path);
        bytes.AsSpan(sector + (hasBeginning ? 40 : 0), hasBeginning ? 472 : 40).Clear();
        File.WriteAllBytes(Path, bytes);
        AssertIsCreated();
    }

    [Fact]
    public void A_file_that_begins_with_zeros_and_is_not_ours_is_left_alone()
    {
        byte[] bytes = new byte[5000];
        bytes[4000] = 1;
        File.WriteAllBytes(Path, bytes);
        Assert.Throws<CorruptFileException>(() => PageFile.Open(Path).Dispose());
        Assert.Equal(bytes, File.ReadAllBytes(Path));
        Assert.False(File.Exists(Path + "-journal"));
    }

    /// <summary>
    /// Damaged is not torn, and what was created or committed is not created anew.
    /// </summary>
    [Theory]
    [InlineData(true, CommitProtocol.Classic)]
    [InlineData(false, CommitProtocol.Classic)]
    [InlineData(true, CommitProtocol.Sealed)]
    [InlineData(false, CommitProtocol.Sealed)]
    public void A_damaged_header_is_an_error(bool hasCommits, CommitProtocol protocol)
    {
        byte[] bytes;
        do
        {
            // One checksum in 256 ends in a zero, as a torn sector does; nothing is lost then
            // either.
            File.Delete(Path);
            File.Delete(Path + "-journal");
            PageFile.Open(Path, new PageFileOptions { Protocol = protocol }).Dispose();
            if (hasCommits)
            {
                Stamp.Create(Path, 1, 1);
            }

            bytes = File.ReadAllBytes(Path);
        }
        while (bytes[511] == 0);

        bytes[100] ^= 1;
        File.WriteAllBytes(Path, bytes);
        Assert.Throws<CorruptFileException>(() => PageFile.Open(Path).Dispose());
        Assert.Equal(bytes, File.ReadAllBytes(Path));
    }

    [Fact]
    public void A_journal_deleted_under_a_staging_writer_refuses_its_commit()
    {
        Stamp.Create(Path, 2, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path);
        using PageFile other = PageFile.Open(Path);
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.WriteAll(write, 2);
            File.Delete(Path + "-journal");

            // Another writer makes a journal of its own, and commits.
            using (WriteTransaction second = other.BeginWrite(TimeSpan.Zero))
            {
                Stamp.WriteAll(second, 3);
                second.Commit();
            }

            QuireException refused = Assert.Throws<QuireException>(() => write.Commit());
            Assert.Equal(QuireErrorCode.FileReplaced, refused.Code);
        }

        QuireException again = Assert.Throws<QuireException>(() => file.BeginWrite());
        Assert.Equal(QuireErrorCode.FileReplaced, again.Code);
        KeepsNumber(other, 3);
    }

    [Fact]
    public void A_main_file_copied_over_under_a_staging_writer_refuses_its_commit()
    {
        Stamp.Create(Path, 2, 1);
        Stamp.Create(_folder.File("b.quire"), 2, 50);

        // Compared each time, and not only when the last comparison is some milliseconds old.
        using PageFile file = PageFile.Open(Path, new PageFileOptions { SharesLooks = false });
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, 2);
        File.Move(_folder.File("b.quire"), Path, overwrite: true);
        QuireException refused = Assert.Throws<QuireException>(() => write.Commit());
        Assert.Equal(QuireErrorCode.FileReplaced, refused.Code);
    }

    /// <summary>
    /// A recoverer that found the marker set, and was slow to get main: meanwhile nothing it
    /// decided may count (R-G3). Here its journal lock keeps others out, so the marker it reads
    /// again is the same; a reader that came between must not see half of it.
    /// </summary>
    [Fact]
    public void A_reader_beside_a_recovery_sees_all_of_it_or_waits()
    {
        Stamp.Create(Path, 2, 1, Stamp.Classic);
        using PageFile reader = PageFile.Open(Path);
        Dead.At(Path, ProtocolStep.C5);
        var hooks = new HookedHost();
        int busy = 0;
        hooks.Before = request =>
        {
            if (FaultyFile.IsCounted(request))
            {
                BusyException waits = Assert.Throws<BusyException>(
                    () => reader.BeginRead(TimeSpan.Zero));
                Assert.Contains(waits.LockName, (string[])["main", "journal"]);
                busy++;
            }
        };
        using PageFile recovered = PageFile.Open(Path, new PageFileOptions { Host = hooks.Host });
        Assert.True(busy >= 6, $"{busy} requests");
        KeepsNumber(reader, 2);
    }

    [Fact]
    public void An_exception_of_an_observer_after_C3_leaves_the_journal_to_recovery()
    {
        foreach (ProtocolStep step in (ProtocolStep[])[ProtocolStep.C4, ProtocolStep.C6, ProtocolStep.C8])
        {
            string path = _folder.File($"{step}.quire");
            Stamp.Create(path, 2, 1, Stamp.Classic);
            using (PageFile file = PageFile.Open(
                path, new PageFileOptions { Observer = new Thrower(step) }))
            {
                using WriteTransaction write = file.BeginWrite();
                Stamp.WriteAll(write, 2);
                Assert.Throws<NotSupportedException>(() => write.Commit());
            }

            KillAftermath(path);
        }
    }

    private static void KillAftermath(string path)
    {
        using PageFile file = PageFile.Open(path);
        KeepsNumber(file, 2);
    }

    private static void KeepsNumber(PageFile file, long number)
    {
        using (ReadTransaction read = file.BeginRead())
        {
            Assert.Equal(number, Stamp.ReadAll(read));
            Assert.Empty(read.Verify().Problems);
        }

        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, number);
        write.Commit();
    }

    private void LeaveCreationAt(ProtocolStep step, CommitProtocol protocol)
    {
        var doomed = new TraceRecorder { DieAt = step };
        Assert.NotNull(Record.Exception(
            () => PageFile.Open(Path, doomed.Options with { Protocol = protocol })));
    }

    private void AssertIsCreated()
    {
        Stamp.Create(Path, 3, 1);
        using PageFile file = PageFile.Open(Path);
        KeepsNumber(file, 1);
    }

    private sealed class Thrower(ProtocolStep step) : ProtocolObserver
    {
        public override void OnStep(ProtocolStep reached)
        {
            if (reached == step)
            {
                throw new NotSupportedException();
            }
        }
    }
}
