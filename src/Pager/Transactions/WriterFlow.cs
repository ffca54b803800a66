namespace Quire.Pager;

/// <summary>
/// Where a writer began: a second one of the same file that begins there before the first has ended
/// would wait for itself until its timeout.
/// </summary>
/// <remarks>
/// A transaction is not tied to a thread, so a thread alone proves nothing: it may have been given
/// other work while the transaction awaits something. Only when the flow of control, the task and the
/// thread are all the same is it certain enough to refuse. What is not certain waits, and ends as
/// busy. One variable for all files: a flow of control keeps each such variable for as long as it
/// lives, and a program may open any number of files.
/// </remarks>
internal sealed class WriterFlow
{
    private static readonly AsyncLocal<WriterFlow?> Current = new();

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly int? _task = Task.CurrentId;
    private readonly PageFile _file;
    private readonly WriterFlow? _outer;

    private WriterFlow(PageFile file, WriterFlow? outer)
    {
        _file = file;
        _outer = outer;
    }

    /// <summary>Whether its transaction has not ended yet.</summary>
    private bool IsActive { get; set; } = true;

    /// <summary>A writer has begun here.</summary>
    public static WriterFlow Begin(PageFile file)
    {
        WriterFlow? outer = Current.Value;
        while (outer is { IsActive: false })
        {
            outer = outer._outer;
        }

        var flow = new WriterFlow(file, outer);
        Current.Value = flow;
        return flow;
    }

    /// <exception cref="InvalidOperationException">
    /// The caller is within a write transaction of the file.
    /// </exception>
    public static void ThrowIfNested(PageFile file)
    {
        for (WriterFlow? flow = Current.Value; flow is not null; flow = flow._outer)
        {
            if (flow.IsActive && flow._file == file && flow.IsHere())
            {
                throw new InvalidOperationException(
                    "This thread is within a write transaction of this file already. There is one " +
                    "writer at a time: commit or dispose the first one, or pass it on; a savepoint " +
                    "undoes a part of it.");
            }
        }
    }

    /// <summary>The transaction has ended, on whatever thread.</summary>
    public void End()
    {
        IsActive = false;
        if (Current.Value == this)
        {
            Current.Value = _outer;
        }
    }

    private bool IsHere() => _thread == Environment.CurrentManagedThreadId
        && _task == Task.CurrentId;
}
