namespace Quire.Pager;

/// <summary>
/// Where a writer began: a second one that begins there before the first has ended would wait for
/// itself until its timeout.
/// </summary>
/// <remarks>
/// A transaction is not tied to a thread, so a thread alone proves nothing: it may have been given
/// other work while the transaction awaits something. Only when the flow of control, the task and
/// the thread are all the same is it certain enough to refuse. What is not certain waits, and ends
/// as busy.
/// </remarks>
internal sealed class WriterFlow(WriteTransaction transaction)
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly int? _task = Task.CurrentId;

    /// <exception cref="InvalidOperationException">
    /// The caller is within a write transaction.
    /// </exception>
    public static void ThrowIfNested(WriterFlow? outer)
    {
        if (outer is not null && outer.IsHere())
        {
            throw new InvalidOperationException(
                "This thread is within a write transaction of this file already. There is one " +
                "writer at a time: commit or dispose the first one, or pass it on; a savepoint " +
                "undoes a part of it.");
        }
    }

    private bool IsHere() => _thread == Environment.CurrentManagedThreadId
        && _task == Task.CurrentId
        && !transaction.IsEnded;
}
