using System.Diagnostics;
using System.Runtime.Versioning;
using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Locking;

[SupportedOSPlatform("linux")]
public sealed class LockHoldersTests : IDisposable
{
    private static readonly LockRange Byte = LockBytes.RangeOf(LockName.Main);

    private readonly TempFolder _folder = new();
    private readonly StorageHost _host = OperatingSystemHost.Create();
    private readonly string _path;

    public LockHoldersTests()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Holders are found through /proc.");
        _path = _folder.File("locked");
    }

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Another_open_file_of_this_process_is_found_with_its_range_and_mode()
    {
        using IStorageFile holder = Open();
        using IStorageFile asker = Open();
        Assert.True(_host.Locks.LocksOf(holder).TryAcquire(Byte, LockMode.Exclusive));

        LockHolder found = Assert.Single(_host.Locks.LocksOf(asker).FindHolders(Byte));
        Assert.Equal(Environment.ProcessId, found.ProcessId);
        Assert.Equal(File.ReadAllText("/proc/self/comm").TrimEnd(), found.ProcessName);
        Assert.Equal(LockMode.Exclusive, found.Mode);
        Assert.Equal(Byte, found.Range);
    }

    [SkippableFact]
    public void A_child_process_is_found_by_number_and_name()
    {
        using IStorageFile asker = Open();
        using WorkerProcess child = WorkerProcess.Start(
            "lock-client", _path, nameof(LockBackend.Default));
        Assert.Equal("ready", child.ReadLine());
        Assert.Equal("True", child.Ask($"acquire {Byte.Offset} 1 shared"));

        LockHolder found = Assert.Single(_host.Locks.LocksOf(asker).FindHolders(Byte));
        Assert.Equal(child.ProcessId, found.ProcessId);
        Assert.Equal(LockMode.Shared, found.Mode);
        using Process process = Process.GetProcessById(child.ProcessId);
        Assert.StartsWith(found.ProcessName, process.ProcessName, StringComparison.Ordinal);
        Assert.NotEmpty(found.ProcessName);
    }

    [SkippableFact]
    public void A_holder_of_a_process_owned_lock_is_found_too()
    {
        using IStorageFile asker = Open();
        using WorkerProcess child = WorkerProcess.Start(
            "lock-client", _path, nameof(LockBackend.Portable));
        Assert.Equal("ready", child.ReadLine());
        Assert.Equal("True", child.Ask($"acquire {Byte.Offset} 1 exclusive"));

        LockHolder found = Assert.Single(_host.Locks.LocksOf(asker).FindHolders(Byte));
        Assert.Equal(child.ProcessId, found.ProcessId);
    }

    [SkippableFact]
    public void Locks_elsewhere_in_the_file_and_on_other_files_are_not_reported()
    {
        using IStorageFile holder = Open();
        using IStorageFile asker = Open();
        using IStorageFile stranger =
            _host.Files.Open(_folder.File("other"), FileOpenMode.CreateNew);
        var neighbour = new LockRange(Byte.Offset + 1);
        Assert.True(_host.Locks.LocksOf(holder).TryAcquire(neighbour, LockMode.Exclusive));
        Assert.True(_host.Locks.LocksOf(stranger).TryAcquire(Byte, LockMode.Exclusive));

        Assert.Empty(_host.Locks.LocksOf(asker).FindHolders(Byte));
        Assert.Single(_host.Locks.LocksOf(asker).FindHolders(new LockRange(Byte.Offset, 2)));
    }

    [SkippableFact]
    public void The_asking_file_itself_is_left_out()
    {
        using IStorageFile asker = Open();
        Assert.True(_host.Locks.LocksOf(asker).TryAcquire(Byte, LockMode.Shared));
        Assert.Empty(_host.Locks.LocksOf(asker).FindHolders(Byte));
    }

    [SkippableTheory]
    [InlineData("lock:\t1: OFDLCK ADVISORY  WRITE -1 08:01:12 5 5", LockMode.Exclusive, 5, 1)]
    [InlineData("lock:\t1: OFDLCK ADVISORY  READ -1 08:01:12 5 6", LockMode.Shared, 5, 2)]
    [InlineData("lock:\t1: POSIX  ADVISORY  WRITE 42 08:01:12 7 EOF",
        LockMode.Exclusive, 7, long.MaxValue - 6)]
    [InlineData("lock:\t1: OFDLCK ADVISORY  WRITE -1 00:2b:9 0 EOF",
        LockMode.Exclusive, 0, long.MaxValue)]
    public void Lock_lines_are_read(string line, LockMode mode, long offset, long length)
    {
        Assert.True(LockHolders.TryParse(line, out LockMode foundMode, out LockRange range));
        Assert.Equal(mode, foundMode);
        Assert.Equal(new LockRange(offset, length), range);
    }

    [SkippableTheory]
    [InlineData("pos:\t0")]
    [InlineData("")]
    [InlineData("lock:")]
    [InlineData("lock:\t1: FLOCK  ADVISORY  WRITE 42 08:01:12 0 EOF")]
    [InlineData("lock:\t1: -> OFDLCK ADVISORY  WRITE -1 08:01:12 5 5")]
    [InlineData("lock:\t1: OFDLCK ADVISORY  WRITE -1 08:01:12 x 5")]
    [InlineData("lock:\t1: OFDLCK ADVISORY  WRITE -1 08:01:12 5 y")]
    public void Other_lines_are_passed_over(string line) =>
        Assert.False(LockHolders.TryParse(line, out _, out _));

    private IStorageFile Open() => _host.Files.Open(_path, FileOpenMode.OpenOrCreate);
}
