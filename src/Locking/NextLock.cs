using System.Runtime.ExceptionServices;
using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Next, waited for in the system's own queue: an open file of the journal of its own, and a thread
/// that sleeps in <see cref="IByteRangeLocks.AcquireBlocking"/>.
/// </summary>
/// <remarks>
/// <para>
/// A request that sleeps in the system cannot be called back. When its caller gives up, by timeout
/// or cancellation, it is left behind:
/// </para>
/// <code>
///   state      the thread   the lock        then
///   Idle       -            not held        a try, or Wanted
///   Wanted     sleeps       asked for       granted: Held; given up: Unwanted
///   Unwanted   sleeps       asked for       granted: released at once, Idle; wanted again: Wanted
///   Held       -            held            Idle
/// </code>
/// <para>
/// That is harmless here and nowhere else, which is why no other lock is waited for in this way:
/// next protects nothing. An unwanted request that comes to its turn costs the others the time of
/// one system call. A caller that comes back before that finds its place in the queue kept.
/// </para>
/// <para>
/// Closed while the thread sleeps, the descriptor stays open until the request is granted; then
/// both go. One caller at a time; <see cref="Dispose"/> at any time.
/// </para>
/// </remarks>
internal sealed class NextLock(IStorageFile file, IByteRangeLocks locks) : IDisposable
{
    private static readonly LockRange Range = LockBytes.RangeOf(LockName.Next);

    private readonly Lock _mutex = new();
    private readonly WaitingThread _thread = new();
    private TaskCompletionSource<Exception?> _turn = NewTurn();
    private State _state;
    private bool _isDisposed;

    private enum State
    {
        Idle,
        Wanted,
        Unwanted,
        Held,
    }

    /// <summary>Whether somebody waits for the lock through this object.</summary>
    public bool IsWaitedFor
    {
        get
        {
            lock (_mutex)
            {
                return _state == State.Wanted;
            }
        }
    }

    /// <summary>Locks at once or not at all.</summary>
    public bool TryEnter()
    {
        lock (_mutex)
        {
            if (_state != State.Idle || !locks.TryAcquire(Range, LockMode.Exclusive))
            {
                return false;
            }

            _state = State.Held;
            return true;
        }
    }

    /// <summary>Waits for the lock.</summary>
    /// <returns>False when the deadline passed first; then nothing is held.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is held.</exception>
    /// <exception cref="ObjectDisposedException">Closed meanwhile.</exception>
    /// <exception cref="IOException">The system failed; nothing is held.</exception>
    public bool Enter(in LockDeadline deadline)
    {
        Task<Exception?> turn = Ask();
        bool hasCome;
        try
        {
            hasCome = turn.Wait(deadline.RemainingForWait(), deadline.Cancellation);
        }
        catch (OperationCanceledException)
        {
            GiveUp();
            throw;
        }

        return hasCome ? IsGranted(turn.Result) : !TryLeave();
    }

    /// <summary>As <see cref="Enter"/>, without a thread of the caller that waits.</summary>
    public async ValueTask<bool> EnterAsync(LockDeadline deadline)
    {
        Task<Exception?> turn = Ask();
        try
        {
            return IsGranted(await turn
                .WaitAsync(deadline.RemainingForWait(), deadline.Clock, deadline.Cancellation)
                .ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            GiveUp();
            throw;
        }
        catch (TimeoutException)
        {
            return !TryLeave();
        }
    }

    /// <summary>
    /// Waits until a lock of another open file may be free, or the deadline has passed, or the wait
    /// was cancelled: on the thread, which does not sleep while next is held.
    /// </summary>
    public async ValueTask AwaitChangeAsync(
        IByteRangeLocks others, LockRange range, LockDeadline deadline)
    {
        TaskCompletionSource<Exception?> change = NewTurn();
        _thread.Run(
            () =>
            {
                while (!deadline.IsOver && others.IsRefused(range, LockMode.Exclusive))
                {
                    others.WaitForChange(range, LockMode.Exclusive, LockDeadline.MaximumPause);
                }
            },
            change.SetResult);
        IsGranted(await change.Task.ConfigureAwait(false));
    }

    /// <summary>Releases the lock.</summary>
    public void Exit()
    {
        lock (_mutex)
        {
            if (_state != State.Held)
            {
                throw new InvalidOperationException("Next is not held.");
            }

            _state = State.Idle;
            if (!_isDisposed)
            {
                locks.Release(Range);
            }
        }
    }

    /// <summary>Closes the file, which releases the lock; whoever waits is told.</summary>
    public void Dispose()
    {
        lock (_mutex)
        {
            _isDisposed = true;
            file.Dispose();
            if (_state == State.Wanted)
            {
                _state = State.Unwanted;
                _turn.SetResult(new ObjectDisposedException(nameof(NextLock)));
            }
        }
    }

    /// <summary>Asks for the lock, or takes up the request that was left behind.</summary>
    private Task<Exception?> Ask()
    {
        lock (_mutex)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_state == State.Idle)
            {
                _thread.Run(() => locks.AcquireBlocking(Range, LockMode.Exclusive), OnEnd);
            }

            _state = State.Wanted;
            _turn = NewTurn();
            return _turn.Task;
        }
    }

    /// <summary>The request has come to its turn, or failed; on the thread.</summary>
    private void OnEnd(Exception? problem)
    {
        lock (_mutex)
        {
            bool isWanted = _state == State.Wanted;
            _state = isWanted && problem is null ? State.Held : State.Idle;
            if (isWanted)
            {
                _turn.SetResult(problem);
            }
            else if (problem is null && !_isDisposed)
            {
                locks.Release(Range);
            }
        }
    }

    private void GiveUp()
    {
        if (!TryLeave())
        {
            // It was granted at the moment of cancellation.
            Exit();
        }
    }

    /// <returns>False when the lock is held.</returns>
    private bool TryLeave()
    {
        lock (_mutex)
        {
            _state = _state == State.Wanted ? State.Unwanted : _state;
            return _state != State.Held;
        }
    }

    /// <summary>Whoever completes a turn holds the mutex, and must not run what waits.</summary>
    private static TaskCompletionSource<Exception?> NewTurn() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static bool IsGranted(Exception? problem)
    {
        if (problem is not null)
        {
            ExceptionDispatchInfo.Throw(problem);
        }

        return true;
    }
}
