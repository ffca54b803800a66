namespace Quire.Pager;

/// <summary>
/// Those who wait for a commit of one open file, each for a number above one of its own. Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// A <see cref="CommitLookout"/> looks at the file for all of them, from the first to the last; a
/// commit of this open file needs no look. No wake-up is lost: a waiter is on the list, with the
/// lookout told of changes, before the file is looked at on its behalf.
/// </para>
/// </remarks>
internal sealed class CommitWatch(EngineFile file, ReaderProtocol reader) : IDisposable
{
    private readonly Lock _mutex = new();
    private readonly HashSet<Waiter> _waiters = [];
    private CommitLookout? _lookout;
    private int _keepers;
    private int _isLogged;
    private bool _isDisposed;

    /// <summary>See <see cref="PageFile.WaitForCommitAsync"/>.</summary>
    /// <param name="after">The number that the caller knows.</param>
    /// <param name="reads">
    /// Whether the caller goes on with a read transaction, whatever the number: it need not wait for
    /// another one to confirm it.
    /// </param>
    /// <param name="cancellation">Ends the wait.</param>
    public async ValueTask<TransactionNumber> WaitAsync(
        TransactionNumber after, bool reads, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (file.Known is { } known && known.Number > after)
        {
            return known.Number;
        }

        using Keeper keeper = KeepLookout();
        var waiter = new Waiter(after, reads);
        Add(waiter);
        try
        {
            using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
                static (waiter, cancelled) => ((Waiter)waiter!).TrySetCanceled(cancelled), waiter);
            keeper.Lookout.Look();
            return await waiter.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_mutex)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Keeps the lookout at its post until disposed, whether or not anybody waits.</summary>
    public IDisposable Keep() => KeepLookout();

    /// <summary>
    /// Wakes those who read themselves, to whom a number is news that is perhaps not synced yet.
    /// </summary>
    /// <returns>Whether others wait for it to be confirmed.</returns>
    public bool Announce(TransactionNumber number)
    {
        bool isAwaited = false;
        lock (_mutex)
        {
            foreach (Waiter waiter in _waiters)
            {
                if (number > waiter.After && !waiter.Task.IsCompleted)
                {
                    isAwaited |= !(waiter.Reads && waiter.TrySetResult(number));
                }
            }
        }

        return isAwaited;
    }

    /// <summary>Wakes those to whom a committed number is news.</summary>
    public void Publish(TransactionNumber number)
    {
        lock (_mutex)
        {
            foreach (Waiter waiter in _waiters)
            {
                if (number > waiter.After)
                {
                    waiter.TrySetResult(number);
                }
            }
        }
    }

    /// <summary>Wakes everybody: the file could not be looked at.</summary>
    public void Fail(Exception failure)
    {
        lock (_mutex)
        {
            foreach (Waiter waiter in _waiters)
            {
                waiter.TrySetException(failure);
            }
        }
    }

    /// <summary>Says once per open file that notifications cannot be relied on.</summary>
    public void LogUnwatched(Exception cause)
    {
        if (Interlocked.Exchange(ref _isLogged, 1) == 0)
        {
            file.Logger.Unwatched(file.Path, file.Options.CommitRecheckInterval, cause);
        }
    }

    public void Dispose()
    {
        CommitLookout? lookout;
        lock (_mutex)
        {
            _isDisposed = true;
            lookout = _lookout;
            _lookout = null;
        }

        lookout?.Dispose();
        Fail(new ObjectDisposedException(typeof(PageFile).FullName));
    }

    private Keeper KeepLookout()
    {
        lock (_mutex)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(PageFile));
            _lookout ??= new CommitLookout(file, reader, this);
            _keepers++;
            return new Keeper(this, _lookout);
        }
    }

    private void Add(Waiter waiter)
    {
        lock (_mutex)
        {
            // Dispose, from here on, finds it.
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(PageFile));
            _waiters.Add(waiter);
        }
    }

    private void Leave()
    {
        CommitLookout? lookout = null;
        lock (_mutex)
        {
            if (--_keepers == 0)
            {
                lookout = _lookout;
                _lookout = null;
            }
        }

        lookout?.Dispose();
    }

    /// <summary>Continues elsewhere: whoever wakes it holds the mutex, or has just committed.</summary>
    private sealed class Waiter(TransactionNumber after, bool reads)
        : TaskCompletionSource<TransactionNumber>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TransactionNumber After { get; } = after;

        public bool Reads { get; } = reads;
    }

    private sealed class Keeper(CommitWatch watch, CommitLookout lookout) : IDisposable
    {
        private int _isEnded;

        public CommitLookout Lookout { get; } = lookout;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isEnded, 1) == 0)
            {
                watch.Leave();
            }
        }
    }
}
