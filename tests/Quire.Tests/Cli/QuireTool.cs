using System.Diagnostics;
using System.Text.Json;

namespace Quire.Tests.Cli;

/// <summary>Runs the built tool as a child process, as a shell would.</summary>
internal static class QuireTool
{
    /// <summary>No run takes this long; one that does is killed, and its test fails.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The tool, built beside the tests.</summary>
    public static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "quire.dll");

    public static ToolResult Run(params string[] arguments) => RunWithInput([], arguments);

    public static ToolResult RunWithInput(byte[] input, params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        Task copying = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        if (!Task.WaitAll([errors, copying], Patience) || !process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"quire {string.Join(' ', arguments)} did not end.");
        }

        return new ToolResult(process.ExitCode, output.ToArray(), errors.Result);
    }

    /// <summary>Starts it with all three streams redirected; the caller ends it.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Dll);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("QUIRE_DEBUG");
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
    }
}

/// <summary>What one run left behind.</summary>
internal sealed record ToolResult(int ExitCode, byte[] OutputBytes, string Errors)
{
    public string Output => System.Text.Encoding.UTF8.GetString(OutputBytes);

    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The only line of output, as JSON.</summary>
    public JsonElement Json => JsonLines.Single();

    public IEnumerable<JsonElement> JsonLines =>
        Lines.Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>The only line on standard error.</summary>
    public string ErrorLine =>
        Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Single();
}
