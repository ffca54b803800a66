using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>What a user of a sealed file sees, on real files.</summary>
public sealed class SealedFileTests : IDisposable
{
    private static readonly PageFileOptions Sealed = new() { Protocol = CommitProtocol.Sealed };

    private readonly TempFolder _folder = new();

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_says_which_protocol_it_has_whatever_the_opener_asks_for()
    {
        Stamp.Create(Path, 1, 1, Sealed);
        using PageFile file = PageFile.Open(
            Path, new PageFileOptions { Protocol = CommitProtocol.Classic });
        Assert.Equal(CommitProtocol.Sealed, file.GetInfo().Protocol);
        Assert.Equal(1, Read(file));
    }

    [Fact]
    public void The_log_stays_near_its_limit_however_many_commits_there_are()
    {
        using PageFile file = PageFile.Open(Path, Sealed with { CheckpointBytes = 64 * 1024 });
        for (int number = 1; number <= 200; number++)
        {
            Write(file, number);
        }

        Assert.InRange(new FileInfo(Path + "-journal").Length, 1, 256 * 1024);
        Assert.Equal(200, Read(file));
    }

    [Fact]
    public void The_last_connection_leaves_a_main_file_that_does_without_its_journal()
    {
        using (PageFile file = PageFile.Open(Path, Sealed))
        using (PageFile other = PageFile.Open(Path))
        {
            Write(file, 1);
            Write(other, 2);
        }

        File.Delete(Path + "-journal");
        using PageFile again = PageFile.Open(Path);
        Assert.Equal(2, Read(again));
        Write(again, 3);
        Assert.Equal(3, Read(again));
    }

    [Fact]
    public void A_journal_that_is_missing_while_it_is_needed_is_an_error()
    {
        LeaveLog(3);
        File.Delete(Path + "-journal");
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => PageFile.Open(Path));
        Assert.Contains("-journal", error.Message);
    }

    [Fact]
    public void Who_may_only_read_is_told_that_recovery_may_be_needed()
    {
        LeaveLog(3);
        var readOnly = new PageFileOptions { Mode = PageFileMode.ReadOnly };
        QuireException error = Assert.Throws<QuireException>(() => PageFile.Open(Path, readOnly));
        Assert.Equal(QuireErrorCode.RecoveryNeeded, error.Code);
        using PageFile file = PageFile.Open(Path);
        using PageFile reader = PageFile.Open(Path, readOnly);
        Assert.Equal(3, Read(reader));
    }

    [Fact]
    public void A_commit_that_is_given_up_can_be_made_later_or_not_at_all()
    {
        Stamp.Create(Path, 1, 1, Sealed);
        using PageFile file = PageFile.Open(Path);
        using PageFile other = PageFile.Open(Path);
        using (WriteTransaction write = file.BeginWrite(TimeSpan.Zero))
        {
            Stamp.WriteAll(write, 2);
            using (other.BeginRead())
            {
                Assert.Throws<BusyException>(() => write.Commit());
            }

            Stamp.WriteAll(write, 3);
            write.Commit();
        }

        using (WriteTransaction write = file.BeginWrite(TimeSpan.Zero))
        {
            Stamp.WriteAll(write, 4);
            using (other.BeginRead())
            {
                Assert.Throws<BusyException>(() => write.Commit());
            }
        }

        Assert.Equal(3, Read(other));
        Write(other, 5);
        Assert.Equal(5, Read(file));
    }

    [Fact]
    public void A_new_file_is_sealed_on_a_local_file_system()
    {
        using PageFile file = PageFile.Open(Path);
        Assert.Equal(CommitProtocol.Sealed, file.GetInfo().Protocol);
    }

    [Fact]
    public void A_new_file_is_classic_where_the_file_system_is_not_local()
    {
        StorageHost host = OperatingSystemHost.Create();
        host = host with { Files = new RemoteFiles(host.Files) };
        using (PageFile file = PageFile.Open(Path, new PageFileOptions { Host = host }))
        {
            Assert.Equal(CommitProtocol.Classic, file.GetInfo().Protocol);
        }

        using PageFile asked = PageFile.Open(
            _folder.File("b.quire"), Sealed with { Host = host });
        Assert.Equal(CommitProtocol.Sealed, asked.GetInfo().Protocol);
    }

    [Fact]
    public void A_new_file_is_classic_where_locks_are_exclusive_only()
    {
        StorageHost host = OperatingSystemHost.Create(
            new OperatingSystemHostOptions { LockBackend = LockBackend.Portable });
        using (PageFile file = PageFile.Open(Path, new PageFileOptions { Host = host }))
        {
            Assert.Equal(CommitProtocol.Classic, file.GetInfo().Protocol);
        }

        string other = _folder.File("b.quire");
        QuireException error = Assert.Throws<QuireException>(
            () => PageFile.Open(other, Sealed with { Host = host }));
        Assert.Equal(QuireErrorCode.LockingUnsupported, error.Code);
        Assert.Equal(0, new FileInfo(other).Length);
        Assert.False(File.Exists(other + "-journal"));
    }

    [Fact]
    public void Locks_that_are_exclusive_only_are_refused()
    {
        Stamp.Create(Path, 1, 1, Sealed);
        StorageHost host = OperatingSystemHost.Create(
            new OperatingSystemHostOptions { LockBackend = LockBackend.Portable });
        QuireException error = Assert.Throws<QuireException>(
            () => PageFile.Open(Path, new PageFileOptions { Host = host }));
        Assert.Equal(QuireErrorCode.LockingUnsupported, error.Code);
        using PageFile file = PageFile.Open(Path);
        Assert.Equal(1, Read(file));
    }

    [Fact]
    public void To_dispose_twice_does_no_harm()
    {
        PageFile file = PageFile.Open(Path, Sealed);
        Stamp.Grow(file.BeginWrite(), 1);
        file.Dispose();
        file.Dispose();
        using PageFile again = PageFile.Open(Path);
        Assert.Equal(0ul, again.GetInfo().TransactionNumber.Value);
    }

    /// <summary>As killed processes do: the log holds what was committed.</summary>
    private void LeaveLog(long number)
    {
        Stamp.Create(Path, 1, 1, Sealed);
        var doomed = new TraceRecorder();
        PageFile file = PageFile.Open(Path, doomed.Options);
        for (long i = 2; i <= number; i++)
        {
            Write(file, i);
        }

        Assert.Throws<SimulatedDeathException>(doomed.Die);
    }

    private static long Read(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        return Stamp.ReadAll(read);
    }

    private static void Write(PageFile file, long number)
    {
        using WriteTransaction write = file.BeginWrite();
        if (write.Root == PageNumber.None)
        {
            write.Root = write.Allocate();
        }

        Stamp.WriteAll(write, number);
        write.Commit();
    }

    /// <summary>The files of the system, as if they were somewhere else.</summary>
    private sealed class RemoteFiles(IFileSystem inner) : IFileSystem
    {
        public string ResolvePath(string path) => inner.ResolvePath(path);

        public IStorageFile Open(string path, FileOpenMode mode) => inner.Open(path, mode);

        public FileIdentity? TryIdentify(string path) => inner.TryIdentify(path);

        public void SyncDirectoryOf(string path) => inner.SyncDirectoryOf(path);

        public bool IsLocal(IStorageFile file) => false;
    }
}
