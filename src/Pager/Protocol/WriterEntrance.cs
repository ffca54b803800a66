using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// What a writer waits for at its start: its turn among the writers of its process, and then, for
/// all of them, the journal lock. W2 and W2N of docs/protocol.md.
/// </summary>
internal static class WriterEntrance
{
    /// <summary>Returns with the journal locked, in this writer's turn.</summary>
    /// <exception cref="BusyException">The deadline passed; nothing is held.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is held.</exception>
    public static void Enter(EngineFile file, WriterSide side, in LockDeadline deadline)
    {
        if (!side.Queue.Enter(deadline))
        {
            throw side.BusyHere(deadline);
        }

        try
        {
            if (!TryLockJournal(file, side, deadline))
            {
                side.Turn.Take(deadline);
            }
        }
        catch
        {
            side.Leave();
            throw;
        }
    }

    /// <summary>As <see cref="Enter"/>, without a thread of the caller that waits.</summary>
    public static async ValueTask EnterAsync(
        EngineFile file, WriterSide side, LockDeadline deadline)
    {
        if (!await side.Queue.EnterAsync(deadline).ConfigureAwait(false))
        {
            throw side.BusyHere(deadline);
        }

        try
        {
            if (!TryLockJournal(file, side, deadline))
            {
                await side.Turn.TakeAsync(deadline).ConfigureAwait(false);
            }
        }
        catch
        {
            side.Leave();
            throw;
        }
    }

    /// <returns>False when the journal is to be waited for.</returns>
    private static bool TryLockJournal(
        EngineFile file, WriterSide side, in LockDeadline deadline)
    {
        file.Observe(ProtocolStep.W2);
        bool isLocked = file.Plants(PlantedBug.WriterIgnoresNext)
            ? side.Ladder.TryAcquire(LockName.Journal, LockMode.Exclusive)
            : side.Turn.TryTake(deadline);
        if (!isLocked)
        {
            file.Observe(ProtocolStep.W2N);
        }

        return isLocked;
    }
}
