namespace Quire.CrashLab;

/// <summary>
/// A thread that plays a simulated process: it runs one program after another, and stands still in
/// between its operations until it is handed the turn.
/// </summary>
internal sealed class ProcessThread : IDisposable
{
    private readonly SemaphoreSlim _turn = new(0);
    private readonly SemaphoreSlim _work = new(0);
    private readonly Thread _thread;
    private Action? _program;
    private volatile bool _isOver;

    public ProcessThread(string name)
    {
        _thread = new Thread(Loop, 1024 * 1024) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Whether the caller is on this thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Starts a program; it begins when it is handed the turn.</summary>
    public void Start(Action program)
    {
        _program = program;
        _work.Release();
    }

    /// <summary>Called by others: lets the thread go on.</summary>
    public void HandTurn() => _turn.Release();

    /// <summary>Called by the thread itself: waits until it is handed the turn.</summary>
    public void AwaitTurn() => _turn.Wait();

    /// <summary>Gives the thread up: it ends when its program ends, if that ever happens.</summary>
    public void Abandon()
    {
        _isOver = true;
        _turn.Release();
        _work.Release();
    }

    public void Dispose()
    {
        _isOver = true;
        _work.Release();
        _thread.Join();
        _turn.Dispose();
        _work.Dispose();
    }

    private void Loop()
    {
        while (true)
        {
            _work.Wait();
            if (_isOver)
            {
                return;
            }

            _turn.Wait();
            _program!();
        }
    }
}
