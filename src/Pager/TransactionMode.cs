namespace Quire;

/// <summary>
/// How a write transaction comes by its locks: docs/transactions.md holds them against each other.
/// </summary>
public enum TransactionMode
{
    /// <summary>
    /// Takes the writer lock at once. Never acts on stale data and is never told to start over;
    /// other writers wait for it, readers do not. The default.
    /// </summary>
    Immediate,

    /// <summary>
    /// Begins as a reader, with its first read, and becomes the writer with its first change: it
    /// stops being a reader, takes the writer lock, and goes on only if nobody has committed since
    /// its first read; if somebody has, that change throws <see cref="StaleReadException"/>.
    /// </summary>
    Deferred,

    /// <summary>
    /// Takes the writer lock and locks readers out, from the beginning to the end. For work that
    /// nobody may watch; everybody waits for it.
    /// </summary>
    Exclusive,

    /// <summary>
    /// Holds no lock between its calls. Reads are consistent all the same: a read that would not
    /// fit what was read before throws <see cref="ConflictException"/>. At the commit the pages
    /// that were read are held against what they are by then, so that transactions on different
    /// pages all succeed. Keeps every page that it has read or changed in memory.
    /// </summary>
    Optimistic,
}
