using System.Runtime.InteropServices;
using System.Text;

namespace Quire.Cli.Demo;

/// <summary>
/// How a child process talks to its parent: one event per line on standard output, and the end of
/// standard input means "stop". A child whose parent dies therefore stops as well.
/// </summary>
internal sealed class ChildVoice : IDisposable
{
    private readonly Lock _mutex = new();
    private readonly StreamWriter _output = new(
        Console.OpenStandardOutput(), new UTF8Encoding(false))
    {
        NewLine = "\n",
        AutoFlush = true,
    };

    private readonly CancellationTokenSource _stop = new();

    // Control-C reaches all processes of a terminal at once. The parent decides what it means.
    private readonly PosixSignalRegistration _interrupt = PosixSignalRegistration.Create(
        PosixSignal.SIGINT, signal => signal.Cancel = true);

    /// <summary>Starts to listen for the end.</summary>
    /// <param name="atEnd">Called when the parent wants the child to end.</param>
    public ChildVoice(Action? atEnd = null)
    {
        var listener = new Thread(() => Listen(atEnd)) { IsBackground = true };
        listener.Start();
    }

    /// <summary>Cancelled when the parent wants the child to end.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Say(DemoEvent said)
    {
        string line = said.ToLine();
        lock (_mutex)
        {
            _output.WriteLine(line);
        }
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _output.Dispose();
        _stop.Dispose();
    }

    private void Listen(Action? atEnd)
    {
        using Stream input = Console.OpenStandardInput();
        Span<byte> buffer = stackalloc byte[64];
        while (input.Read(buffer) > 0)
        {
        }

        _stop.Cancel();
        atEnd?.Invoke();
    }
}
