using System.Globalization;

namespace Quire.CrashLab;

/// <summary>A crash as numbers: after how many changes, and the outcome of each choice.</summary>
internal readonly record struct Crash(int Mutations, IReadOnlyList<int> Choices);

/// <summary>
/// Crashes as text: for each of them the number of changes before it, a colon, and the outcomes of
/// the choices with repeat counts; "~" between the crash of the workload, that of the recovery and
/// so on.
/// <code>
///   57:0x17.1.0x3~4:2.0x5    after change 57 only choice 18 survives; after 4 changes of the recovery
///                            the first choice has its version 2
/// </code>
/// </summary>
internal static class CrashToken
{
    /// <summary>Between two crashes, and before the first one behind a schedule.</summary>
    public const char Separator = '~';

    public static string Write(IEnumerable<CrashPoint> crashes) =>
        Write(crashes.Select(crash => new Crash(crash.Mutations, crash.Choices)));

    public static string Write(IEnumerable<Crash> crashes) => string.Join(
        Separator,
        crashes.Select(crash => $"{crash.Mutations}:{WriteNumbers(crash.Choices)}"));

    /// <exception cref="FormatException">The text is not a token.</exception>
    public static IReadOnlyList<Crash> Read(string token) =>
        [.. token.Split(Separator).Select(ReadCrash)];

    private static Crash ReadCrash(string text)
    {
        string[] halves = text.Split(':');
        if (halves.Length != 2 || !TryParse(halves[0], out int mutations))
        {
            throw new FormatException($"'{text}' is not a crash of a token.");
        }

        var choices = new List<int>();
        foreach (string part in halves[1].Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] run = part.Split('x');
            int times = 1;
            if (run.Length > 2 || !TryParse(run[0], out int choice)
                || (run.Length == 2 && !TryParse(run[1], out times))
                || times is < 1 or > 1_000_000)
            {
                throw new FormatException($"'{part}' is not a choice of a token.");
            }

            choices.AddRange(Enumerable.Repeat(choice, times));
        }

        return new Crash(mutations, choices);
    }

    private static string WriteNumbers(IReadOnlyList<int> numbers)
    {
        var parts = new List<string>();
        for (int i = 0; i < numbers.Count;)
        {
            int run = 1;
            while (i + run < numbers.Count && numbers[i + run] == numbers[i])
            {
                run++;
            }

            parts.Add(run == 1 ? $"{numbers[i]}" : $"{numbers[i]}x{run}");
            i += run;
        }

        return string.Join('.', parts);
    }

    private static bool TryParse(string text, out int number) => int.TryParse(
        text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
