using System.Runtime.ExceptionServices;
using Xunit.Sdk;

namespace Quire.Tests.Support;

/// <summary>
/// A thread of its own for a part of a test; its failure is the test's when it is joined.
/// </summary>
public sealed class OtherThread
{
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    private OtherThread(Action action)
    {
        _thread = new Thread(() => Run(action)) { IsBackground = true };
        _thread.Start();
    }

    public bool IsRunning => _thread.IsAlive;

    public static OtherThread Start(Action action) => new(action);

    /// <summary>Waits for its end, at most <see cref="Eventually.Limit"/>.</summary>
    public void Join()
    {
        if (!_thread.Join(Eventually.Limit))
        {
            throw new XunitException("The other thread does not end.");
        }

        _failure?.Throw();
    }

    private void Run(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
        }
    }
}
