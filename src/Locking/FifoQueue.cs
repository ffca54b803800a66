namespace Quire.Locking;

/// <summary>
/// Lets one caller of this process in at a time, in the order of arrival. It stands before the
/// journal lock, so that the threads of one process do not race each other for an OS lock that
/// knows no order, and no thread is passed over for ever.
/// </summary>
internal sealed class FifoQueue
{
    private readonly Lock _mutex = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private bool _taken;

    /// <summary>How many callers wait now.</summary>
    public int Waiting
    {
        get
        {
            lock (_mutex)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Enters at once or not at all; never ahead of somebody who waits.</summary>
    public bool TryEnter()
    {
        lock (_mutex)
        {
            if (_taken)
            {
                return false;
            }

            _taken = true;
            return true;
        }
    }

    /// <summary>Enters when its turn comes.</summary>
    /// <returns>False when the deadline passed first; then nothing is held.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is held.</exception>
    public bool Enter(in LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> turn;
        lock (_mutex)
        {
            if (!_taken)
            {
                _taken = true;
                return true;
            }

            turn = NewTurn();
        }

        try
        {
            if (turn.Value.Task.Wait(deadline.RemainingForWait(), deadline.Cancellation))
            {
                return true;
            }
        }
        catch (OperationCanceledException)
        {
            // The turn may have come at that moment; then it counts, here as below.
            if (TryLeave(turn))
            {
                throw;
            }

            return true;
        }

        return !TryLeave(turn);
    }

    /// <summary>As <see cref="Enter"/>, without a thread that waits.</summary>
    public async ValueTask<bool> EnterAsync(LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> turn;
        lock (_mutex)
        {
            if (!_taken)
            {
                _taken = true;
                return true;
            }

            turn = NewTurn();
        }

        try
        {
            await turn.Value.Task
                .WaitAsync(deadline.RemainingForWait(), deadline.Clock, deadline.Cancellation)
                .ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            if (TryLeave(turn))
            {
                throw;
            }

            return true;
        }
        catch (TimeoutException)
        {
            return !TryLeave(turn);
        }
    }

    /// <summary>Leaves, and hands the turn straight to whoever waited longest.</summary>
    public void Exit()
    {
        lock (_mutex)
        {
            if (!_taken)
            {
                throw new InvalidOperationException("The queue is not entered.");
            }

            if (_waiting.First is { } next)
            {
                _waiting.RemoveFirst();
                next.Value.SetResult();
            }
            else
            {
                _taken = false;
            }
        }
    }

    /// <summary>
    /// Called with the mutex held. Whoever hands the turn on must not run what waits for it.
    /// </summary>
    private LinkedListNode<TaskCompletionSource> NewTurn() => _waiting.AddLast(
        new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private bool TryLeave(LinkedListNode<TaskCompletionSource> turn)
    {
        lock (_mutex)
        {
            if (turn.List is null)
            {
                return false;
            }

            _waiting.Remove(turn);
            return true;
        }
    }
}
