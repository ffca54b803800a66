using System.ComponentModel;
using System.Diagnostics;

namespace Quire.Tests.Support;

/// <summary>Runs a system tool to its end.</summary>
public static class Command
{
    /// <returns>Null when it exited with 0, else what went wrong, for a message.</returns>
    public static string? TryRun(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            Process started;
            lock (WorkerProcess.StartMutex)
            {
                started = Process.Start(start)!;
            }

            using Process process = started;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? null
                : $"{program} exited with {process.ExitCode}: {output.Result}{errors}".Trim();
        }
        catch (Win32Exception absent)
        {
            return $"{program} cannot be run: {absent.Message}";
        }
    }
}
