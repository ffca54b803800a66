using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Quire.CrashLab;

/// <summary>
/// Threads that run programs under test, and a watch over them: a program that stands still is
/// given up, with its thread, since .NET has no way to stop it.
/// </summary>
/// <remarks>
/// Results come back by the number of their job, so who did what when makes no difference.
/// </remarks>
internal sealed class WatchedPool : IDisposable
{
    private readonly Lane[] _lanes;
    private readonly TimeSpan _hangAfter;

    /// <param name="degree">How many threads.</param>
    /// <param name="hangAfter">For how long a program may do nothing.</param>
    public WatchedPool(int degree, TimeSpan hangAfter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degree, 1);
        _hangAfter = hangAfter;
        _lanes = [.. Enumerable.Range(0, degree).Select(number => new Lane(number))];
    }

    /// <summary>Runs one job and waits for it.</summary>
    /// <exception cref="ProgramHangsException">It stands still.</exception>
    public T Run<T>(Func<ProgressMeter, T> job) =>
        Run(1, (_, _, meter) => job(meter), _ => throw StandsStill(_hangAfter))[0];

    /// <summary>Runs jobs and waits for all of them.</summary>
    /// <param name="count">How many jobs.</param>
    /// <param name="job">Told the number of the job and of the thread.</param>
    /// <param name="hung">The result of a job that stands still.</param>
    /// <param name="endsAtHang">
    /// Whether jobs behind one that stands still are left out, with no result: when one stands
    /// still, all of them may, and each takes its time to be given up.
    /// </param>
    public T[] Run<T>(
        int count,
        Func<int, int, ProgressMeter, T> job,
        Func<int, T> hung,
        bool endsAtHang = false)
    {
        var batch = new Batch<T>(count, job);
        int lanes = Math.Min(count, _lanes.Length);
        for (int i = 0; i < lanes; i++)
        {
            _lanes[i].Start(batch.Work);
        }

        long[] seen = new long[_lanes.Length];
        while (!batch.Wait(Debugger.IsAttached ? Timeout.InfiniteTimeSpan : _hangAfter))
        {
            for (int i = 0; i < lanes; i++)
            {
                long now = _lanes[i].Meter.Count;
                if (now == seen[i] && batch.TryAbandon(i, out int number))
                {
                    // If its program ever comes back, the thread ends.
                    _lanes[i].End();
                    _lanes[i] = new Lane(i);
                    batch.Finish(number, hung(number), null);
                    if (endsAtHang)
                    {
                        batch.LeaveOutRest();
                    }

                    _lanes[i].Start(batch.Work);
                }

                seen[i] = now;
            }
        }

        return batch.Results();
    }

    public static ProgramHangsException StandsStill(TimeSpan time) => new(
        $"The program did nothing to the simulated computer for {time.TotalSeconds:0.#} s: it loops, " +
        "or waits for something else.");

    public void Dispose()
    {
        foreach (Lane lane in _lanes)
        {
            lane.End();
        }
    }

    private sealed class Lane
    {
        private readonly object _gate = new();
        private readonly int _number;
        private Action<int, ProgressMeter>? _next;
        private bool _isOver;

        public Lane(int number)
        {
            _number = number;
            new Thread(Loop) { IsBackground = true, Name = $"crash lab {number}" }.Start();
        }

        public ProgressMeter Meter { get; } = new();

        public void Start(Action<int, ProgressMeter> work)
        {
            lock (_gate)
            {
                _next = work;
                Monitor.Pulse(_gate);
            }
        }

        public void End()
        {
            lock (_gate)
            {
                _isOver = true;
                Monitor.Pulse(_gate);
            }
        }

        private void Loop()
        {
            while (true)
            {
                Action<int, ProgressMeter> work;
                lock (_gate)
                {
                    while (_next is null && !_isOver)
                    {
                        Monitor.Wait(_gate);
                    }

                    if (_isOver)
                    {
                        return;
                    }

                    work = _next!;
                    _next = null;
                }

                work(_number, Meter);
            }
        }
    }

    private sealed class Batch<T>(int count, Func<int, int, ProgressMeter, T> job)
    {
        private readonly T[] _results = new T[count];
        private readonly Exception?[] _errors = new Exception?[count];
        private readonly bool[] _isFinished = new bool[count];
        private readonly Dictionary<int, int> _current = [];
        private readonly object _mutex = new();
        private int _next = -1;
        private int _finished;

        /// <returns>False when the time passed and not all is done.</returns>
        public bool Wait(TimeSpan atMost)
        {
            lock (_mutex)
            {
                while (_finished < count)
                {
                    if (!Monitor.Wait(_mutex, atMost))
                    {
                        return _finished == count;
                    }
                }

                return true;
            }
        }

        /// <summary>What a thread does: one job after another, until there is none.</summary>
        public void Work(int lane, ProgressMeter meter)
        {
            for (int i = Interlocked.Increment(ref _next); i < count;
                i = Interlocked.Increment(ref _next))
            {
                lock (_mutex)
                {
                    _current[lane] = i;
                }

                meter.Tick();
                T result = default!;
                Exception? error = null;
                try
                {
                    result = job(i, lane, meter);
                }
                catch (Exception thrown) when (thrown is not OutOfMemoryException)
                {
                    error = thrown;
                }

                if (!Finish(i, result, error))
                {
                    return;
                }
            }
        }

        /// <returns>False when somebody else has finished the job meanwhile.</returns>
        public bool Finish(int number, T result, Exception? error)
        {
            lock (_mutex)
            {
                if (_isFinished[number])
                {
                    return false;
                }

                _isFinished[number] = true;
                _results[number] = result;
                _errors[number] = error;
                if (++_finished == count)
                {
                    Monitor.PulseAll(_mutex);
                }

                return true;
            }
        }

        /// <summary>Jobs that nobody has begun are not begun any more.</summary>
        public void LeaveOutRest()
        {
            int last = Interlocked.Exchange(ref _next, count);
            lock (_mutex)
            {
                _finished += Math.Max(0, count - 1 - last);
                if (_finished == count)
                {
                    Monitor.PulseAll(_mutex);
                }
            }
        }

        public bool TryAbandon(int lane, out int number)
        {
            lock (_mutex)
            {
                return _current.TryGetValue(lane, out number) && !_isFinished[number];
            }
        }

        public T[] Results()
        {
            Exception? error = _errors.FirstOrDefault(error => error is not null);
            if (error is not null)
            {
                ExceptionDispatchInfo.Throw(error);
            }

            return _results;
        }
    }
}
