namespace Quire.Worker.Hooks;

/// <summary>
/// A clock that stands until it is moved. Timers are due when it is moved past their time; their
/// callbacks run on the thread that moves it. The time of day can also be set back, as a user or a
/// time server does, which moves no timer.
/// </summary>
/// <remarks>
/// Timers of a millisecond, with which the engine waits for locks, take their real time: a lock is
/// set free when somebody gets to it and not when the clock is moved.
/// </remarks>
public sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly Lock _mutex = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _elapsed;
    private DateTimeOffset _start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers are set: of those who wait for this clock.</summary>
    public int Timers
    {
        get
        {
            lock (_mutex)
            {
                return _timers.Count(timer => timer.Due is not null);
            }
        }
    }

    /// <summary>When the first timer is due, from now; null when none is set.</summary>
    public TimeSpan? NextTimer
    {
        get
        {
            lock (_mutex)
            {
                return _timers.Min(timer => timer.Due) - _elapsed;
            }
        }
    }

    public override long GetTimestamp()
    {
        lock (_mutex)
        {
            return _elapsed.Ticks;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_mutex)
        {
            return _start + _elapsed;
        }
    }

    /// <summary>Sets the time of day back, or forward; what has elapsed stays as it is.</summary>
    public void Shift(TimeSpan by)
    {
        lock (_mutex)
        {
            _start += by;
        }
    }

    public void Advance(TimeSpan by)
    {
        TimeSpan end;
        lock (_mutex)
        {
            end = _elapsed + by;
        }

        while (TakeDue(end) is { } timer)
        {
            timer.Ring();
        }
    }

    public override ITimer CreateTimer(
        TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime >= TimeSpan.Zero && dueTime <= Instant)
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        var timer = new ManualTimer(this, () => callback(state));
        lock (_mutex)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(TimeSpan end)
    {
        lock (_mutex)
        {
            ManualTimer? first = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            _elapsed = first?.Due is { } due && due > _elapsed ? due : first is null ? end : _elapsed;
            if (first is not null)
            {
                first.Due = first.Period > TimeSpan.Zero ? first.Due + first.Period : null;
            }

            return first;
        }
    }

    private sealed class ManualTimer(ManualTime clock, Action ring) : ITimer
    {
        public TimeSpan? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._mutex)
            {
                Period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._elapsed + dueTime;
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._mutex)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
