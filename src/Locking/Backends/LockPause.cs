using System.Diagnostics;
using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// How long to pause between two tries of a lock: the whole waiting policy of the OS backends.
/// </summary>
/// <remarks>
/// <para>
/// The caller loops: try, pause, try again. Consecutive pauses form one wait; how long it has
/// lasted decides what the next pause does.
/// </para>
/// <code>
///   wait so far       pause
///   under 50 us       yield the processor and look again: most locks are held for microseconds
///   under 250 us      the same for the journal: a commit with one sync takes about as long
///   longer            sleep an eighth of the wait so far, from 50 us to 1 ms, and look again
/// </code>
/// <para>
/// To look is a probe, which holds nothing and costs less than a try. Where probing is impossible
/// the pause ends after one step and the caller's try is the look.
/// </para>
/// <para>
/// So a lock is noticed to be free within 6 % of the time that it was waited for, at the mean. To
/// yield is not to spin: whoever else can run does, and on a machine with nothing else to do the
/// processor that stays awake is the one that the next writer runs on. One process at a time waits
/// for the journal (<see cref="NextLock"/>), so one processor at most is kept awake by that.
/// </para>
/// <para>
/// Why not the kernel's blocking request: it cannot be cancelled (see <see cref="OfdLocks"/>). One
/// object serves one open file. Threads that wait on it at the same time share one notion of how
/// long the wait has lasted, unsynchronised: a newcomer then skips the yielding, which is right,
/// since the lock is known to be held for long.
/// </para>
/// </remarks>
internal sealed class LockPause
{
    private static readonly TimeSpan YieldPhase = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan YieldPhaseOfJournal = TimeSpan.FromMicroseconds(250);
    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(1);

    /// <summary>Two pauses further apart than this belong to two waits.</summary>
    private static readonly TimeSpan SameWait = TimeSpan.FromMicroseconds(500);

    private long _waitStarted;
    private long _lastPauseEnded;

    /// <summary>Pauses once; <paramref name="atMost"/> bounds it.</summary>
    public void Pause(IByteRangeLocks locks, LockRange range, LockMode mode, TimeSpan atMost)
    {
        if (atMost <= TimeSpan.Zero)
        {
            return;
        }

        bool canProbe = locks.Capabilities.HasFlag(LockCapabilities.Probe);
        long started = Stopwatch.GetTimestamp();
        if (Stopwatch.GetElapsedTime(Volatile.Read(ref _lastPauseEnded), started) > SameWait)
        {
            Volatile.Write(ref _waitStarted, started);
        }

        long waitStarted = Volatile.Read(ref _waitStarted);
        TimeSpan yieldPhase = range == LockBytes.RangeOf(LockName.Journal)
            ? YieldPhaseOfJournal
            : YieldPhase;
        TimeSpan left = atMost;
        do
        {
            Step(Stopwatch.GetElapsedTime(waitStarted), yieldPhase, left);
            left = atMost - Stopwatch.GetElapsedTime(started);
        }
        while (canProbe && left > TimeSpan.Zero && locks.IsRefused(range, mode));

        Volatile.Write(ref _lastPauseEnded, Stopwatch.GetTimestamp());
    }

    private static void Step(TimeSpan waited, TimeSpan yieldPhase, TimeSpan atMost)
    {
        if (waited < yieldPhase)
        {
            if (!Thread.Yield())
            {
                Thread.SpinWait(20);
            }

            return;
        }

        TimeSpan wanted = waited / 8;
        wanted = wanted < ShortestSleep ? ShortestSleep : wanted;
        wanted = wanted > LongestSleep ? LongestSleep : wanted;
        Sleep(wanted < atMost ? wanted : atMost);
    }

    private static void Sleep(TimeSpan time)
    {
        if (OperatingSystem.IsWindows())
        {
            // The scheduler's tick is the shortest sleep there is; before it, give way.
            Thread.Sleep(time < LongestSleep / 4 ? 0 : 1);
        }
        else
        {
            _ = UnixNative.Sleep((uint)Math.Max(1, time.TotalMicroseconds));
        }
    }
}
