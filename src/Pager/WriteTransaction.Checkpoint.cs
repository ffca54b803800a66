using Quire.Pager;

namespace Quire;

/// <content>The checkpoint on request: a writer that changes nothing performs it.</content>
public sealed partial class WriteTransaction
{
    /// <summary>K1 to K4 of a transaction in immediate mode.</summary>
    internal void Checkpoint(CheckpointProtocol protocol, CancellationToken cancellation)
    {
        lock (_call)
        {
            ThrowIfEnded();
            WriteSession session = _session!;
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
    internal async ValueTask CheckpointAsync(
        CheckpointProtocol protocol, CancellationToken cancellation)
    {
        bool isDue = false;
        await Task.Run(
            () => Unended(session =>
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

        await LockMainAsync(_session!.Side.Ladder, DeadlineOf(cancellation)).ConfigureAwait(false);
        await Task.Run(() => Unended(protocol.NoteEmpty), CancellationToken.None)
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

    private void Unended(Action<WriteSession> part)
    {
        lock (_call)
        {
            ThrowIfEnded();
            part(_session!);
        }
    }
}
