using Quire.Locking;
using Quire.Pager;
using Quire.Storage;

namespace Quire;

/// <content>Becoming the writer, and the commit.</content>
public sealed partial class WriteTransaction
{
    /// <summary>
    /// Makes the changes durable and visible. Waits for the readers that are in, at most as long as
    /// the transaction's lock timeout, and keeps new ones out meanwhile. When it returns, the
    /// changes survive a power cut. A transaction without changes takes no number.
    /// </summary>
    /// <remarks>
    /// When other transactions of this process wait to write, it shares its sync with them
    /// (docs/transactions.md, "Commits that share a sync"). It can then neither be cancelled nor, when
    /// it fails, be committed again: it is rolled back.
    /// </remarks>
    /// <param name="cancellation">
    /// Ends the wait for readers; the transaction can then still go on.
    /// </param>
    /// <returns>
    /// The number of the transaction; without changes, that of the file as it was seen last.
    /// </returns>
    /// <exception cref="BusyException">
    /// Readers did not finish in time, or (optimistic) the writer lock was not to be had. Nothing
    /// was committed; commit again, or dispose. A read transaction of the committing caller itself
    /// is such a reader.
    /// </exception>
    /// <exception cref="ConflictException">
    /// Optimistic: something that it has read was changed since; the transaction is rolled back.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled while waiting; as for busy.
    /// </exception>
    /// <exception cref="StorageFullException">No space. Nothing was committed; make space and
    /// commit again, or dispose.</exception>
    /// <exception cref="StaleReadException">
    /// The commit of a neighbour in this process, on which it stood, failed. Nothing was committed;
    /// the transaction is rolled back.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// An earlier call failed half-way; dispose.
    /// </exception>
    /// <exception cref="CommitInDoubtException">I/O failed past the point of no return.</exception>
    /// <exception cref="IOException">I/O failed before it; nothing was committed.</exception>
    public TransactionNumber Commit(CancellationToken cancellation = default)
    {
        TransactionNumber number;
        GroupMember shared;
        lock (_call)
        {
            ThrowIfEnded();
            LockDeadline deadline = DeadlineOf(cancellation);
            if (_state is OptimisticState { HasChanges: true })
            {
                Validate(_file.EnterWriter(this, WriterNeeds.Main, deadline));
            }

            number = Reading().BaseNumber;
            PendingCommit? pending = PrepareCommit();
            number = pending?.Last ?? number;
            shared = Share(pending, deadline);
            if (shared.Group is null)
            {
                if (pending is { } commit)
                {
                    Guard(() => _file.Writer.Commit(commit, deadline));
                }

                End();
            }
        }

        if (shared.Group is not null)
        {
            Complete(shared, number);
        }

        _file.Committed(number);
        return number;
    }

    /// <summary>
    /// As <see cref="Commit"/>, without a thread that waits for locks. Writing and syncing, which
    /// no operating system does for a single file without a thread, is left to the thread pool.
    /// </summary>
    /// <inheritdoc cref="Commit"/>
    public async ValueTask<TransactionNumber> CommitAsync(
        CancellationToken cancellation = default)
    {
        LockDeadline deadline = DeadlineOf(cancellation);
        bool isOptimistic;
        lock (_call)
        {
            ThrowIfEnded();
            isOptimistic = _state is OptimisticState { HasChanges: true };
        }

        if (isOptimistic)
        {
            WriteSession session = await _file
                .EnterWriterAsync(this, WriterNeeds.Main, deadline)
                .ConfigureAwait(false);
            Take(session, Validate);
        }

        TransactionNumber number;
        PendingCommit? pending;
        GroupMember shared;
        lock (_call)
        {
            number = Reading().BaseNumber;
            pending = PrepareCommit();
            number = pending?.Last ?? number;
            shared = Share(pending, deadline);
        }

        if (shared.Group is not null)
        {
            await CompleteAsync(shared, number).ConfigureAwait(false);
        }
        else
        {
            if (pending is { } commit)
            {
                await CommitAsync(commit, deadline).ConfigureAwait(false);
            }

            lock (_call)
            {
                End();
            }
        }

        _file.Committed(number);
        return number;
    }

