namespace Quire.Locking;

/// <summary>
/// Lets one caller of this process in at a time. It stands before the journal lock, so that the
/// threads of one process do not race each other for an OS lock that knows no order, and no thread
/// is passed over for ever.
/// </summary>
/// <remarks>
/// Those that wait enter in the order of arrival. Who leaves wakes the first of them and frees the
/// place: a thread that is awake may take it before that one is, because to wake a thread takes
/// longer than to stage a small transaction, and with many threads on few processors the place would
/// be empty most of the time. At most <see cref="MaximumPasses"/> pass the first in this way; then
/// the place is given to it, asleep or not.
/// </remarks>
internal sealed class FifoQueue
{
    /// <summary>So many may enter ahead of one that waits.</summary>
    public const int MaximumPasses = 64;

    private readonly Lock _mutex = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private bool _taken;

    /// <summary>How many have entered ahead of the first that waits.</summary>
    private int _passes;

    /// <summary>
    /// Whether the first that waits was woken and has not looked yet. As long as the place is free
    /// and somebody waits, it is so: nobody else would wake anybody.
    /// </summary>
    private bool _isFirstWoken;

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

    /// <summary>Enters at once or not at all.</summary>
    public bool TryEnter()
    {
        lock (_mutex)
        {
            return TryTake();
        }
    }

    /// <summary>Enters when its turn comes.</summary>
    /// <returns>False when the deadline passed first; then nothing is held.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is held.</exception>
    public bool Enter(in LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        if (EnterOrQueue() is not { } turn)
        {
            return true;
        }

        do
        {
            try
            {
                if (!turn.Value.Task.Wait(deadline.RemainingForWait(), deadline.Cancellation))
                {
                    return !TryLeave(turn);
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
        }
        while (!TryTakeTurn(turn));
        return true;
    }

    /// <summary>As <see cref="Enter"/>, without a thread that waits.</summary>
    public async ValueTask<bool> EnterAsync(LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        if (EnterOrQueue() is not { } turn)
        {
            return true;
        }

        do
        {
            try
            {
                await turn.Value.Task
                    .WaitAsync(deadline.RemainingForWait(), deadline.Clock, deadline.Cancellation)
                    .ConfigureAwait(false);
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
        while (!TryTakeTurn(turn));
        return true;
    }

    /// <summary>
    /// Leaves: the place is free, or whoever waited longest and was passed often enough has it.
    /// </summary>
    public void Exit()
    {
        lock (_mutex)
        {
            if (!_taken)
            {
                throw new InvalidOperationException("The queue is not entered.");
            }

            if (_waiting.First is { } first && _passes == MaximumPasses)
            {
                Remove(first);
                first.Value.TrySetResult();
            }
            else
            {
                _taken = false;
                WakeFirst();
            }
        }
    }

    /// <returns>Null when the caller is in; else what it waits for.</returns>
    private LinkedListNode<TaskCompletionSource>? EnterOrQueue()
    {
        lock (_mutex)
        {
            return TryTake() ? null : _waiting.AddLast(NewTurn());
        }
    }

    /// <summary>Called with the mutex held.</summary>
    private bool TryTake()
    {
        if (_taken)
        {
            return false;
        }

        _passes += _waiting.Count > 0 ? 1 : 0;
        _taken = true;
        return true;
    }

    /// <summary>The caller was woken.</summary>
    /// <returns>False when somebody else was faster: then it goes on waiting, as the first.</returns>
    private bool TryTakeTurn(LinkedListNode<TaskCompletionSource> turn)
    {
        lock (_mutex)
        {
            if (turn.List is null)
            {
                return true;
            }

            if (!_taken)
            {
                Remove(turn);
                _taken = true;
                return true;
            }

            turn.Value = NewTurn();
            _isFirstWoken = false;
            return false;
        }
    }

    /// <returns>False when the place was given to the caller meanwhile.</returns>
    private bool TryLeave(LinkedListNode<TaskCompletionSource> turn)
    {
        lock (_mutex)
        {
            if (turn.List is null)
            {
                return false;
            }

            if (turn.Previous is null)
            {
                Remove(turn);
            }
            else
            {
                _waiting.Remove(turn);
            }

            if (!_taken)
            {
                WakeFirst();
            }

            return true;
        }
    }

    /// <summary>The first one waits no longer. Called with the mutex held.</summary>
    private void Remove(LinkedListNode<TaskCompletionSource> first)
    {
        _waiting.Remove(first);
        _passes = 0;
        _isFirstWoken = false;
    }

    /// <summary>Called with the mutex held, and the place free.</summary>
    private void WakeFirst()
    {
        if (!_isFirstWoken && _waiting.First is { } first)
        {
            _isFirstWoken = true;
            first.Value.SetResult();
        }
    }

    /// <summary>Whoever wakes another must not run what waits for it.</summary>
    private static TaskCompletionSource NewTurn() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
