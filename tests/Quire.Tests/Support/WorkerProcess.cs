using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Quire.Storage;
using Xunit.Sdk;

namespace Quire.Tests.Support;

/// <summary>
/// A child process in one of the roles of Quire.Worker, in a conversation of lines. Always ended
/// and reaped when disposed.
/// </summary>
/// <remarks>
/// Starting is serialised within the test process: one test lets its child inherit a descriptor,
/// and a child that another test starts at that moment would inherit it too. So tests start
/// processes through here or <see cref="Command"/>.
/// </remarks>
public sealed class WorkerProcess : IDisposable
{
    internal static readonly Lock StartMutex = new();

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private WorkerProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    public int ProcessId => _process.Id;

    /// <summary>What the child has written to standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    public static WorkerProcess Start(string role, params string[] arguments)
    {
        lock (StartMutex)
        {
            return StartUnderMutex(role, arguments);
        }
    }

    /// <summary>Starts a child that inherits one open descriptor.</summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public static unsafe WorkerProcess StartInheriting(SafeFileHandle descriptor, string role)
    {
        const int setDescriptorFlags = 2;
        const int closeOnExec = 1;
        lock (StartMutex)
        {
            if (UnixNative.Fcntl(descriptor, setDescriptorFlags, null) != 0)
            {
                throw new XunitException("The descriptor cannot be made inheritable.");
            }

            try
            {
                return StartUnderMutex(role);
            }
            finally
            {
                _ = UnixNative.Fcntl(descriptor, setDescriptorFlags, (void*)closeOnExec);
            }
        }
    }

    public void Send(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>The next line of the child's output; its end, or silence, fails the test.</summary>
    public string ReadLine() =>
        TryReadLine() ?? throw new XunitException($"The worker's output ended. {Errors}");

    /// <summary>The next line, or null at the end of the output.</summary>
    public string? TryReadLine()
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        return line.Wait(Eventually.Limit)
            ? line.Result
            : throw new XunitException($"The worker is silent. {Errors}");
    }

    public string Ask(string line)
    {
        Send(line);
        return ReadLine();
    }

    /// <summary>SIGKILL, and returns once the process is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        WaitForExit();
    }

    /// <summary>Ends the child's input; roles end with it.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <returns>The exit code.</returns>
    public int WaitForExit()
    {
        if (!_process.WaitForExit(Eventually.Limit))
        {
            throw new XunitException($"The worker does not end. {Errors}");
        }

        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static WorkerProcess StartUnderMutex(string role, params string[] arguments)
    {
        var start = new ProcessStartInfo
        {
            FileName = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Quire.Worker.dll"));
        start.ArgumentList.Add(role);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new WorkerProcess(Process.Start(start)!);
    }
}
