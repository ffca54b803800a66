using System.Runtime.Versioning;
using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Locking;

/// <summary>What the engine relies on, within one process.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OfdLocksTests : IDisposable
{
    private static readonly LockRange Byte = LockBytes.RangeOf(LockName.Main);

    private readonly TempFolder _folder = new();
    private readonly List<OsFile> _opened = [];

    public OfdLocksTests() => Skip.If(OperatingSystem.IsWindows(), "Windows has no OFD locks.");

    public void Dispose()
    {
        _opened.ForEach(file => file.Dispose());
        _folder.Dispose();
    }

    [SkippableFact]
    public void Two_open_files_of_one_process_exclude_each_other()
    {
        (OfdLocks one, OfdLocks two) = (Open(), Open());
        Assert.True(one.TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(two.TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(two.TryAcquire(Byte, LockMode.Shared));
        one.Release(Byte);
        Assert.True(two.TryAcquire(Byte, LockMode.Shared));
        Assert.True(one.TryAcquire(Byte, LockMode.Shared));
    }

    [SkippableFact]
    public void A_refused_upgrade_keeps_the_shared_lock()
    {
        (OfdLocks one, OfdLocks two, OfdLocks three) = (Open(), Open(), Open());
        Assert.True(one.TryAcquire(Byte, LockMode.Shared));
        Assert.True(two.TryAcquire(Byte, LockMode.Shared));
        Assert.False(one.TryAcquire(Byte, LockMode.Exclusive));
        two.Release(Byte);

        Assert.False(three.TryAcquire(Byte, LockMode.Exclusive));
        Assert.True(one.TryAcquire(Byte, LockMode.Exclusive));
    }

    [SkippableFact]
    public void Two_upgraders_are_both_refused_where_blocking_requests_would_wait_for_ever()
    {
        (OfdLocks one, OfdLocks two) = (Open(), Open());
        Assert.True(one.TryAcquire(Byte, LockMode.Shared));
        Assert.True(two.TryAcquire(Byte, LockMode.Shared));

        Assert.False(one.TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(two.TryAcquire(Byte, LockMode.Exclusive));
    }

    [SkippableFact]
    public void A_downgrade_lets_readers_in_and_keeps_writers_out()
    {
        (OfdLocks one, OfdLocks two, OfdLocks three) = (Open(), Open(), Open());
        Assert.True(one.TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(two.TryAcquire(Byte, LockMode.Shared));
        Assert.True(one.TryAcquire(Byte, LockMode.Shared));

        Assert.True(two.TryAcquire(Byte, LockMode.Shared));
        Assert.False(three.TryAcquire(Byte, LockMode.Exclusive));
    }

    [SkippableFact]
    public void A_probe_sees_others_and_not_itself_and_holds_nothing()
    {
        (OfdLocks one, OfdLocks two) = (Open(), Open());
        Assert.False(one.IsRefused(Byte, LockMode.Exclusive));
        Assert.True(two.TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(two.IsRefused(Byte, LockMode.Exclusive));
        Assert.True(one.IsRefused(Byte, LockMode.Shared));
        Assert.True(two.TryAcquire(Byte, LockMode.Shared));
        Assert.False(one.IsRefused(Byte, LockMode.Shared));
        Assert.True(one.IsRefused(Byte, LockMode.Exclusive));
    }

    [SkippableFact]
    public void Neighbouring_bytes_near_2_to_the_62_are_separate_locks()
    {
        (OfdLocks one, OfdLocks two) = (Open(), Open());
        foreach (LockName name in Enum.GetValues<LockName>())
        {
            Assert.True(one.TryAcquire(LockBytes.RangeOf(name), LockMode.Exclusive));
        }

        one.Release(LockBytes.RangeOf(LockName.Gate));
        Assert.True(two.TryAcquire(LockBytes.RangeOf(LockName.Gate), LockMode.Exclusive));
        Assert.False(two.TryAcquire(LockBytes.RangeOf(LockName.Presence), LockMode.Shared));
        Assert.False(two.TryAcquire(LockBytes.RangeOf(LockName.Main), LockMode.Shared));
        Assert.True(two.TryAcquire(new LockRange(LockBytes.Base - 1), LockMode.Exclusive));
        Assert.True(two.TryAcquire(new LockRange(long.MaxValue), LockMode.Exclusive));
    }

    [SkippableFact]
    public void A_range_that_overflows_is_refused_before_the_system_is_asked()
    {
        OfdLocks locks = Open();
        var overflowing = new LockRange(long.MaxValue, 2);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => locks.TryAcquire(overflowing, LockMode.Shared));
        Assert.Throws<ArgumentOutOfRangeException>(() => locks.Release(new LockRange(0, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => locks.IsRefused(new LockRange(-1), LockMode.Shared));
    }

    [SkippableFact]
    public void A_read_only_file_can_be_locked_shared_and_probed_but_not_locked_exclusively()
    {
        OfdLocks writer = Open();
        OfdLocks reader = Open(FileOpenMode.ReadOnly);
        Assert.True(reader.TryAcquire(Byte, LockMode.Shared));
        Assert.False(writer.TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(reader.IsRefused(Byte, LockMode.Exclusive));
        Assert.Throws<InvalidOperationException>(
            () => reader.TryAcquire(Byte, LockMode.Exclusive));

        // The refused misuse changed nothing.
        Assert.False(writer.TryAcquire(Byte, LockMode.Exclusive));
    }

    [SkippableFact]
    public void Disposing_a_file_releases_its_locks_and_no_others()
    {
        (OfdLocks one, OfdLocks two) = (Open(), Open());
        Assert.True(one.TryAcquire(Byte, LockMode.Exclusive));
        Assert.True(two.TryAcquire(new LockRange(Byte.Offset + 1), LockMode.Exclusive));
        _opened[0].Dispose();

        OfdLocks three = Open();
        Assert.True(three.TryAcquire(Byte, LockMode.Exclusive));
        Assert.False(three.TryAcquire(new LockRange(Byte.Offset + 1), LockMode.Shared));
    }

    [SkippableFact]
    public void Releasing_what_is_not_held_does_nothing()
    {
        (OfdLocks one, OfdLocks two) = (Open(), Open());
        Assert.True(one.TryAcquire(Byte, LockMode.Exclusive));
        two.Release(Byte);
        Assert.False(two.TryAcquire(Byte, LockMode.Shared));
    }

    [SkippableFact]
    public async Task A_wait_loop_gets_the_lock_once_the_holder_lets_go()
    {
        (OfdLocks holder, OfdLocks waiter) = (Open(), Open());
        Assert.True(holder.TryAcquire(Byte, LockMode.Exclusive));
        int pauses = 0;
        Task waiting = Task.Run(() => Eventually.True(
            () =>
            {
                waiter.WaitForChange(Byte, LockMode.Exclusive, TimeSpan.FromMilliseconds(1));
                Interlocked.Increment(ref pauses);
                return waiter.TryAcquire(Byte, LockMode.Exclusive);
            },
            "the lock is acquired"));
        Eventually.True(() => Volatile.Read(ref pauses) > 20, "the waiter goes on pausing");
        Assert.False(waiting.IsCompleted);
        holder.Release(Byte);
        await waiting;

        Assert.True(holder.IsRefused(Byte, LockMode.Shared));
    }

    [SkippableFact]
    public void A_pause_for_a_free_lock_or_for_no_time_returns()
    {
        OfdLocks locks = Open();
        locks.WaitForChange(Byte, LockMode.Exclusive, TimeSpan.Zero);
        locks.WaitForChange(Byte, LockMode.Exclusive, TimeSpan.FromDays(1));
        Assert.False(locks.IsRefused(Byte, LockMode.Exclusive));
    }

    private OfdLocks Open(FileOpenMode mode = FileOpenMode.OpenOrCreate)
    {
        OsFile file = OsFile.Open(_folder.File("locked"), mode);
        _opened.Add(file);
        var locks = new OfdLocks(file);
        file.Locks = locks;
        return locks;
    }
}
