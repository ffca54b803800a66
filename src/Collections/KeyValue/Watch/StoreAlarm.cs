namespace Quire.Collections;

/// <summary>Waits for a time of day by the store's clock.</summary>
internal static class StoreAlarm
{
    /// <summary>
    /// Timers count what has elapsed, and not while a computer sleeps; the time of day is set, and
    /// goes on. So it is looked at now and then, which costs no look at the file.
    /// </summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>Completes at a time, or at once when it is past.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="due">The time in milliseconds since 1970; null never comes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task WaitAsync(
        TimeProvider clock, long? due, CancellationToken cancellation)
    {
        while (true)
        {
            TimeSpan wait = Timeout.InfiniteTimeSpan;
            if (due is { } time)
            {
                long left = time - clock.GetUtcNow().ToUnixTimeMilliseconds();
                if (left <= 0)
                {
                    return;
                }

                wait = TimeSpan.FromMilliseconds(
                    Math.Min(left, (long)LongestWait.TotalMilliseconds));
            }

            await Task.Delay(wait, clock, cancellation).ConfigureAwait(false);
        }
    }
}
