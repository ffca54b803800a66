using System.Diagnostics;
using System.Globalization;
using Quire.Peers.Workloads;

namespace Quire.Peers.Children;

/// <summary>
/// This program once more, as another process with a role (<see cref="ChildProgram"/>). It speaks
/// in lines, and ends when it is killed or its input does.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    public ChildProcess(string role, Setting setting, params long[] numbers)
        : this([
            role, setting.Contender.Name, setting.Folder,
            .. numbers.Select(one => one.ToString(CultureInfo.InvariantCulture)),
        ])
    {
    }

    /// <remarks>
    /// What it runs is compiled once, for speed: many runtimes that compile in haste first, and again
    /// beside each other on the few processors that they are measured on, would not be warm for
    /// seconds. Native contenders are called by the same code.
    /// </remarks>
    private ChildProcess(IEnumerable<string> args)
    {
        string program = typeof(ChildProcess).Assembly.Location;
        _process = Process.Start(
            new ProcessStartInfo(
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                [program, ChildProgram.Switch, .. args])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                Environment = { ["DOTNET_TieredCompilation"] = "0" },
            })!;
    }

    /// <summary>One that belongs to no contender.</summary>
    public static ChildProcess WithoutContender(string role) => new([role]);

    /// <exception cref="InvalidOperationException">
    /// It ended without saying anything, or says that it failed.
    /// </exception>
    /// <exception cref="TimeoutException">It said nothing for minutes.</exception>
    public string ReadLine()
    {
        string line =
            _process.StandardOutput.ReadLineAsync().WaitAsync(Limit).GetAwaiter().GetResult()
            ?? throw new InvalidOperationException("a child process ended before it was done");
        return line.StartsWith(ChildProgram.Failure, StringComparison.Ordinal)
            ? throw new InvalidOperationException(line[ChildProgram.Failure.Length..])
            : line;
    }

    /// <summary>A line of numbers.</summary>
    public double[] ReadNumbers() =>
    [
        .. ReadLine().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(one => double.Parse(one, CultureInfo.InvariantCulture)),
    ];

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
        try
        {
            _process.StandardInput.Close();
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
            throw new TimeoutException($"a child process did not end within {Limit}");
        }
    }
}
