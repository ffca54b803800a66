using System.Runtime.Versioning;
using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Locking;

/// <summary>
/// The table in the header of <see cref="OfdLocks"/>, shown: what process-owned locks do, beside
/// what open-file-description locks do. <see cref="FileStream.Lock"/> is the process-owned kind.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LockPitfallsTests : IDisposable
{
    private static readonly LockRange Byte = LockBytes.RangeOf(LockName.Main);

    private readonly TempFolder _folder = new();
    private readonly string _path;

    public LockPitfallsTests()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Shown on Linux.");
        _path = _folder.File("locked");
        File.WriteAllBytes(_path, []);
    }

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Closing_another_descriptor_keeps_an_OFD_lock()
    {
        using OsFile file = Open(out OfdLocks locks);
        Assert.True(locks.TryAcquire(Byte, LockMode.Exclusive));
        File.ReadAllBytes(_path);

        using WorkerProcess other = StartClient(LockBackend.Default);
        Assert.Equal("False", other.Ask(Acquire(LockMode.Exclusive)));
    }

    [SkippableFact]
    public void Closing_another_descriptor_silently_drops_a_process_owned_lock()
    {
        using FileStream stream = OpenStream();
        stream.Lock(Byte.Offset, Byte.Length);
        using WorkerProcess other = StartClient(LockBackend.Portable);
        Assert.Equal("False", other.Ask(Acquire(LockMode.Exclusive)));
        File.ReadAllBytes(_path);

        Assert.Equal("True", other.Ask(Acquire(LockMode.Exclusive)));
    }

    [SkippableFact]
    public void Two_streams_of_one_process_both_get_a_process_owned_lock()
    {
        using FileStream one = OpenStream();
        using FileStream two = OpenStream();
        one.Lock(Byte.Offset, Byte.Length);
        two.Lock(Byte.Offset, Byte.Length);
    }

    [SkippableFact]
    public void A_stream_opened_for_reading_and_writing_cannot_lock_shared()
    {
        using FileStream stream = OpenStream();
        using WorkerProcess other = StartClient(LockBackend.Default);
        stream.Lock(Byte.Offset, Byte.Length);
        Assert.Equal("False", other.Ask(Acquire(LockMode.Shared)));
    }

    [SkippableFact]
    public void OFD_and_process_owned_locks_exclude_each_other_even_in_one_process()
    {
        using FileStream stream = OpenStream();
        using OsFile file = Open(out OfdLocks locks);
        stream.Lock(Byte.Offset, Byte.Length);
        Assert.False(locks.TryAcquire(Byte, LockMode.Shared));
        stream.Unlock(Byte.Offset, Byte.Length);
        Assert.True(locks.TryAcquire(Byte, LockMode.Shared));
        var busy = Assert.Throws<IOException>(() => stream.Lock(Byte.Offset, Byte.Length));
        Assert.Equal(Errno.EAGAIN, busy.HResult);
    }

    [SkippableFact]
    public void A_descriptor_inherited_by_a_child_keeps_the_lock_after_the_parents_close()
    {
        OsFile file = Open(out OfdLocks locks);
        Assert.True(locks.TryAcquire(Byte, LockMode.Exclusive));
        using WorkerProcess child = WorkerProcess.StartInheriting(file.Handle, "idle");
        Assert.Equal("ready", child.ReadLine());

        // The bare descriptor, not the file: the file would unlock first.
        file.Handle.Dispose();
        using OsFile again = Open(out OfdLocks lateComer);
        Assert.False(lateComer.TryAcquire(Byte, LockMode.Shared));
        Assert.Contains(
            lateComer.FindHolders(Byte), holder => holder.ProcessId == child.ProcessId);

        child.Kill();
        Eventually.True(
            () => lateComer.TryAcquire(Byte, LockMode.Exclusive), "the child's end frees it");
    }

    [SkippableFact]
    public void Disposing_the_file_unlocks_even_if_a_child_inherited_the_descriptor()
    {
        OsFile file = Open(out OfdLocks locks);
        Assert.True(locks.TryAcquire(Byte, LockMode.Exclusive));
        using WorkerProcess child = WorkerProcess.StartInheriting(file.Handle, "idle");
        Assert.Equal("ready", child.ReadLine());
        file.Dispose();

        using OsFile again = Open(out OfdLocks lateComer);
        Assert.True(lateComer.TryAcquire(Byte, LockMode.Exclusive));
    }

    [SkippableFact]
    public void A_killed_holder_releases_its_lock()
    {
        using WorkerProcess holder = StartClient(LockBackend.Default);
        Assert.Equal("True", holder.Ask(Acquire(LockMode.Exclusive)));
        using OsFile file = Open(out OfdLocks locks);
        Assert.False(locks.TryAcquire(Byte, LockMode.Shared));
        holder.Kill();

        Eventually.True(() => locks.TryAcquire(Byte, LockMode.Exclusive), "the lock is free");
    }

    [SkippableFact]
    public void Upgraders_in_two_processes_are_both_refused()
    {
        using WorkerProcess one = StartClient(LockBackend.Default);
        using WorkerProcess two = StartClient(LockBackend.Default);
        Assert.Equal("True", one.Ask(Acquire(LockMode.Shared)));
        Assert.Equal("True", two.Ask(Acquire(LockMode.Shared)));
        Assert.Equal("False", one.Ask(Acquire(LockMode.Exclusive)));
        Assert.Equal("False", two.Ask(Acquire(LockMode.Exclusive)));
        Assert.Equal("released", two.Ask($"release {Byte.Offset} {Byte.Length}"));
        Assert.Equal("True", one.Ask(Acquire(LockMode.Exclusive)));
    }

    private static string Acquire(LockMode mode) => $"acquire {Byte.Offset} {Byte.Length} {mode}";

    private OsFile Open(out OfdLocks locks)
    {
        OsFile file = OsFile.Open(_path, FileOpenMode.ReadWrite);
        file.Locks = locks = new OfdLocks(file);
        return file;
    }

    private FileStream OpenStream() =>
        new(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    private WorkerProcess StartClient(LockBackend backend)
    {
        var worker = WorkerProcess.Start("lock-client", _path, backend.ToString());
        Assert.Equal("ready", worker.ReadLine());
        return worker;
    }
}
