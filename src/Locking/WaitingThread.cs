namespace Quire.Locking;

/// <summary>
/// A thread for calls that sleep in the system and cannot be called back, so that neither the
/// caller's thread nor one of the pool is lost to them. Made when first needed, and gone when
/// nothing has been asked of it for a while; one per open file at most.
/// </summary>
internal sealed class WaitingThread
{
    private const int StackBytes = 256 * 1024;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly object _mutex = new();
    private readonly Queue<Job> _jobs = new();
    private bool _isRunning;

    /// <summary>Does something on the thread, after what was asked for before.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="done">
    /// Called on the thread behind it, with the <see cref="IOException"/>, <see
    /// cref="QuireException"/> or <see cref="ObjectDisposedException"/> in which it ended, or null.
    /// </param>
    public void Run(Action action, Action<Exception?> done)
    {
        lock (_mutex)
        {
            _jobs.Enqueue(new Job(action, done));
            if (_isRunning)
            {
                Monitor.Pulse(_mutex);
                return;
            }

            new Thread(Work, StackBytes) { IsBackground = true, Name = "Quire wait" }
                .UnsafeStart();
            _isRunning = true;
        }
    }

    private void Work()
    {
        while (TryNext() is { } job)
        {
            Exception? problem = null;
            try
            {
                job.Action();
            }
            catch (Exception failure) when (
                failure is IOException or QuireException or ObjectDisposedException)
            {
                problem = failure;
            }

            job.Done(problem);
        }
    }

    private Job? TryNext()
    {
        lock (_mutex)
        {
            while (_jobs.Count == 0)
            {
                if (!Monitor.Wait(_mutex, IdleTime) && _jobs.Count == 0)
                {
                    _isRunning = false;
                    return null;
                }
            }

            return _jobs.Dequeue();
        }
    }

    private sealed record Job(Action Action, Action<Exception?> Done);
}
