using System.Diagnostics;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Benchmarks;

/// <summary>
/// The benchmarks reach into the engine's internals and are otherwise run by hand; this notices the
/// change that breaks one. A process of its own, because the tests need none of BenchmarkDotNet.
/// </summary>
public sealed class BenchmarkSmokeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Every_benchmark_runs_once_without_an_exception()
    {
        using var folder = new TempFolder();
        string program = ProgramPath();
        Assert.True(File.Exists(program), $"{program} is built with the tests");

        using Process process = Process.Start(
            new ProcessStartInfo(
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                [program, "--smoke", "--directory", folder.Path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        Assert.True(process.ExitCode == 0, await errors);
        Assert.Contains("all without an exception", await output, StringComparison.Ordinal);
    }

    /// <summary>
    /// The same build, at its place in the repository: .../bin/CONFIGURATION/FRAMEWORK.
    /// </summary>
    private static string ProgramPath()
    {
        var build = new DirectoryInfo(AppContext.BaseDirectory);
        DirectoryInfo root = build.Parent!.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(
            root.FullName, "benchmarks", "Micro", "bin", build.Parent.Name, build.Name,
            "Quire.Benchmarks.dll");
    }
}
