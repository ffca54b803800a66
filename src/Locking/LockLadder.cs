using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// The locks of one writer or recoverer, and the order in which it may take them.
/// </summary>
/// <remarks>
/// <para>
/// The chart of permitted requests, which is rule R-order. "Waits" means that the caller may block
/// until the lock is free; every other request is only tried.
/// </para>
/// <code>
///   request              needs                      must not hold          waits
///   open                 -                          next to main           only without presence
///   presence shared      open                       next to main           yes
///   presence exclusive   open                       next to main           no, tried
///   next                 -                          journal, gate, main    yes
///   journal              -                          gate, main             yes
///   gate                 journal                    next, main exclusive   yes
///   main shared          -                          gate                   yes
///   main exclusive       journal                    main exclusive         only with the gate
/// </code>
/// <para>
/// Why: two holders of different locks that wait for each other's never happens when everybody
/// climbs in one order, and OS byte-range locks of this kind detect no deadlock. Waiting for the
/// journal while holding main is the deadlock of note [1a] of the published algorithm (22 steps);
/// holding the gate into a wait for anything but main stops every reader (41 steps). Next is held by
/// who waits for the journal, and by nobody longer: its holder must not wait for readers.
/// </para>
/// <para>
/// Readers do not use a ladder: they hold nothing but main shared (<see cref="SharedMainLock"/>).
/// Not thread-safe: one owner at a time, which the writer queue guarantees.
/// </para>
/// </remarks>
internal sealed class LockLadder(
    IStorageFile mainFile,
    IByteRangeLocks mainLocks,
    IStorageFile journalFile,
    IByteRangeLocks journalLocks,
    Action<LockName, LockMode?>? changed = null)
{
    private readonly LockMode?[] _held = new LockMode?[6];

    /// <summary>
    /// Next, where it can be waited for in the system's queue; null before that was needed, and
    /// where it is tried like all other locks.
    /// </summary>
    public NextLock? Next { get; set; }

    /// <summary>How the lock is held now; null when it is not.</summary>
    public LockMode? Held(LockName name) => _held[(int)name];

    public bool Holds(LockName name, LockMode mode) => _held[(int)name] == mode;

    /// <summary>Takes a lock, waiting for it until the deadline.</summary>
    /// <exception cref="BusyException">The deadline passed; the ladder is as before.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the ladder is as before.</exception>
    /// <exception cref="InvalidOperationException">The chart forbids the request.</exception>
    public void Acquire(LockName name, LockMode mode, in LockDeadline deadline)
    {
        AssertPermitted(name, mode, waits: true);
        deadline.Cancellation.ThrowIfCancellationRequested();
        while (!TryWithoutCheck(name, mode))
        {
            if (name != LockName.Next || Next is null)
            {
                deadline.PauseOrThrow(LocksOf(name), PathOf(name), name, mode);
            }
            else if (Next.Enter(deadline))
            {
                SetHeld(name, mode);
                return;
            }
            else
            {
                deadline.ThrowIfOver(LocksOf(name), PathOf(name), name, mode);
            }
        }
    }

    /// <summary>As <see cref="Acquire"/>, without a thread of the caller that waits.</summary>
    public async ValueTask AcquireAsync(LockName name, LockMode mode, LockDeadline deadline)
    {
        AssertPermitted(name, mode, waits: true);
        deadline.Cancellation.ThrowIfCancellationRequested();
        while (!TryWithoutCheck(name, mode))
        {
            if (Next is null)
            {
                await PauseForAsync(name, mode, deadline).ConfigureAwait(false);
                continue;
            }

            deadline.ThrowIfOver(LocksOf(name), PathOf(name), name, mode);
            if (name != LockName.Next)
            {
                await Next
                    .AwaitChangeAsync(LocksOf(name), LockBytes.RangeOf(name), deadline)
                    .ConfigureAwait(false);
            }
            else if (await Next.EnterAsync(deadline).ConfigureAwait(false))
            {
                SetHeld(name, mode);
                return;
            }
        }
    }

    /// <summary>Tries a lock once.</summary>
    public bool TryAcquire(LockName name, LockMode mode)
    {
        AssertPermitted(name, mode, waits: false);
        return TryWithoutCheck(name, mode);
    }

    /// <summary>
    /// Main exclusive, by the gate (C2, P1). When readers are in, closes the gate so that no new one
    /// starts, waits for those, and opens the gate as soon as main is held. When nobody is in there
    /// is nobody to wait for, and the gate, which protects nothing, stays as it is. On failure
    /// neither is held.
    /// </summary>
    /// <exception cref="BusyException">The deadline passed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void AcquireMainExclusive(in LockDeadline deadline)
    {
        deadline.Cancellation.ThrowIfCancellationRequested();
        if (TryAcquire(LockName.Main, LockMode.Exclusive))
        {
            return;
        }

        Acquire(LockName.Gate, LockMode.Exclusive, deadline);
        try
        {
            Acquire(LockName.Main, LockMode.Exclusive, deadline);
        }
        finally
        {
            Release(LockName.Gate);
        }
    }

    /// <summary>
    /// Pauses until a lock that was only tried may be free, without ever acquiring it.
    /// </summary>
    /// <exception cref="BusyException">The deadline passed.</exception>
    public void PauseFor(LockName name, LockMode mode, in LockDeadline deadline) =>
        deadline.PauseOrThrow(LocksOf(name), PathOf(name), name, mode);

    /// <summary>As <see cref="PauseFor"/>, without a thread that waits.</summary>
    /// <exception cref="BusyException">The deadline passed.</exception>
    public ValueTask PauseForAsync(LockName name, LockMode mode, in LockDeadline deadline) =>
        deadline.PauseOrThrowAsync(LocksOf(name), PathOf(name), name, mode);

    /// <summary>Releases a lock; one that is not held is left alone.</summary>
    public void Release(LockName name)
    {
        if (_held[(int)name] is null)
        {
            return;
        }

        if (name == LockName.Next && Next is not null)
        {
            Next.Exit();
        }
        else
        {
            LocksOf(name).Release(LockBytes.RangeOf(name));
        }

        SetHeld(name, null);
    }

    /// <summary>Releases everything, topmost first.</summary>
    public void ReleaseAll()
    {
        for (var name = LockName.Main; name >= LockName.Open; name--)
        {
            Release(name);
        }
    }

    /// <summary>
    /// The chart as a function, so that a test can hold it against the table above.
    /// </summary>
    internal static bool Permits(
        ReadOnlySpan<LockMode?> held, LockName name, LockMode mode, bool waits)
    {
        bool open = held[(int)LockName.Open] is not null;
        bool presence = held[(int)LockName.Presence] is not null;
        bool next = held[(int)LockName.Next] is not null;
        bool journal = held[(int)LockName.Journal] is not null;
        bool gate = held[(int)LockName.Gate] is not null;
        bool main = held[(int)LockName.Main] is not null;
        bool mainExclusive = held[(int)LockName.Main] == LockMode.Exclusive;
        bool exclusive = mode == LockMode.Exclusive;
        return name switch
        {
            LockName.Open => !(presence && waits) && !next && !journal && !gate && !main,
            LockName.Presence =>
                open && !next && !journal && !gate && !main && !(exclusive && waits),
            LockName.Next => exclusive && !journal && !gate && !main,
            LockName.Journal => exclusive && !gate && !main,
            LockName.Gate => exclusive && journal && !next && !mainExclusive,
            LockName.Main => exclusive ? journal && !mainExclusive && (gate || !waits) : !gate,
            _ => false,
        };
    }

    private bool TryWithoutCheck(LockName name, LockMode mode)
    {
        bool isGranted = name == LockName.Next && Next is not null
            ? Next.TryEnter()
            : LocksOf(name).TryAcquire(LockBytes.RangeOf(name), mode);
        if (isGranted)
        {
            SetHeld(name, mode);
        }

        return isGranted;
    }

    private void SetHeld(LockName name, LockMode? mode)
    {
        _held[(int)name] = mode;
        changed?.Invoke(name, mode);
    }

    private void AssertPermitted(LockName name, LockMode mode, bool waits)
    {
        if (!Permits(_held, name, mode, waits))
        {
            string held = string.Join(", ", Enum.GetValues<LockName>()
                .Where(n => _held[(int)n] is not null)
                .Select(n => $"{LockBytes.NameOf(n)} {_held[(int)n]}"));
            throw new InvalidOperationException(
                $"Lock order: {LockBytes.NameOf(name)} {mode} (waits: {waits}) is not permitted " +
                $"while holding: {(held.Length == 0 ? "nothing" : held)}.");
        }
    }

    private IByteRangeLocks LocksOf(LockName name) =>
        LockBytes.IsOnJournal(name) ? journalLocks : mainLocks;

    private string PathOf(LockName name) =>
        LockBytes.IsOnJournal(name) ? journalFile.Path : mainFile.Path;
}
