using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// What a writer waits for at its start: its place among the writers of its process, and then, unless
/// the process is the writer already, the journal lock. W2 and W2N of docs/protocol.md.
/// </summary>
internal static class WriterEntrance
{
    /// <summary>
    /// Returns in this writer's place, with the journal locked, or within a turn of this process.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="side">Its writer's descriptors.</param>
    /// <param name="needs">What the transaction needs.</param>
    /// <param name="deadline">Bounds the waits.</param>
    /// <returns>The transaction's part of the turn; null when it begins a turn of its own.</returns>
    /// <exception cref="BusyException">The deadline passed; nothing is held.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is held.</exception>
    public static WriteSession? Enter(
        EngineFile file, WriterSide side, WriterNeeds needs, in LockDeadline deadline)
    {
        if (!side.Queue.Enter(deadline))
        {
            throw side.BusyHere(deadline);
        }

        if (side.Turn is { } turn)
        {
            if (BelowMustEnd(turn, needs) is { } below)
            {
                Await(turn, below, deadline);
            }

            if (GoOn(file, turn, needs) is { } session)
            {
                return session;
            }
        }

        try
        {
            if (!TryLockJournal(file, side, deadline))
            {
                side.Line.Take(deadline);
                side.Paths.Forget();
            }
        }
        catch
        {
            side.Leave();
            throw;
        }

        return null;
    }

    /// <summary>As <see cref="Enter"/>, without a thread of the caller that waits.</summary>
    public static async ValueTask<WriteSession?> EnterAsync(
        EngineFile file, WriterSide side, WriterNeeds needs, LockDeadline deadline)
    {
        if (!await side.Queue.EnterAsync(deadline).ConfigureAwait(false))
        {
            throw side.BusyHere(deadline);
        }

        if (side.Turn is { } turn)
        {
            if (BelowMustEnd(turn, needs) is { } below)
            {
                await AwaitAsync(turn, below, deadline).ConfigureAwait(false);
            }

            if (GoOn(file, turn, needs) is { } session)
            {
                return session;
            }
        }

        try
        {
            if (!TryLockJournal(file, side, deadline))
            {
                await side.Line.TakeAsync(deadline).ConfigureAwait(false);
                side.Paths.Forget();
            }
        }
        catch
        {
            side.Leave();
            throw;
        }

        return null;
    }

    /// <summary>The transaction that begins must get a number, which 0 is not.</summary>
    /// <exception cref="CorruptFileException">There is none left.</exception>
    public static void ThrowIfLast(EngineFile file, TransactionNumber number)
    {
        if (number.Next.Value == 0)
        {
            // Number 0 in the marker means that it is clear: such a commit could not be marked.
            throw new CorruptFileException(
                file.Path,
                MainFormat.MarkerOffset,
                $"transaction {number} is the last that can be numbered");
        }
    }

    /// <summary>What must be done before a transaction can go on with a turn; mostly nothing.</summary>
    private static CommitGroup? BelowMustEnd(WriterTurn turn, WriterNeeds needs) =>
        needs != WriterNeeds.Nothing || turn.HasFailed ? turn.Newest : null;

    private static void Await(WriterTurn turn, CommitGroup below, in LockDeadline deadline)
    {
        bool isDone = false;
        try
        {
            isDone = below.Done.Wait(deadline.RemainingForWait(), deadline.Cancellation);
        }
        finally
        {
            if (!isDone)
            {
                turn.Leave();
            }
        }

        if (!isDone)
        {
            throw turn.Side.BusyHere(deadline);
        }
    }

    private static async ValueTask AwaitAsync(
        WriterTurn turn, CommitGroup below, LockDeadline deadline)
    {
        try
        {
            await below.Done
                .WaitAsync(deadline.RemainingForWait(), deadline.Clock, deadline.Cancellation)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            turn.Leave();
            throw turn.Side.BusyHere(deadline);
        }
        catch (OperationCanceledException)
        {
            turn.Leave();
            throw;
        }
    }

    /// <summary>
    /// Goes on with the turn of this process, in which the journal is locked already. Null when that
    /// cannot be: then the turn is over, and the place in the queue is still the caller's.
    /// </summary>
    private static WriteSession? GoOn(EngineFile file, WriterTurn turn, WriterNeeds needs)
    {
        if (turn.HasFailed || needs == WriterNeeds.NoReaders)
        {
            turn.Side.Turn = null;
            turn.Side.Ladder.ReleaseAll();
            return null;
        }

        WriteSession session = turn.NewSession(excludesReaders: false, hasJournal: false);
        try
        {
            ThrowIfLast(file, session.Number);
            return session;
        }
        catch
        {
            turn.Leave();
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
            : side.Line.TryTake(deadline);
        if (!isLocked)
        {
            file.Observe(ProtocolStep.W2N);
        }

        return isLocked;
    }
}

/// <summary>What a transaction needs at its start besides the journal lock.</summary>
internal enum WriterNeeds
{
    /// <summary>Nothing: it can stand on commits of its process that are on their way.</summary>
    Nothing,

    /// <summary>
    /// To stand on what main holds, because it has read main, and compares.
    /// </summary>
    Main,

    /// <summary>That, and main locked exclusive while it stages.</summary>
    NoReaders,
}
