namespace Quire.Pager;

/// <content>The checkpoint on request: a writer that changes nothing performs it.</content>
internal sealed partial class WriteSlot
{
    /// <summary>K1 to K4 of a transaction in immediate mode.</summary>
    public void Checkpoint(
        long turn, CheckpointProtocol protocol, CancellationToken cancellation)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            WriteSession session = _session!.Value;
            TakeJournal();
            if (!protocol.IsDue(session))
            {
                return;
            }

            protocol.EmptyLog(session);
            session.Side.Ladder.AcquireMainExclusive(DeadlineOf(cancellation));
            protocol.NoteEmpty(session);
        }
    }

    /// <summary>The same, without a thread that waits for readers.</summary>
    public async ValueTask CheckpointAsync(
        long turn, CheckpointProtocol protocol, CancellationToken cancellation)
    {
        bool isDue = false;
        await Task.Run(
            () => Unended(turn, session =>
            {
                TakeJournal();
                isDue = protocol.IsDue(session);
                if (isDue)
                {
                    protocol.EmptyLog(session);
                }
            }),
            CancellationToken.None).ConfigureAwait(false);
        if (!isDue)
        {
            return;
        }

        await LockMainAsync(turn, _session!.Value.Side.Ladder, DeadlineOf(cancellation)).ConfigureAwait(false);
        await Task.Run(() => Unended(turn, protocol.NoteEmpty), CancellationToken.None)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Commits of this process that are on their way are in the log, and in main, before it is
    /// emptied.
    /// </summary>
    private void TakeJournal()
    {
        try
        {
            ((WritingState)_state!).TakeJournal();
        }
        catch (StaleReadException outOfDate)
        {
            throw RolledBack(outOfDate);
        }
    }

    private void Unended(long turn, Action<WriteSession> part)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            part(_session!.Value);
        }
    }
}
