using System.Diagnostics;
using System.Globalization;

namespace Quire.Peers.Running;

/// <summary>
/// This program once more, as another process with a role (<see cref="ChildProgram"/>). It speaks
/// in lines, and ends when it is killed or its input does.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    public ChildProcess(string role, string contender, string folder, int count)
    {
        string program = typeof(ChildProcess).Assembly.Location;
        _process = Process.Start(
            new ProcessStartInfo(
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                [
                    program, ChildProgram.Switch, role, contender, folder,
                    count.ToString(CultureInfo.InvariantCulture),
                ])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
    }

    /// <exception cref="InvalidOperationException">It ended without saying anything.</exception>
    /// <exception cref="TimeoutException">It said nothing for minutes.</exception>
    public string ReadLine() =>
        _process.StandardOutput.ReadLineAsync().WaitAsync(Limit).GetAwaiter().GetResult()
        ?? throw new InvalidOperationException("A child process ended before it was done.");

    public void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>SIGKILL: nothing more of it runs.</summary>
    public void Kill()
    {
        _process.Kill();
        WaitForEnd();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        try
        {
            WaitForEnd();
        }
        finally
        {
            _process.Dispose();
        }
    }

    private void WaitForEnd()
    {
        if (!_process.WaitForExit(Limit))
        {
            _process.Kill();
            throw new TimeoutException($"A child process did not end within {Limit}.");
        }
    }
}
