using Quire.Pager;

namespace Quire;

/// <summary>
/// A point in a write transaction to which it can go back. Disposing goes back, unless
/// <see cref="Release"/> was called. Savepoints nest; using one ends those made after it.
/// </summary>
/// <remarks>
/// Lives as long as its transaction, at most. The commit of an optimistic transaction releases all
/// of them, also when it is busy. Costs a copy of each page that is changed after it, once.
/// </remarks>
/// <example>
/// <code>
/// using (Savepoint savepoint = write.CreateSavepoint())
/// {
///     Import(write);
///     savepoint.Release();    // keep it; an exception before this line undoes the import
/// }
/// </code>
/// </example>
public sealed class Savepoint : IDisposable
{
    private readonly WriteSlot _slot;
    private readonly long _turn;

    internal Savepoint(WriteSlot slot, long turn)
    {
        _slot = slot;
        _turn = turn;
    }

    /// <summary>What the transaction's state remembers; null before it is the writer.</summary>
    internal object? Memory { get; set; }

    /// <summary>
    /// Makes everything that the transaction has changed what it was at this point, byte for byte.
    /// The savepoint stays and can be used again; those made after it are gone. Also repairs a
    /// transaction that a full disk has stopped half-way.
    /// </summary>
    /// <exception cref="ObjectDisposedException">
    /// It was released, or the transaction has ended.
    /// </exception>
    public void RollBack() => _slot.RollBackTo(_turn, this);

    /// <summary>
    /// Keeps what was changed since, and forgets the savepoint and those made after it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">
    /// It was released, or the transaction has ended.
    /// </exception>
    public void Release() => _slot.Release(_turn, this);

    /// <summary>
    /// Goes back and forgets the savepoint, unless it was released or the transaction has ended.
    /// </summary>
    public void Dispose() => _slot.Abandon(_turn, this);
}
