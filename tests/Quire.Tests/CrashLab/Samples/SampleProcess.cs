using System.Collections.Concurrent;
using System.Diagnostics;
using Quire.Tests.Support;

namespace Quire.Tests.CrashLab.Samples;

/// <summary>Runs a built sample as a user does.</summary>
internal static class SampleProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly ConcurrentDictionary<string, Lazy<(int, string, string)>> Runs = [];

    /// <summary>Runs it once; what it prints is the same every time.</summary>
    public static (int ExitCode, string Output, string Errors) Run(string name) =>
        Runs.GetOrAdd(name, sample => new(() => RunNow(sample))).Value;

    private static (int ExitCode, string Output, string Errors) RunNow(string name)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"Quire.Samples.{name}.dll"));
        Process started;
        lock (WorkerProcess.StartMutex)
        {
            started = Process.Start(start)
                ?? throw new InvalidOperationException("dotnet did not start.");
        }

        using Process process = started;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!Task.WaitAll([output, errors], Patience) || !process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The sample {name} did not end.");
        }

        return (process.ExitCode, output.Result.ReplaceLineEndings("\n"), errors.Result);
    }
}
