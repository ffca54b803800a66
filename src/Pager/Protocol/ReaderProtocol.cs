using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// The reader's algorithm: R1 to R7 of docs/protocol.md. R1 is the opening of the file.
/// </summary>
internal sealed class ReaderProtocol(EngineFile file, RecoveryProtocol recovery)
{
    /// <summary>
    /// What was read under the OS lock that is held now; published by
    /// <see cref="SharedMainLock.StateWasRead"/>.
    /// </summary>
    private MainState _underLock = null!;

    /// <summary>R2 to R6: returns with main held shared and consistent.</summary>
    /// <exception cref="BusyException">
    /// A lock could not be had in time; nothing is held.
    /// </exception>
    /// <exception cref="CorruptFileException">
    /// Main cannot be used and cannot be recovered.
    /// </exception>
    /// <exception cref="QuireException">
    /// Recovery is needed, and this opener may not write.
    /// </exception>
    public MainState Begin(in LockDeadline deadline)
    {
        while (true)
        {
            file.Observe(ProtocolStep.R2);
            bool isKnown = file.ReaderLock.Enter(deadline);
            if ((isKnown ? Join() : TryUse(deadline)) is { } state)
            {
                return state;
            }
        }
    }

    /// <summary>
    /// As <see cref="Begin"/>, without a thread that waits for the gate and main; one that has to
    /// recover does it on the spot.
    /// </summary>
    public async ValueTask<MainState> BeginAsync(LockDeadline deadline)
    {
        while (true)
        {
            file.Observe(ProtocolStep.R2);
            bool isKnown = await file.ReaderLock.EnterAsync(deadline).ConfigureAwait(false);
            if ((isKnown ? Join() : TryUse(deadline)) is { } state)
            {
                return state;
            }
        }
    }

    /// <summary>
    /// R3 to R6 for one who shares the lock of others: they have read main, which has been frozen
    /// since, and have revalidated the cache.
    /// </summary>
    private MainState Join()
    {
        MainState state = Volatile.Read(ref _underLock);
        file.Options.Observer?.OnLock(LockName.Main, LockMode.Shared);
        try
        {
            file.Latch.ThrowIfSet(file.Path);
        }
        catch
        {
            Unlock();
            throw;
        }

        file.Observe(ProtocolStep.R5);
        return state;
    }

    /// <summary>R3 to R6, with main held shared.</summary>
    /// <returns>Null when main is unlocked again and the reader has to start over.</returns>
    private MainState? TryUse(in LockDeadline deadline)
    {
        MainState state;
        bool isUsable;
        bool keepsLock = false;
        try
        {
            file.Options.Observer?.OnLock(LockName.Main, LockMode.Shared);
            file.Observe(ProtocolStep.R3);
            state = MainState.Read(file.ReaderMain.File, file.Known);
            isUsable = state.IsUsable
                || (file.Plants(PlantedBug.ReaderIgnoresMarker) && state.Problem is null);
            keepsLock = isUsable || file.Plants(PlantedBug.ReaderKeepsMain);
        }
        finally
        {
            if (!keepsLock)
            {
                Unlock();
            }
        }

        if (isUsable)
        {
            RevalidateCache(state);
            Volatile.Write(ref _underLock, state);
            file.ReaderLock.StateWasRead();
            file.Observe(ProtocolStep.R5);
            if (file.Plants(PlantedBug.ReaderUnlocksEarly))
            {
                Unlock();
            }

            return state;
        }

        if (!state.MayBeRecoverable)
        {
            throw state.ToException(file.Path);
        }

        // Main is unlocked by now: to wait for the journal while holding main is the deadlock of
        // note [1a]. Recovery may find that somebody else was first; either way start over, with
        // the check, instead of carrying a lock across.
        file.Observe(ProtocolStep.R4);
        recovery.RecoverAsReader(state, deadline);
        return null;
    }

    /// <summary>R7.</summary>
    public void End()
    {
        file.Observe(ProtocolStep.R7);
        if (!file.IsDisposed && !file.Plants(PlantedBug.ReaderUnlocksEarly))
        {
            Unlock();
        }
    }

    /// <summary>
    /// R6: cached pages of another transaction number are of another file, so to speak.
    /// </summary>
    private void RevalidateCache(MainState state)
    {
        if (ReferenceEquals(state, file.Known))
        {
            return;
        }

        file.Observe(ProtocolStep.R6);
        if (file.PageSize == 0)
        {
            file.Identify(state.Header);
        }

        Invariant.Holds(
            state.Header.FileId == file.FileId && state.Header.PageSize == file.PageSize,
            "an open file keeps its id and page size");
        if (file.Plants(PlantedBug.CacheNotDropped))
        {
            file.Cache.Advance(state.Number, state.Number, []);
        }

        file.Cache.Revalidate(state.Number);
        file.Known = state;
    }

    private void Unlock()
    {
        file.ReaderLock.Exit();
        file.Options.Observer?.OnLock(LockName.Main, null);
    }
}
