namespace Quire.Pager;

/// <summary>
/// What read transactions that follow each other have in common, so that none of them is an object
/// of its own: which of them is the present one.
/// </summary>
/// <remarks>
/// Invariants:
/// <list type="number">
/// <item>The turn only rises, and rises when a transaction ends: a handle whose turn it is not is
/// one that has ended, for ever.</item>
/// <item>Only who raises the turn ends the protocol's transaction, so however often and from
/// wherever a handle and its copies are disposed, main is unlocked once, and never for the
/// transaction that has the slot next.</item>
/// </list>
/// A handle keeps what it has read of main itself; of the slot it uses only what never changes.
/// </remarks>
internal sealed class ReadSlot(EngineFile engine, ReaderProtocol protocol, SlotRack<ReadSlot> home)
{
    private long _turn;

    public EngineFile Engine => engine;

    /// <summary>Which handle is the present one.</summary>
    public long Turn => Volatile.Read(ref _turn);

    /// <summary>R7, if it is this handle's turn.</summary>
    public void TryEnd(long turn)
    {
        if (Interlocked.CompareExchange(ref _turn, turn + 1, turn) != turn)
        {
            return;
        }

        // Back in the rack before the lock is released, which may throw.
        home.Return(this);
        protocol.End();
    }
}
