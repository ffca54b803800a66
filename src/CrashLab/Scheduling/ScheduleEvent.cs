using System.Globalization;

namespace Quire.CrashLab;

/// <summary>What the scheduler lets happen next.</summary>
internal enum ScheduleEventKind
{
    /// <summary>A process performs its next operation.</summary>
    Run,

    /// <summary>A process is killed before its next operation.</summary>
    Kill,
}

/// <summary>One decision of a schedule.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Process">To which process, by number from 1.</param>
internal readonly record struct ScheduleEvent(ScheduleEventKind Kind, int Process)
{
    /// <inheritdoc/>
    public override string ToString() => Kind == ScheduleEventKind.Run
        ? Process.ToString(CultureInfo.InvariantCulture)
        : $"k{Process}";
}

/// <summary>
/// A schedule as text: process numbers with repeat counts, "k" before a killed one; behind it,
/// after a "~", the crashes that follow (<see cref="CrashToken"/>). Running the same programs with
/// the same token does the same, byte for byte.
/// <code>
///   1x29.3x4.k2~57:0x17.1    29 operations of process 1, 4 of process 3, process 2 is killed, and
///                            power fails: of 18 choices only the last one reached the disk
/// </code>
/// </summary>
internal static class ScheduleToken
{
    public static string Write(
        IReadOnlyList<ScheduleEvent> events, IReadOnlyList<CrashPoint> crashes)
    {
        var parts = new List<string>();
        for (int i = 0; i < events.Count;)
        {
            int run = 1;
            while (i + run < events.Count && events[i + run] == events[i])
            {
                run++;
            }

            parts.Add(run == 1 ? $"{events[i]}" : $"{events[i]}x{run}");
            i += run;
        }

        string schedule = string.Join('.', parts);
        return crashes.Count == 0
            ? schedule
            : schedule + CrashToken.Separator + CrashToken.Write(crashes);
    }

    /// <exception cref="FormatException">The text is not a token.</exception>
    public static (IReadOnlyList<ScheduleEvent> Events, IReadOnlyList<Crash> Crashes) Read(
        string token)
    {
        int end = token.IndexOf(CrashToken.Separator);
        return end < 0
            ? (ReadEvents(token), [])
            : (ReadEvents(token[..end]), CrashToken.Read(token[(end + 1)..]));
    }

    private static List<ScheduleEvent> ReadEvents(string schedule)
    {
        var events = new List<ScheduleEvent>();
        foreach (string part in schedule.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] halves = part.Split('x');
            bool isKill = halves[0].StartsWith('k');
            bool isValid = TryParse(isKill ? halves[0][1..] : halves[0], out int process);
            int times = 1;
            isValid &= halves.Length == 1
                || (halves.Length == 2 && TryParse(halves[1], out times));
            if (!isValid || process < 1 || times is < 1 or > 1_000_000)
            {
                throw new FormatException($"'{part}' is not part of a schedule token.");
            }

            ScheduleEventKind kind = isKill ? ScheduleEventKind.Kill : ScheduleEventKind.Run;
            events.AddRange(Enumerable.Repeat(new ScheduleEvent(kind, process), times));
        }

        return events;
    }

    private static bool TryParse(string text, out int number) => int.TryParse(
        text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
