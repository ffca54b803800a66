using Quire.Journal;
using Quire.Locking;

namespace Quire.Pager;

/// <content>W1 to W6: how a transaction becomes the writer.</content>
internal sealed partial class WriterProtocol
{
    private JournalWriter? _journal;
    private PageWriter? _pages;

    /// <summary>The state before the last one, if nobody has it any more.</summary>
    private MainState? _spareState;

    /// <summary>W1 to W6.</summary>
    /// <param name="needs">What the transaction needs besides the journal lock.</param>
    /// <param name="deadline">Bounds the waits for the journal lock, and for main.</param>
    /// <exception cref="BusyException">
    /// A lock could not be had in time; nothing is held.
    /// </exception>
    public WriteSession Begin(WriterNeeds needs, in LockDeadline deadline)
    {
        file.Observe(ProtocolStep.W1);
        WriterSide side = file.OpenWriter();
        return WriterEntrance.Enter(file, side, needs, deadline) ?? Start(side, needs, deadline);
    }

    /// <summary>
    /// As <see cref="Begin"/>, without a thread that waits for the journal lock. What has to be put
    /// right then is put right on the spot.
    /// </summary>
    public async ValueTask<WriteSession> BeginAsync(WriterNeeds needs, LockDeadline deadline)
    {
        file.Observe(ProtocolStep.W1);
        WriterSide side = file.OpenWriter();
        return await WriterEntrance.EnterAsync(file, side, needs, deadline).ConfigureAwait(false)
            ?? Start(side, needs, deadline);
    }

    /// <summary>W3 to W6, with the journal locked.</summary>
    private WriteSession Start(WriterSide side, WriterNeeds needs, in LockDeadline deadline)
    {
        try
        {
            // W3, W4: nobody can change main any more.
            ResolvedState found = recovery.Resolve(
                side, deadline, file.Plants(PlantedBug.WriterTrustsWhatItKnew) ? file.Known : null);
            MainState main = found.Main;
            WriterEntrance.ThrowIfLast(file, main.Number);
            CreationProtocol.Confirm(file, side, main);

            // W5: the journal lock freezes main, so no lock on main is held while staging, unless
            // readers are to be kept out. Readers of this process may share the cache: they too see
            // main at this number.
            file.Observe(ProtocolStep.W5);
            bool excludesReaders = needs == WriterNeeds.NoReaders;
            if (excludesReaders)
            {
                side.Ladder.AcquireMainExclusive(deadline);
            }

            file.Cache.Revalidate(main.Number);
            file.Known = main;

            file.Observe(ProtocolStep.W6);
            _journal ??= new JournalWriter(
                side.Journal, file.PageSize, file.Options.JournalLimitBytes)
            {
                KeepsImages = file.Plants(PlantedBug.PatchedAcrossCycles),
            };
            WriterTurn turn = side.SpareTurn ?? new WriterTurn(file, recovery.Log, side, _journal);
            side.SpareTurn = null;
            turn.Begin(found);
            if (file.Plants(PlantedBug.PositionNotReset))
            {
                PlantedMistakes.StageLeftover(side, _journal, main.Header);
            }

            side.Turn = turn;
            return turn.NewSession(excludesReaders, hasJournal: true);
        }
        catch
        {
            side.Leave();
            throw;
        }
    }
}