    /// <summary>
    /// Makes a deferred transaction the writer now instead of with its first change; any other one
    /// it leaves as it is.
    /// </summary>
    /// <param name="cancellation">Ends the wait; the transaction can then still go on.</param>
    /// <exception cref="StaleReadException">
    /// Somebody has committed since the first read; the transaction is rolled back.
    /// </exception>
    /// <exception cref="BusyException">The writer lock was not to be had in time.</exception>
    public void Promote(CancellationToken cancellation = default)
    {
        lock (_call)
        {
            ThrowIfEnded();
            if (_state is not ChangingState)
            {
                StopReading();
                StartWriting(_file.EnterWriter(
                    this, WriterNeeds.Main, DeadlineOf(cancellation)));
            }
        }
    }

    /// <summary>As <see cref="Promote"/>, without a thread that waits.</summary>
    /// <inheritdoc cref="Promote"/>
    public async ValueTask PromoteAsync(CancellationToken cancellation = default)
    {
        lock (_call)
        {
            ThrowIfEnded();
            if (_state is ChangingState)
            {
                return;
            }

            StopReading();
        }

        WriteSession session = await _file
            .EnterWriterAsync(this, WriterNeeds.Main, DeadlineOf(cancellation))
            .ConfigureAwait(false);
        Take(session, StartWriting);
    }

    /// <summary>
    /// Takes locks over that were waited for without the call's mutex; the transaction may have
    /// been disposed meanwhile.
    /// </summary>
    private void Take(WriteSession session, Action<WriteSession> take)
    {
        lock (_call)
        {
            if (_isEnded)
            {
                session.Turn.Leave();
            }

            ThrowIfEnded();
            take(session);
        }
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
            _session!.Turn,
            writer.Staged,
            writer.HeaderToCommit(),
            writer.BaseNumber.Next,
            _session.ExcludesReaders);
    }

    private async ValueTask CommitAsync(PendingCommit commit, LockDeadline deadline)
    {
        ulong sealChecksum = 0;
        await Task.Run(() => Locked(() => sealChecksum = _file.Writer.SealAndSync(commit)))
            .ConfigureAwait(false);
        _engine.Observe(ProtocolStep.C2);
        if (!commit.ExcludesReaders)
        {
            try
            {
                await LockMainAsync(commit.Turn.Side.Ladder, deadline).ConfigureAwait(false);
            }
            catch
            {
                await Task.Run(() => Locked(() => _file.Writer.TakeSealBack(commit.Turn)))
                    .ConfigureAwait(false);
                throw;
            }
        }

        await Task.Run(() => Locked(() => _file.Writer.Apply(commit, sealChecksum)))
            .ConfigureAwait(false);
    }

    /// <summary>C2: main exclusive by the gate, as <see cref="LockLadder"/> does it.</summary>
    private async ValueTask LockMainAsync(LockLadder ladder, LockDeadline deadline)
    {
        lock (_call)
        {
            ThrowIfEnded();
            if (ladder.TryAcquire(LockName.Main, LockMode.Exclusive))
            {
                return;
            }
        }

        await LockAsync(ladder, LockName.Gate, deadline).ConfigureAwait(false);
        try
        {
            await LockAsync(ladder, LockName.Main, deadline).ConfigureAwait(false);
        }
        finally
        {
            lock (_call)
            {
                if (!_isEnded)
                {
                    ladder.Release(LockName.Gate);
                }
            }
        }
    }

    private async ValueTask LockAsync(LockLadder ladder, LockName name, LockDeadline deadline)
    {
        while (true)
        {
            lock (_call)
            {
                ThrowIfEnded();
                if (ladder.TryAcquire(name, LockMode.Exclusive))
                {
                    return;
                }
            }

            await ladder.PauseForAsync(name, LockMode.Exclusive, deadline).ConfigureAwait(false);
        }
    }

    private void Locked(Action part)
    {
        lock (_call)
        {
            ThrowIfEnded();
            Guard(part);
        }
    }

    /// <summary>Performs a part of the commit, and sees to what its failure leaves.</summary>
    private void Guard(Action part)
    {
        var writer = (WritingState)_state!;
        writer.IsHalfChanged = true;
        try
        {
            part();
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
