using System.Collections.Concurrent;
using System.Diagnostics;
using Quire.Cli.Commands;

namespace Quire.Cli.Demo;

/// <summary>
/// A child of the demonstration, seen from its parent. Whatever happens to the parent's story,
/// disposing kills and reaps it.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _errors = [];
    private readonly ManualResetEventSlim _outputEnded = new();

    private ChildProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        _process = new Process { StartInfo = start };
    }

    public string Name { get; }

    public int Id { get; private set; }

    /// <summary>Whether it has ended and everything that it said has arrived.</summary>
    public bool HasEnded => _outputEnded.IsSet && _process.HasExited;

    /// <summary>What it said on standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return string.Join(' ', _errors);
            }
        }
    }

    /// <summary>Starts this program again, in another role.</summary>
    /// <param name="name">"reader 1".</param>
    /// <param name="arguments">The role's own arguments.</param>
    /// <param name="events">Where what it says is put.</param>
    public static ChildProcess Start(
        string name, IEnumerable<string> arguments, BlockingCollection<DemoEvent> events)
    {
        ProcessStartInfo start = Myself();
        start.ArgumentList.Add(DemoProcessCommand.Name);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var child = new ChildProcess(name, start);
        child._process.OutputDataReceived += (_, line) => child.Hear(line.Data, events);
        child._process.ErrorDataReceived += (_, line) => child.HearError(line.Data);
        child._process.Start();
        child.Id = child._process.Id;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>
    /// SIGKILL: no handler runs, no buffer is flushed, no lock is released politely.
    /// </summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit(DemoSettings.Patience);
    }

    /// <summary>Asks it to end.</summary>
    public void AskToStop()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    public void Dispose()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.WaitForExit(DemoSettings.Patience);

            // Nothing is heard any more once this returns: whoever listens may go away.
            _outputEnded.Wait(DemoSettings.Patience);
        }
        catch (Exception ended) when (ended is InvalidOperationException
            or System.ComponentModel.Win32Exception)
        {
            // It ended in between.
        }

        _process.Dispose();
        _outputEnded.Dispose();
    }

    private void Hear(string? line, BlockingCollection<DemoEvent> events)
    {
        if (line is null)
        {
            _outputEnded.Set();
            return;
        }

        try
        {
            events.Add(DemoEvent.Parse(line));
        }
        catch (FormatException malformed)
        {
            events.Add(DemoEvent.Now(Name, DemoEventKind.Failed) with { Text = malformed.Message });
        }
    }

    private void HearError(string? line)
    {
        if (line is not null)
        {
            lock (_errors)
            {
                _errors.Add(line);
            }
        }
    }

    /// <summary>
    /// How to start this very program: through its own host, or `dotnet quire.dll`.
    /// </summary>
    private static ProcessStartInfo Myself()
    {
        string host = Environment.ProcessPath ?? "dotnet";
        var start = new ProcessStartInfo(host)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "quire.dll"));
        }

        return start;
    }
}
