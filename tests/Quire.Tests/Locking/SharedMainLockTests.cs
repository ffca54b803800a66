using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Locking;

/// <summary>
/// Which system calls the readers of one open file make, and that none of them is in without the
/// OS lock.
/// </summary>
public sealed class SharedMainLockTests : IDisposable
{
    private const string Look = "look";
    private const string Lock = "lock";
    private const string Unlock = "unlock";

    private readonly TempFolder _folder = new();
    private readonly ManualTime _clock = new();
    private readonly RecordedLocks _locks = new();
    private readonly OsFile _file;

    public SharedMainLockTests() =>
        _file = OsFile.Open(_folder.File("a"), FileOpenMode.OpenOrCreate);

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Each_reader_looks_locks_and_unlocks_where_looks_are_not_shared()
    {
        SharedMainLock shared = Make(GateLook.EachTime);
        PassThrough(shared);
        PassThrough(shared);
        AssertCalls(Look, Lock, Unlock, Look, Lock, Unlock);
    }

    [Fact]
    public void One_look_serves_those_who_follow_at_once()
    {
        SharedMainLock shared = Make();
        PassThrough(shared);
        PassThrough(shared);
        AssertCalls(Look, Lock, Unlock, Lock, Unlock);
    }

    [Fact]
    public void A_look_does_not_last_longer_than_its_time()
    {
        SharedMainLock shared = Make();
        PassThrough(shared);
        _clock.Advance(GateLook.Lasts - TimeSpan.FromTicks(1));
        PassThrough(shared);
        _clock.Advance(TimeSpan.FromTicks(1));
        PassThrough(shared);
        AssertCalls(Look, Lock, Unlock, Lock, Unlock, Look, Lock, Unlock);
    }

    [Fact]
    public void A_look_serves_a_number_of_readers_though_the_clock_stands_still()
    {
        SharedMainLock shared = Make();
        for (int i = 0; i < 33; i++)
        {
            PassThrough(shared);
        }

        Assert.Equal(3, _locks.Calls.Count(call => call == Look));
        Assert.Equal(33, _locks.Calls.Count(call => call == Lock));
        Assert.Equal(33, _locks.Calls.Count(call => call == Unlock));
    }

    [Fact]
    public void Who_has_seen_the_gate_closed_relies_on_no_earlier_look()
    {
        SharedMainLock shared = Make();
        for (int i = 0; i < 16; i++)
        {
            PassThrough(shared);
        }

        _locks.IsGateClosed = true;
        Assert.Throws<BusyException>(() => shared.Enter(Deadline()));
        Assert.Throws<BusyException>(() => shared.Enter(Deadline()));
        Assert.Equal(3, _locks.Calls.Count(call => call == Look));
        Assert.Equal(0, shared.Holders);
    }

    /// <summary>Also those that overlap for ever come to the gate, or a writer would starve.</summary>
    [Fact]
    public void Readers_that_overlap_are_stopped_by_the_gate_though_the_lock_is_held()
    {
        SharedMainLock shared = Make();
        shared.Enter(Deadline());
        shared.StateWasRead();
        _locks.IsGateClosed = true;
        int entered = 1;
        Assert.Throws<BusyException>(() =>
        {
            while (entered < 100)
            {
                shared.Enter(Deadline());
                entered++;
            }
        });
        Assert.Equal(16, entered);
        for (int i = 0; i < entered; i++)
        {
            shared.Exit();
        }

        AssertCalls(Look, Lock, Look, Unlock);
    }

    [Fact]
    public void Those_who_join_know_the_state_that_was_read_and_later_ones_do_not()
    {
        SharedMainLock shared = Make();
        Assert.False(shared.Enter(Deadline()));
        Assert.False(shared.Enter(Deadline()));
        shared.StateWasRead();
        Assert.True(shared.Enter(Deadline()));
        shared.Exit();
        shared.Exit();
        Assert.True(shared.Enter(Deadline()));
        shared.Exit();
        shared.Exit();
        Assert.False(shared.Enter(Deadline()));
        shared.Exit();
        AssertCalls(Look, Lock, Unlock, Lock, Unlock);
        Assert.Throws<InvalidOperationException>(() => shared.Exit());
    }

    [Fact]
    public void Nobody_is_in_without_the_lock_however_they_come_and_go()
    {
        SharedMainLock shared = Make(GateLook.MeasuredWith(TimeProvider.System));
        OtherThread[] threads =
        [
            .. Enumerable.Range(0, 4).Select(_ => OtherThread.Start(() =>
            {
                for (int i = 0; i < 20_000; i++)
                {
                    if (!shared.Enter(Deadline()))
                    {
                        shared.StateWasRead();
                    }

                    Assert.True(_locks.IsMainLocked);
                    shared.Exit();
                }
            })),
        ];
        Assert.All(threads, thread => thread.Join());
        Assert.Equal(0, shared.Holders);
        Assert.False(_locks.IsMainLocked);
    }

    private static void PassThrough(SharedMainLock shared)
    {
        shared.Enter(Deadline());
        shared.StateWasRead();
        shared.Exit();
    }

    private static LockDeadline Deadline() =>
        LockDeadline.Start(TimeProvider.System, TimeSpan.Zero, CancellationToken.None);

    private SharedMainLock Make(GateLook? look = null) =>
        new(_file, _locks, look ?? GateLook.MeasuredWith(_clock));

    private void AssertCalls(params string[] expected) => Assert.Equal(expected, _locks.Calls);

    /// <summary>Locks that nobody else wants, but for the gate.</summary>
    private sealed class RecordedLocks : IByteRangeLocks
    {
        private readonly System.Threading.Lock _mutex = new();
        private volatile bool _isMainLocked;

        public List<string> Calls { get; } = [];

        public bool IsGateClosed { get; set; }

        public bool IsMainLocked => _isMainLocked;

        public LockCapabilities Capabilities => LockCapabilities.Shared | LockCapabilities.Probe;

        public bool TryAcquire(LockRange range, LockMode mode)
        {
            Assert.Equal(LockBytes.RangeOf(LockName.Main), range);
            Assert.False(_isMainLocked, "taken twice");
            _isMainLocked = true;
            return Record(Lock);
        }

        public void Release(LockRange range)
        {
            Assert.True(_isMainLocked, "released twice");
            _isMainLocked = false;
            Record(Unlock);
        }

        public bool IsRefused(LockRange range, LockMode mode)
        {
            Assert.Equal(LockBytes.RangeOf(LockName.Gate), range);
            return Record(Look) && IsGateClosed;
        }

        public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost) =>
            Thread.Yield();

        public IReadOnlyList<LockHolder> FindHolders(LockRange range) => [];

        private bool Record(string call)
        {
            lock (_mutex)
            {
                Calls.Add(call);
            }

            return true;
        }
    }
}
