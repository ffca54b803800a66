namespace Quire.Pager;

/// <summary>
/// Where a writer began: a second one of the same file that begins there before the first has ended
/// would wait for itself until its timeout.
/// </summary>
/// <remarks>
/// <para>
/// A transaction is not tied to a thread, so a thread alone proves nothing: it may have been given
/// other work while the transaction awaits something. Only when the flow of control, the task and the
/// thread are all the same is it certain enough to refuse. What is not certain waits, and ends as
/// busy. One variable for all files: a flow of control keeps each such variable for as long as it
/// lives, and a program may open any number of files.
/// </para>
/// <para>
/// To set such a variable makes a new context each time. A thread that is nobody's but its program's
/// keeps one instead, for its transactions one after the other: only on this thread does it say that
/// a writer is here, and no other flow comes to such a thread.
/// </para>
/// </remarks>
internal sealed class WriterFlow
{
    private static readonly AsyncLocal<WriterFlow?> Current = new();
    private static readonly ExecutionContext? Plain = FindPlain();

    [ThreadStatic]
    private static WriterFlow? _kept;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly int? _task = Task.CurrentId;
    private readonly WriterFlow? _outer;

    /// <summary>Null when its transaction has ended: the file is not kept from the collector.</summary>
    private volatile PageFile? _file;

    /// <summary>For one that is kept: the flow in which it is the current one.</summary>
    private ExecutionContext? _within;

    private WriterFlow(PageFile file, WriterFlow? outer)
    {
        _file = file;
        _outer = outer;
    }

    /// <summary>A writer has begun here.</summary>
    public static WriterFlow Begin(PageFile file)
    {
        bool isPlain = IsPlain();
        if (isPlain && _kept is { _file: null, _within: { } within } kept)
        {
            kept._file = file;
            ExecutionContext.Restore(within);
            return kept;
        }

        WriterFlow? outer = Current.Value;
        while (outer is { _file: null })
        {
            outer = outer._outer;
        }

        var flow = new WriterFlow(file, outer);
        Current.Value = flow;
        if (isPlain && _kept is null)
        {
            flow._within = ExecutionContext.Capture();
            _kept = flow;
        }

        return flow;
    }

    /// <exception cref="InvalidOperationException">
    /// The caller is within a write transaction of the file.
    /// </exception>
    public static void ThrowIfNested(PageFile file)
    {
        for (WriterFlow? flow = Current.Value; flow is not null; flow = flow._outer)
        {
            if (flow._file == file && flow.IsHere())
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
        _file = null;
        if (Current.Value != this)
        {
            return;
        }

        if (_within is { } within && ReferenceEquals(ExecutionContext.Capture(), within))
        {
            ExecutionContext.Restore(Plain!);
        }
        else
        {
            Current.Value = _outer;
        }
    }

    private bool IsHere() => _thread == Environment.CurrentManagedThreadId
        && _task == Task.CurrentId;

    /// <summary>
    /// Whether this is a thread of the program's own, with nothing in its flow: what it awaits goes
    /// on elsewhere, so that whatever comes here later comes from here.
    /// </summary>
    private static bool IsPlain() => Plain is { } plain
        && ReferenceEquals(ExecutionContext.Capture(), plain)
        && !Thread.CurrentThread.IsThreadPoolThread
        && Task.CurrentId is null
        && SynchronizationContext.Current is null;

    /// <summary>The context in which no variable is set: that of a thread that inherits none.</summary>
    private static ExecutionContext? FindPlain()
    {
        ExecutionContext? plain = null;
        var thread = new Thread(() => plain = ExecutionContext.Capture(), maxStackSize: 64 * 1024);
        thread.UnsafeStart();
        thread.Join();
        return plain;
    }
}
