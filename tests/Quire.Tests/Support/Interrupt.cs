using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Quire.Tests.Support;

/// <summary>
/// SIGINT, as Ctrl+C sends it. Whoever is started with it ignored leaves it so to all children
/// (<c>nohup</c>, a shell's <c>&amp;</c>), and .NET leaves alone what its parent ignored: a test
/// that sends one would wait in vain.
/// </summary>
internal static class Interrupt
{
    private const int Number = 2;
    private const string Status = "/proc/self/status";
    private const string IgnoredSignals = "SigIgn:";

    /// <summary>Call it before anything is started.</summary>
    public static void SkipUnlessItArrives()
    {
        Skip.If(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        Skip.If(
            OperatingSystem.IsLinux() && IsIgnoredBy(File.ReadAllLines(Status)),
            "this process was started with SIGINT ignored");
    }

    public static void Send(Process process) =>
        Assert.Null(Command.TryRun("kill", "-INT", $"{process.Id}"));

    /// <param name="status">Of a process, as Linux describes it.</param>
    private static bool IsIgnoredBy(IEnumerable<string> status)
    {
        string line = status.Single(
            one => one.StartsWith(IgnoredSignals, StringComparison.Ordinal));
        ulong ignored = ulong.Parse(
            line[IgnoredSignals.Length..].Trim(),
            NumberStyles.HexNumber,
            CultureInfo.InvariantCulture);
        return (ignored & (1UL << (Number - 1))) != 0;
    }
}
