using System.Runtime.ExceptionServices;
using Quire.Locking;
namespace Quire.Pager;

/// <content>Commits that share a sync: docs/transactions.md.</content>
internal sealed partial class WriteSlot
{
    /// <summary>
    /// Makes the commit one of a group without waiting for it, so that one thread can put a group
    /// together. For the crash lab, where a process is one thread.
    /// </summary>
    /// <returns>For <see cref="Complete"/>.</returns>
    public (GroupMember Shared, TransactionNumber Number) CommitLater(long turn)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            PendingCommit commit = PrepareCommit()
                ?? throw new InvalidOperationException("There is nothing to commit.");
            return (Share(commit, DeadlineOf(default), always: true), commit.Last);
        }
    }

    /// <summary>Sees to the group, if it is this one's to do, and waits for it.</summary>
    /// <exception cref="StaleReadException">What it stood on was not committed.</exception>
    public void Complete(long turn, in GroupMember shared, TransactionNumber number)
    {
        CommitGroup group = shared.Group!;
        if (shared.Leads)
        {
            try
            {
                group.WayIsFree?.Wait(CancellationToken.None);
            }
            catch (ThreadInterruptedException)
            {
                // The others have not been interrupted.
                _ = LeadAsync(shared);
                throw;
            }

            file.Writer.CommitGroup(shared.Turn!, group);
        }

        group.Done.Wait(CancellationToken.None);
        ThrowIfFailed(turn, shared, number);
    }

    /// <summary>As <see cref="Complete"/>, without a thread that waits.</summary>
    private async ValueTask CompleteAsync(
        long turn, GroupMember shared, TransactionNumber number)
    {
        if (shared.Leads)
        {
            await LeadAsync(shared).ConfigureAwait(false);
        }

        await shared.Group!.Done.ConfigureAwait(false);
        ThrowIfFailed(turn, shared, number);
    }

    private async Task LeadAsync(GroupMember shared)
    {
        CommitGroup group = shared.Group!;
        await (group.WayIsFree ?? Task.CompletedTask).ConfigureAwait(false);
        await Task
            .Run(() => file.Writer.CommitGroup(shared.Turn!, group), CancellationToken.None)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Makes the commit one of a group, when other writers of this process wait or have commits on
    /// their way: the transaction is ended then, and the next one stages on top of it.
    /// </summary>
    /// <param name="pending">The commit; null when the transaction has changed nothing.</param>
    /// <param name="deadline">How long it would wait for readers.</param>
    /// <param name="always">Whether to do so when nobody waits, too.</param>
    /// <returns>Without a group when it commits by itself.</returns>
    /// <exception cref="StaleReadException">
    /// What the transaction stands on was not committed; it is rolled back.
    /// </exception>
    private GroupMember Share(
        PendingCommit? pending, in LockDeadline deadline, bool always = false)
    {
        if (_session is not { } session)
        {
            return default;
        }

        WriterTurn turn = session.Turn;
        CommitGroup? below = turn.Newest;
        if (turn.HasFailed)
        {
            throw RolledBack(turn.OutOfDate(session.Number));
        }

        if (pending is not { } commit)
        {
            // It has perhaps seen what is not durable yet.
            if (below is not null)
            {
                End();
            }

            return new GroupMember(turn, below, Leads: false) { OnlyStandsOnIt = true };
        }

        bool isWaitedFor = !session.ExcludesReaders
            && !commit.Staged.HasFrames
            && (always || session.Side.Queue.Waiting > 0);
        if (below is null && !isWaitedFor)
        {
            ((WritingState)_state!).TakeJournal();
            return default;
        }

        // Whoever ends the turn ends it for the others too: this one's part in it is over.
        _session = null;
        ((WritingState)_state!).GiveStagedAway();
        MarkEnded();
        if (turn.Join(commit, deadline, out CommitGroup group, out bool leads))
        {
            turn.Leave();
        }
        else
        {
            turn.Close();
        }

        return new GroupMember(turn, group, leads);
    }

    private void ThrowIfFailed(long turn, in GroupMember shared, TransactionNumber number)
    {
        switch (shared.Group!.Failure)
        {
            case null:
                return;
            case not null when shared.Group.IsOutOfDate || shared.OnlyStandsOnIt:
                StaleReadException outOfDate = shared.Turn!.OutOfDate(number);
                lock (_call)
                {
                    _outOfDate = turn == _turn ? outOfDate : _outOfDate;
                }

                throw outOfDate;
            case CommitInDoubtException doubt:
                throw new CommitInDoubtException(
                    _engine.Path, number.Value, doubt.InnerException ?? doubt);
            case { } failure:
                ExceptionDispatchInfo.Throw(failure);
                return;
        }
    }
}
