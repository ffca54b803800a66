using System.Runtime.Versioning;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Storage;

public sealed class OsFileSystemTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly OsFileSystem _files = new();

    public void Dispose() => _folder.Dispose();

    private string PathOf(string name) => _folder.File(name);

    [Theory]
    [InlineData(FileOpenMode.ReadOnly)]
    [InlineData(FileOpenMode.ReadWrite)]
    public void A_missing_file_is_named(FileOpenMode mode)
    {
        var error = Assert.Throws<FileNotFoundException>(() => _files.Open(PathOf("a"), mode));
        Assert.Contains(PathOf("a"), error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("a")));
    }

    [Theory]
    [InlineData(FileOpenMode.ReadOnly)]
    [InlineData(FileOpenMode.OpenOrCreate)]
    [InlineData(FileOpenMode.CreateNew)]
    public void A_missing_directory_is_told_apart_from_a_missing_file(FileOpenMode mode)
    {
        string path = Path.Combine(PathOf("absent"), "a");
        var error = Assert.Throws<DirectoryNotFoundException>(() => _files.Open(path, mode));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_through_a_file_is_a_missing_directory()
    {
        File.WriteAllBytes(PathOf("file"), []);
        Assert.ThrowsAny<IOException>(
            () => _files.Open(Path.Combine(PathOf("file"), "a"), FileOpenMode.OpenOrCreate));
        Assert.Null(_files.TryIdentify(Path.Combine(PathOf("file"), "a")));
    }

    [Theory]
    [InlineData(FileOpenMode.ReadOnly)]
    [InlineData(FileOpenMode.ReadWrite)]
    [InlineData(FileOpenMode.OpenOrCreate)]
    public void A_directory_is_refused(FileOpenMode mode)
    {
        var error = Assert.Throws<IOException>(() => _files.Open(_folder.Path, mode));
        Assert.Contains("is a directory", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(FileOpenMode.ReadOnly)]
    [InlineData(FileOpenMode.OpenOrCreate)]
    public async Task A_FIFO_is_refused_and_does_not_hang(FileOpenMode mode)
    {
        string? problem = Command.TryRun("mkfifo", PathOf("fifo"));
        Skip.If(problem is not null, problem);

        var error = await Assert.ThrowsAsync<IOException>(
            () => Task.Run(() => _files.Open(PathOf("fifo"), mode)).WaitAsync(Eventually.Limit));
        Assert.Contains("is a FIFO", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_device_is_refused()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no device files.");
        var error = Assert.Throws<IOException>(
            () => _files.Open("/dev/null", FileOpenMode.ReadWrite));
        Assert.Contains("is a character device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_file_must_be_new()
    {
        _files.Open(PathOf("a"), FileOpenMode.CreateNew).Dispose();
        var error = Assert.Throws<IOException>(
            () => _files.Open(PathOf("a"), FileOpenMode.CreateNew));
        Assert.Contains(PathOf("a"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Opening_or_creating_keeps_what_is_there()
    {
        File.WriteAllBytes(PathOf("a"), [1, 2, 3]);
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.OpenOrCreate);
        Assert.Equal(3, file.GetLength());
        Assert.True(file.CanWrite);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_without_write_permission_opens_for_reading_only()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has other permissions.");
        Skip.If(Environment.IsPrivilegedProcess, "A privileged process may write everything.");
        File.WriteAllBytes(PathOf("a"), [1]);
        File.SetUnixFileMode(PathOf("a"), UnixFileMode.UserRead);

        var error = Assert.Throws<UnauthorizedAccessException>(
            () => _files.Open(PathOf("a"), FileOpenMode.ReadWrite));
        Assert.Contains("errno 13", error.Message, StringComparison.Ordinal);
        _files.Open(PathOf("a"), FileOpenMode.ReadOnly).Dispose();
    }

    [SkippableFact]
    public void A_read_only_file_system_opens_for_reading_only()
    {
        using TmpfsMount mount = TmpfsMount.CreateOrSkip(64 * 1024);
        File.WriteAllBytes(mount.File("a"), [1]);
        mount.MakeReadOnly();

        var error = Assert.Throws<UnauthorizedAccessException>(
            () => _files.Open(mount.File("a"), FileOpenMode.ReadWrite));
        Assert.Contains("errno 30: Read-only file system", error.Message, StringComparison.Ordinal);
        Assert.Throws<UnauthorizedAccessException>(
            () => _files.Open(mount.File("b"), FileOpenMode.OpenOrCreate));
        using IStorageFile file = _files.Open(mount.File("a"), FileOpenMode.ReadOnly);
        Assert.Equal(1, file.GetLength());
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void A_new_file_gets_the_ordinary_permissions()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has other permissions.");
        _files.Open(PathOf("a"), FileOpenMode.CreateNew).Dispose();
        UnixFileMode mode = File.GetUnixFileMode(PathOf("a"));
        const UnixFileMode ordinary = UnixFileMode.UserRead | UnixFileMode.UserWrite |
            UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        Assert.Equal(UnixFileMode.None, mode & ~ordinary);
        Assert.True(mode.HasFlag(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void Opening_takes_no_whole_file_lock()
    {
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.OpenOrCreate);
        if (OperatingSystem.IsWindows())
        {
            using var shared = new FileStream(
                PathOf("a"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return;
        }

        // FileShare.None is flock(LOCK_EX): refused if the open file held any flock.
        using var exclusive = new FileStream(
            PathOf("a"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [SkippableFact]
    public void A_child_process_does_not_inherit_the_descriptor()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Descriptors are listed in /proc on Linux.");
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.OpenOrCreate);
        using WorkerProcess worker = WorkerProcess.Start("idle");
        Assert.Equal("ready", worker.ReadLine());

        Assert.DoesNotContain(
            Directory.GetFiles($"/proc/{worker.ProcessId}/fd"),
            link => new FileInfo(link).LinkTarget == file.Path);
    }

    [Fact]
    public void The_identity_follows_the_file_and_not_the_name()
    {
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        Assert.Equal(file.Identity, _files.TryIdentify(PathOf("a")));

        using (IStorageFile other = _files.Open(PathOf("b"), FileOpenMode.CreateNew))
        {
            Assert.NotEqual(file.Identity, other.Identity);
        }

        File.Move(PathOf("b"), PathOf("a"), overwrite: true);
        Assert.NotEqual(file.Identity, _files.TryIdentify(PathOf("a")));
        File.Delete(PathOf("a"));
        Assert.Null(_files.TryIdentify(PathOf("a")));
        Assert.Null(_files.TryIdentify(Path.Combine(PathOf("absent"), "a")));
    }

    [SkippableFact]
    public void A_file_has_a_name_until_it_is_deleted_or_another_one_takes_its_place()
    {
        Skip.If(OperatingSystem.IsWindows(), "When a name goes there depends on the file system.");
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        file.Write(0, "abc"u8);
        Assert.Equal(new FileStatus(3, IsNamed: true), file.GetStatus());
        File.Move(PathOf("a"), PathOf("b"));
        Assert.True(file.GetStatus().IsNamed);

        using (IStorageFile other = _files.Open(PathOf("a"), FileOpenMode.CreateNew))
        {
            File.Move(PathOf("a"), PathOf("b"), overwrite: true);
            Assert.Equal(new FileStatus(3, IsNamed: false), file.GetStatus());
            Assert.True(other.GetStatus().IsNamed);
            File.Delete(PathOf("b"));
            Assert.False(other.GetStatus().IsNamed);
        }
    }

    [Fact]
    public void The_directory_of_a_file_can_be_synced()
    {
        _files.Open(PathOf("a"), FileOpenMode.CreateNew).Dispose();
        _files.SyncDirectoryOf(PathOf("a"));
    }

    [SkippableFact]
    public void Syncing_a_directory_that_is_not_there_fails()
    {
        Skip.If(OperatingSystem.IsWindows(), "Nothing is done on Windows.");
        string path = Path.Combine(PathOf("absent"), "a");
        var error = Assert.ThrowsAny<IOException>(() => _files.SyncDirectoryOf(path));
        Assert.Contains(PathOf("absent"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_path_of_an_open_file_is_full()
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, PathOf("a"));
        using IStorageFile file = _files.Open(relative, FileOpenMode.CreateNew);
        Assert.Equal(PathOf("a"), file.Path);
    }
}
