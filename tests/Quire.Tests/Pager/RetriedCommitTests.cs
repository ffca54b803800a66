using Quire.Fuzz;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>What a transaction may do after its commit failed before the commit point.</summary>
public sealed class RetriedCommitTests
{
    private const string Path = FileState.MainPath;

    [Fact]
    public void A_root_taken_back_after_a_busy_commit_is_not_brought_back_by_recovery()
    {
        var disk = new MemoryDisk();
        MemoryProcess process = disk.StartProcess();
        using (PageFile file = Open(process))
        {
            using WriteTransaction write = file.BeginWrite();
            PageNumber page = write.Allocate();
            write.Write(page)[0] = 1;
            write.Root = page;
            write.Commit();
        }

        // Never disposed: its process is killed in the second commit.
        process = disk.StartProcess();
        PageFile killed = Open(process, new KillAt(process, ProtocolStep.C5));
        WriteTransaction retried = killed.BeginWrite();
        PageNumber root = retried.Root;
        retried.Write(root)[0] = 2;
        retried.Root = PageNumber.None;
        using (PageFile other = Open(disk.StartProcess()))
        using (other.BeginRead())
        {
            Assert.Throws<BusyException>(() => retried.Commit());
        }

        retried.Root = root;
        Assert.Throws<ProcessKilledException>(() => retried.Commit());

        using PageFile after = Open(disk.StartProcess());
        using ReadTransaction read = after.BeginRead();
        Assert.False(read.Root.IsNone);
        Assert.Equal(2, read.Read(read.Root)[0]);
    }

    [Fact]
    public void A_transaction_whose_allocation_found_the_disk_full_cannot_be_committed()
    {
        var disk = new MemoryDisk();
        using PageFile file = Open(disk.StartProcess());
        using (WriteTransaction write = file.BeginWrite())
        {
            disk.CapacityBytes = 80 * 1024;
            Assert.Throws<StorageFullException>(() => Grow(write, 1000));

            disk.CapacityBytes = 1 << 20;
            Assert.Throws<InvalidOperationException>(() => write.Commit());
        }

        using ReadTransaction read = file.BeginRead();
        Assert.Equal(0ul, read.Number.Value);
        Assert.Empty(read.Verify().Problems);
    }

    /// <summary>
    /// The seal that found no space must not stay in the chain: frames staged after it would be cut
    /// off, and a commit killed at C5 could not be played back.
    /// </summary>
    [Fact]
    public void A_commit_that_found_the_disk_full_goes_on_and_can_be_recovered()
    {
        var disk = new MemoryDisk();
        using (PageFile file = Open(disk.StartProcess()))
        {
            using WriteTransaction write = file.BeginWrite();
            Grow(write, 1);
            write.Commit();
        }

        MemoryProcess dying = disk.StartProcess();
        PageFile killed = Open(dying, new KillAt(dying, ProtocolStep.C5));
        WriteTransaction retried = killed.BeginWrite();
        Grow(retried, 120);
        disk.CapacityBytes = 1024;
        Assert.Throws<StorageFullException>(() => retried.Commit());

        disk.CapacityBytes = 1 << 20;
        Grow(retried, 3);
        Assert.Throws<ProcessKilledException>(() => retried.Commit());

        using PageFile after = Open(disk.StartProcess());
        using ReadTransaction read = after.BeginRead();
        Assert.Equal(2ul, read.Number.Value);
        Assert.Empty(read.Verify().Problems);
    }

    private static void Grow(WriteTransaction write, int pages)
    {
        for (int i = 0; i < pages; i++)
        {
            write.Write(write.Allocate()).Fill(7);
        }
    }

    private static PageFile Open(MemoryProcess process, ProtocolObserver? observer = null) =>
        PageFile.Open(Path, new PageFileOptions
        {
            Host = process.Host,
            PageSize = 512,
            StagingBytes = 0,
            LockTimeout = TimeSpan.Zero,
            Observer = observer,
        });

    private sealed class KillAt(MemoryProcess process, ProtocolStep step) : ProtocolObserver
    {
        public override void OnStep(ProtocolStep reached)
        {
            if (reached == step)
            {
                process.Kill();
                throw new ProcessKilledException();
            }
        }
    }
}
