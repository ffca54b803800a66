using System.Diagnostics;
using Xunit.Sdk;

namespace Quire.Tests.Support;

/// <summary>
/// Waits for a condition that another thread or process brings about. The limit is generous and
/// only there so that a defect fails the test instead of hanging it; no test asserts a time.
/// </summary>
public static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static void True(Func<bool> condition, string what)
    {
        ArgumentNullException.ThrowIfNull(condition);
        long started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new XunitException($"Not within {Limit.TotalSeconds} s: {what}");
            }

            Thread.Sleep(1);
        }
    }
}
