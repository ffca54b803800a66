using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Locking;

/// <summary>What the explicit fallback does, and what it cannot do.</summary>
public sealed class PortableLocksTests : IDisposable
{
    private static readonly LockRange Byte = LockBytes.RangeOf(LockName.Main);

    private readonly TempFolder _folder = new();
    private readonly StorageHost _host = MakeHost();
    private readonly string _path;

    public PortableLocksTests()
    {
        Skip.If(OperatingSystem.IsMacOS(), "FileStream.Lock does not exist on macOS.");
        _path = _folder.File("locked");
        File.WriteAllBytes(_path, [1]);
    }

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Readers_exclude_each_other()
    {
        using IStorageFile one = Open();
        using IStorageFile two = Open();
        Assert.Equal(LockCapabilities.None, LocksOf(one).Capabilities);
        Assert.True(LocksOf(one).TryAcquire(Byte, LockMode.Shared));
        Assert.False(LocksOf(two).TryAcquire(Byte, LockMode.Shared));
    }

    [SkippableFact]
    public void Two_open_files_of_one_instance_exclude_each_other_although_the_system_would_not()
    {
        using IStorageFile one = Open();
        using IStorageFile two = Open();
        Assert.True(LocksOf(one).TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(LocksOf(two).TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(LocksOf(two).TryAcquire(
            new LockRange(Byte.Offset - 1, 2), LockMode.Exclusive));
        Assert.True(LocksOf(two).TryAcquire(
            new LockRange(Byte.Offset + 1), LockMode.Exclusive));
        LocksOf(one).Release(Byte);
        Assert.True(LocksOf(two).TryAcquire(Byte, LockMode.Exclusive));
    }

    [SkippableFact]
    public void Another_process_is_refused_while_this_one_holds_and_the_other_way_round()
    {
        using IStorageFile file = Open();
        using WorkerProcess other = StartClient();
        Assert.Equal("True", other.Ask(Acquire(LockMode.Exclusive)));
        Assert.False(LocksOf(file).TryAcquire(Byte, LockMode.Shared));
        Assert.Equal("released", other.Ask($"release {Byte.Offset} {Byte.Length}"));
        Assert.True(LocksOf(file).TryAcquire(Byte, LockMode.Shared));
        Assert.Equal("False", other.Ask(Acquire(LockMode.Shared)));
    }

    [SkippableFact]
    public void A_killed_holder_releases_its_lock()
    {
        using IStorageFile file = Open();
        using WorkerProcess other = StartClient();
        Assert.Equal("True", other.Ask(Acquire(LockMode.Exclusive)));
        Assert.False(LocksOf(file).TryAcquire(Byte, LockMode.Exclusive));
        other.Kill();
        Eventually.True(
            () => LocksOf(file).TryAcquire(Byte, LockMode.Exclusive), "the lock is free");
    }

    [SkippableFact]
    public void A_second_instance_in_one_process_is_refused_until_the_first_is_gone()
    {
        Skip.If(OperatingSystem.IsWindows(), "On Windows the locks belong to the handle.");
        StorageHost second = MakeHost();
        using IStorageFile late = second.Files.Open(_path, FileOpenMode.ReadWrite);
        using (IStorageFile one = Open())
        using (IStorageFile two = Open())
        {
            _ = LocksOf(one);
            _ = LocksOf(two);
            one.Dispose();
            var refused = Assert.Throws<QuireException>(() => second.Locks.LocksOf(late));
            Assert.Equal(QuireErrorCode.LockingUnsupported, refused.Code);
            Assert.Contains(
                "already open in this process", refused.Message, StringComparison.Ordinal);
        }

        Assert.True(second.Locks.LocksOf(late).TryAcquire(Byte, LockMode.Exclusive));
    }

    [SkippableFact]
    public void A_refused_second_instance_that_closes_does_not_drop_the_locks_of_the_first()
    {
        Skip.If(OperatingSystem.IsWindows(), "On Windows the locks belong to the handle.");
        using IStorageFile file = Open();
        Assert.True(LocksOf(file).TryAcquire(Byte, LockMode.Exclusive));
        using WorkerProcess other = StartClient();

        StorageHost second = MakeHost();
        using (IStorageFile refused = second.Files.Open(_path, FileOpenMode.ReadWrite))
        {
            Assert.Throws<QuireException>(() => second.Locks.LocksOf(refused));
        }

        Assert.NotNull(second.Files.TryIdentify(_path));
        Assert.Equal("False", other.Ask(Acquire(LockMode.Exclusive)));
        LocksOf(file).Release(Byte);
        Assert.Equal("True", other.Ask(Acquire(LockMode.Exclusive)));
    }

    [SkippableFact]
    public void Disposing_one_of_two_open_files_keeps_the_locks_of_the_other()
    {
        using IStorageFile reader = Open();
        using IStorageFile writer = Open();
        Assert.True(LocksOf(writer).TryAcquire(Byte, LockMode.Exclusive));
        using WorkerProcess other = StartClient();
        reader.Dispose();
        Assert.Equal("False", other.Ask(Acquire(LockMode.Exclusive)));
        writer.Dispose();
        Assert.Equal("True", other.Ask(Acquire(LockMode.Exclusive)));
    }

    [SkippableFact]
    public void Parked_descriptors_are_closed_with_the_last_lock()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Descriptors are listed in /proc on Linux.");
        using IStorageFile writer = Open();
        Assert.True(LocksOf(writer).TryAcquire(Byte, LockMode.Exclusive));
        Open().Dispose();
        Assert.Equal(2, CountDescriptors());
        LocksOf(writer).Release(Byte);
        Assert.Equal(1, CountDescriptors());
        writer.Dispose();
        Assert.Equal(0, CountDescriptors());
    }

    [SkippableFact]
    public void A_read_only_file_is_locked_shared_only()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows locks exclusively through any handle.");
        using IStorageFile file = _host.Files.Open(_path, FileOpenMode.ReadOnly);
        using WorkerProcess other = StartClient();
        Assert.Throws<InvalidOperationException>(
            () => LocksOf(file).TryAcquire(Byte, LockMode.Exclusive));
        Assert.True(LocksOf(file).TryAcquire(Byte, LockMode.Shared));
        Assert.Equal("False", other.Ask(Acquire(LockMode.Exclusive)));
    }

