using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Locking;

public sealed class OsLockSystemTests : IDisposable
{
    private static readonly LockRange Byte = LockBytes.RangeOf(LockName.Main);

    private readonly TempFolder _folder = new();
    private readonly StorageHost _host = OperatingSystemHost.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_open_file_has_the_same_locks_also_behind_a_latch()
    {
        using IStorageFile one = Open();
        using IStorageFile two = Open();
        IByteRangeLocks locks = _host.Locks.LocksOf(one);
        using var latched = new LatchedFile(one, new FaultLatch());

        Assert.Same(locks, _host.Locks.LocksOf(one));
        Assert.Same(locks, _host.Locks.LocksOf(latched));
        Assert.NotSame(locks, _host.Locks.LocksOf(two));
    }

    [Fact]
    public void The_self_test_leaves_no_lock_and_no_byte_behind()
    {
        using IStorageFile one = Open();
        using IStorageFile two = Open();
        _ = _host.Locks.LocksOf(one);
        var everything = new LockRange(0, long.MaxValue);

        Assert.True(_host.Locks.LocksOf(two).TryAcquire(everything, LockMode.Exclusive));
        Assert.Equal(0, one.GetLength());
    }

    [Theory]
    [InlineData(0x6969u, "NFS")]
    [InlineData(0xFF534D42u, "CIFS")]
    [InlineData(0x65735546u, "FUSE")]
    [InlineData(0x01021997u, "9p")]
    public void A_file_system_that_is_not_local_is_refused_with_its_name_and_the_way_out(
        uint magic, string name)
    {
        var refused = Assert.Throws<QuireException>(
            () => OsLockSystem.RefuseUnlessLocal("a.quire", FileSystemKind.OfLinuxMagic(magic)));
        Assert.Equal(QuireErrorCode.LockingUnsupported, refused.Code);
        Assert.Contains($"a.quire: lies on {name}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("AllowNetworkFileSystem", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_mounted_FUSE_file_system_is_refused_unless_it_is_opted_in()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Mounted with a Linux tool.");
        Directory.CreateDirectory(_folder.File("source"));
        string mount = _folder.File("mount");
        Directory.CreateDirectory(mount);
        string? problem = Command.TryRun("bindfs", _folder.File("source"), mount);
        Skip.If(problem is not null, $"No FUSE file system can be mounted here: {problem}");
        try
        {
            string path = Path.Combine(mount, "a");
            using IStorageFile file = _host.Files.Open(path, FileOpenMode.CreateNew);
            var refused = Assert.Throws<QuireException>(() => _host.Locks.LocksOf(file));
            Assert.Contains("FUSE", refused.Message, StringComparison.Ordinal);

            StorageHost willing = OperatingSystemHost.Create(
                new OperatingSystemHostOptions { AllowNetworkFileSystem = true });
            Assert.True(willing.Locks.LocksOf(file).TryAcquire(Byte, LockMode.Exclusive));
        }
        finally
        {
            _ = Command.TryRun("umount", "-l", mount);
        }
    }

    [Fact]
    public void A_read_only_file_is_locked_without_the_self_test()
    {
        Open().Dispose();
        using IStorageFile file = _host.Files.Open(_folder.File("a"), FileOpenMode.ReadOnly);
        Assert.True(_host.Locks.LocksOf(file).TryAcquire(Byte, LockMode.Shared));
    }

    [Fact]
    public void Locks_that_do_not_exclude_fail_the_self_test()
    {
        var lenient = new ScriptedLocks((_, _) => true);
        var error = Assert.Throws<QuireException>(
            () => LockSelfTest.RequireConflict("a", lenient, lenient));
        Assert.Equal(QuireErrorCode.LockingUnsupported, error.Code);
        Assert.Contains("exclusively and shared at once", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Locks_that_stick_fail_the_self_test()
    {
        var first = new ScriptedLocks((_, _) => true);
        var second = new ScriptedLocks((_, _) => false);
        var error = Assert.Throws<QuireException>(
            () => LockSelfTest.RequireConflict("a", first, second));
        Assert.Contains("stayed locked", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_that_happens_to_be_taken_is_left_for_another()
    {
        int tries = 0;
        bool held = false;
        var first = new ScriptedLocks((_, _) => held = ++tries == 3, () => held = false);
        var second = new ScriptedLocks((_, _) => !held);
        LockSelfTest.RequireConflict("a", first, second);
        Assert.Equal(3, tries);
    }

    [Fact]
    public void Locks_that_are_never_granted_fail_the_self_test()
    {
        var stubborn = new ScriptedLocks((_, _) => false);
        Assert.Throws<QuireException>(
            () => LockSelfTest.RequireConflict("a", stubborn, stubborn));
    }

    [Theory]
    [InlineData("default")]
    [InlineData("portable")]
    public void The_workers_self_check_passes_on_this_system(string backend)
    {
        using WorkerProcess worker = WorkerProcess.Start("locks-selfcheck", backend);
        var lines = new List<string>();
        while (worker.TryReadLine() is { } line)
        {
            lines.Add(line);
        }

        Assert.All(lines, line => Assert.StartsWith("ok ", line, StringComparison.Ordinal));
        Assert.True(lines.Count >= 15, $"only {lines.Count} checks ran: {worker.Errors}");
        Assert.Equal(0, worker.WaitForExit());
    }

    private IStorageFile Open() =>
        _host.Files.Open(_folder.File("a"), FileOpenMode.OpenOrCreate);

    private sealed class ScriptedLocks(
        Func<LockRange, LockMode, bool> tryAcquire, Action? release = null) : IByteRangeLocks
    {
        public LockCapabilities Capabilities => LockCapabilities.Shared;

        public bool TryAcquire(LockRange range, LockMode mode) => tryAcquire(range, mode);

        public void Release(LockRange range) => release?.Invoke();

        public bool IsRefused(LockRange range, LockMode mode) => throw new NotSupportedException();

        public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost)
        {
        }

        public IReadOnlyList<LockHolder> FindHolders(LockRange range) => [];
    }
}
