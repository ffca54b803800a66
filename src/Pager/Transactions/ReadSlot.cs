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
internal sealed class ReadSlot(EngineFile engine, ReaderProtocol protocol, ReadSlots home)
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

/// <summary>The slots of one open file that nobody uses now.</summary>
/// <remarks>
/// Keeps as many as there are ever transactions at once in most programs; beyond that a transaction
/// costs an object again.
/// </remarks>
internal sealed class ReadSlots(EngineFile engine, ReaderProtocol protocol)
{
    private const int MostSpare = 16;

    private readonly ReadSlot?[] _spare = new ReadSlot?[MostSpare];
    private ReadSlot? _first;

    /// <summary>A slot for a transaction that has begun.</summary>
    public ReadSlot Take()
    {
        ReadSlot? slot = Interlocked.Exchange(ref _first, null);
        for (int i = 0; slot is null && i < MostSpare; i++)
        {
            if (Volatile.Read(ref _spare[i]) is not null)
            {
                slot = Interlocked.Exchange(ref _spare[i], null);
            }
        }

        return slot ?? new ReadSlot(engine, protocol, this);
    }

    public void Return(ReadSlot slot)
    {
        if (Interlocked.CompareExchange(ref _first, slot, null) is null)
        {
            return;
        }

        for (int i = 0; i < MostSpare; i++)
        {
            if (Volatile.Read(ref _spare[i]) is null
                && Interlocked.CompareExchange(ref _spare[i], slot, null) is null)
            {
                return;
            }
        }
    }
}