    [SkippableFact]
    public void The_locks_of_a_disposed_file_are_of_no_more_use()
    {
        using IStorageFile holder = Open();
        Assert.True(LocksOf(holder).TryAcquire(Byte, LockMode.Exclusive));
        IStorageFile file = Open();
        IByteRangeLocks locks = LocksOf(file);
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => locks.TryAcquire(Byte, LockMode.Shared));
        Assert.Throws<ObjectDisposedException>(() => LocksOf(file));
    }

    [SkippableFact]
    public void There_is_no_probe()
    {
        using IStorageFile file = Open();
        Assert.Throws<NotSupportedException>(
            () => LocksOf(file).IsRefused(Byte, LockMode.Shared));
    }

    private static StorageHost MakeHost() => OperatingSystemHost.Create(
        new OperatingSystemHostOptions { LockBackend = LockBackend.Portable });

    private static string Acquire(LockMode mode) => $"acquire {Byte.Offset} {Byte.Length} {mode}";

    private IStorageFile Open() => _host.Files.Open(_path, FileOpenMode.ReadWrite);

    private IByteRangeLocks LocksOf(IStorageFile file) => _host.Locks.LocksOf(file);

    private int CountDescriptors() => Directory.GetFiles("/proc/self/fd")
        .Count(link => new FileInfo(link).LinkTarget == _path);

    private WorkerProcess StartClient()
    {
        var worker = WorkerProcess.Start("lock-client", _path, nameof(LockBackend.Portable));
        Assert.Equal("ready", worker.ReadLine());
        return worker;
    }
}
