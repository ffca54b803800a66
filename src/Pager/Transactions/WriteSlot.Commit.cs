using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <content>Becoming the writer, and the commit.</content>
internal sealed partial class WriteSlot
{
    public TransactionNumber Commit(long turn, CancellationToken cancellation)
    {
        TransactionNumber number;
        GroupMember shared;
        lock (_call)
        {
            ThrowIfEnded(turn);
            LockDeadline deadline = DeadlineOf(cancellation);
            if (_state is OptimisticState { HasChanges: true })
            {
                Take(
                    turn,
                    file.EnterWriter(WriterNeeds.Main, deadline),
                    isHere: true,
                    static (slot, session) => slot.Validate(session));
            }

            number = Reading(turn).BaseNumber;
            PendingCommit? pending = PrepareCommit();
            number = pending?.Last ?? number;
            shared = Share(pending, deadline);
            if (shared.Group is null)
            {
                if (pending is { } commit)
                {
                    Guard(
                        (Commit: commit, Deadline: deadline),
                        static (slot, part) => slot.File.Writer.Commit(part.Commit, part.Deadline));
                }

                End();
            }
        }

        if (shared.Group is not null)
        {
            Complete(turn, shared, number);
        }

        file.Committed(number);
        return number;
    }

    public async ValueTask<TransactionNumber> CommitAsync(
        long turn, CancellationToken cancellation)
    {
        LockDeadline deadline = DeadlineOf(cancellation);
        bool isOptimistic;
        lock (_call)
        {
            ThrowIfEnded(turn);
            isOptimistic = _state is OptimisticState { HasChanges: true };
        }

        if (isOptimistic)
        {
            WriteSession session = await file
                .EnterWriterAsync(WriterNeeds.Main, deadline)
                .ConfigureAwait(false);
            Take(turn, session, isHere: false, static (slot, session) => slot.Validate(session));
        }

        TransactionNumber number;
        PendingCommit? pending;
        GroupMember shared;
        lock (_call)
        {
            number = Reading(turn).BaseNumber;
            pending = PrepareCommit();
            number = pending?.Last ?? number;
            shared = Share(pending, deadline);
        }

        if (shared.Group is not null)
        {
            await CompleteAsync(turn, shared, number).ConfigureAwait(false);
        }
        else
        {
            if (pending is { } commit)
            {
                await CommitAsync(turn, commit, deadline).ConfigureAwait(false);
            }

            lock (_call)
            {
                if (turn == _turn && !_isEnded)
                {
                    End();
                }
            }
        }

        file.Committed(number);
        return number;
    }

    /// <summary>A deferred transaction becomes the writer; any other one stays what it is.</summary>
    public void Promote(long turn, CancellationToken cancellation)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            if (_state is not ChangingState)
            {
                Promote(turn, DeadlineOf(cancellation));
            }
        }
    }

    /// <summary>As <see cref="Promote(long, CancellationToken)"/>, without a thread that waits.</summary>
    public async ValueTask PromoteAsync(long turn, CancellationToken cancellation)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            if (_state is ChangingState)
            {
                return;
            }

            StopReading();
        }

        WriteSession session = await file
            .EnterWriterAsync(WriterNeeds.Main, DeadlineOf(cancellation))
            .ConfigureAwait(false);
        Take(turn, session, isHere: false, static (slot, session) => slot.StartWriting(session));
    }

    /// <summary>
    /// The validation of an optimistic transaction, under the journal lock; it is the writer after
    /// it.
    /// </summary>
    private void Validate(WriteSession session)
    {
        var optimistic = (OptimisticState)_state!;
        _session = session;
        PageNumber? conflict;
        try
        {
            conflict = optimistic.FindConflict(session.Turn.Main);
            if (conflict is null)
            {
                _state = optimistic.ToWriter(session);
                ReleaseSavepointsFrom(0);
            }
        }
        catch
        {
            RollBack();
            throw;
        }

        if (conflict is { } page)
        {
            throw RolledBack(new ConflictException(
                _engine.Path,
                page.Value,
                optimistic.BaseNumber.Value,
                session.Number.Value));
        }
    }

    /// <returns>Null when there is nothing to commit.</returns>
    private PendingCommit? PrepareCommit()
    {
        if (_state is not WritingState { HasChanges: true } writer)
        {
            return null;
        }

        ThrowIfHalfChanged(writer);
        return new PendingCommit(
            _session!.Value.Turn,
            writer.Staged,
            writer.HeaderToCommit(),
            writer.BaseNumber.Next,
            _session.Value.ExcludesReaders);
    }

    private async ValueTask CommitAsync(long turn, PendingCommit commit, LockDeadline deadline)
    {
        ulong sealChecksum = 0;
        WriterProtocol writer = file.Writer;
        await Task.Run(() => Locked(turn, () => sealChecksum = writer.SealAndSync(commit)))
            .ConfigureAwait(false);
        _engine.Observe(ProtocolStep.C2);
        if (!commit.ExcludesReaders)
        {
            try
            {
                await LockMainAsync(turn, commit.Turn.Side.Ladder, deadline).ConfigureAwait(false);
            }
            catch
            {
                await Task.Run(() => Locked(turn, () => writer.TakeSealBack(commit.Turn)))
                    .ConfigureAwait(false);
                throw;
            }
        }

        await Task.Run(() => Locked(turn, () => writer.Apply(commit, sealChecksum)))
            .ConfigureAwait(false);
    }

    /// <summary>C2: main exclusive by the gate, as <see cref="LockLadder"/> does it.</summary>
    private async ValueTask LockMainAsync(long turn, LockLadder ladder, LockDeadline deadline)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            if (ladder.TryAcquire(LockName.Main, LockMode.Exclusive))
            {
                return;
            }
        }

        await LockAsync(turn, ladder, LockName.Gate, deadline).ConfigureAwait(false);
        try
        {
            await LockAsync(turn, ladder, LockName.Main, deadline).ConfigureAwait(false);
        }
        finally
        {
            lock (_call)
            {
                if (turn == _turn && !_isEnded)
                {
                    ladder.Release(LockName.Gate);
                }
            }
        }
    }

    private async ValueTask LockAsync(
        long turn, LockLadder ladder, LockName name, LockDeadline deadline)
    {
        while (true)
        {
            lock (_call)
            {
                ThrowIfEnded(turn);
                if (ladder.TryAcquire(name, LockMode.Exclusive))
                {
                    return;
                }
            }

            await ladder.PauseForAsync(name, LockMode.Exclusive, deadline).ConfigureAwait(false);
        }
    }

    private void Locked(long turn, Action part)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            Guard(part, static (_, part) => part());
        }
    }

    /// <summary>Performs a part of the commit, and sees to what its failure leaves.</summary>
    private void Guard<T>(T argument, Action<WriteSlot, T> part)
    {
        var writer = (WritingState)_state!;
        writer.IsHalfChanged = true;
        try
        {
            part(this, argument);
            writer.IsHalfChanged = false;
        }
        catch (Exception before) when (
            before is BusyException or OperationCanceledException or StorageFullException)
        {
            // Nothing is marked and everything is still staged: it can be committed again, or go
            // on.
            writer.IsHalfChanged = false;
            throw;
        }
        catch (CommitInDoubtException)
        {
            End();
            throw;
        }
    }
}
