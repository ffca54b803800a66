namespace Quire.Pager;

/// <summary>Slots of one open file that nobody uses now.</summary>
/// <remarks>
/// Keeps as many as there are ever transactions at once in most programs; beyond that a transaction
/// costs an object again.
/// </remarks>
internal sealed class SlotRack<T>
    where T : class
{
    private const int MostSpare = 16;

    private readonly T?[] _spare = new T?[MostSpare];
    private T? _first;

    /// <summary>A slot, or null when there is none to spare.</summary>
    public T? Take()
    {
        T? slot = Interlocked.Exchange(ref _first, null);
        for (int i = 0; slot is null && i < MostSpare; i++)
        {
            if (Volatile.Read(ref _spare[i]) is not null)
            {
                slot = Interlocked.Exchange(ref _spare[i], null);
            }
        }

        return slot;
    }

    public void Return(T slot)
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
