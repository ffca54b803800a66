using System.Globalization;
using System.Runtime.InteropServices;
using Quire.Peers.Contenders;

namespace Quire.Peers.Running;

/// <summary>What a run ran on, for whoever reads its figures.</summary>
internal static class AboutRun
{
    /// <summary>One noisy turn of so many is nothing to speak of.</summary>
    private const int Believable = 10;

    private const string NoisyTurns = "of them kept although a flush was dear";
    private const string Pieces = "measured in pieces";

    /// <param name="options">What was asked for.</param>
    /// <param name="fileSystem">Of the folder.</param>
    /// <param name="session">What has run so far.</param>
    /// <param name="former">Of results that this run adds to; empty when there are none.</param>
    public static IReadOnlyDictionary<string, string> Describe(
        Options options,
        string fileSystem,
        Session session,
        IReadOnlyDictionary<string, string> former)
    {
        var about = new Dictionary<string, string>
        {
            ["scale"] = options.Scale.Name,
            ["rounds"] = Text(options.Scale.Rounds),
            ["processors"] = Text(Environment.ProcessorCount),
            ["processor"] = Processor(),
            ["system"] = RuntimeInformation.OSDescription,
            ["kernel"] = Environment.OSVersion.Version.ToString(),
            ["file system"] = fileSystem,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["a flush, us"] = session.Flush.Most > 0
                ? $"{Text(session.Flush.Least)} to {Text(session.Flush.Most)}"
                : "not probed",
            ["turns"] = Text(session.Turns),
            [NoisyTurns] = Text(session.NoisyTurns),
            ["processors kept awake"] = options.KeepsAwake ? "yes" : "no",
        };
        if (Library("SQLite", () => SqliteContender.Version) is { } sqlite)
        {
            about["SQLite"] = sqlite;
        }

        if (Library("LMDB", () => LmdbContender.Version) is { } lmdb)
        {
            about["LMDB"] = lmdb.Replace("LMDB ", "", StringComparison.Ordinal);
        }

        if (former.Count > 0)
        {
            IEnumerable<string> names = options.Workloads.Select(one => one.Name).Distinct();
            string before = former.TryGetValue(Pieces, out string? earlier) ? $"{earlier}, " : "";
            about[Pieces] = before + string.Join(", ", names);
        }

        return about;

        string? Library(string name, Func<string> version) =>
            options.Contenders.Any(one => one.Name.StartsWith(name, StringComparison.Ordinal))
                ? Try(version)
                : null;
    }

    /// <summary>
    /// Says so when too many turns were noisy for the figures to be believed; else nothing.
    /// </summary>
    public static string? WarningOf(IReadOnlyDictionary<string, string> about) =>
        about.TryGetValue(NoisyTurns, out string? noisy)
        && about.TryGetValue("turns", out string? turns)
        && Number(noisy) * Believable > Number(turns)
            ? $"Not a quiet machine: around {noisy} of {turns} turns a flush was much dearer " +
              "than at other times. Run again."
            : null;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string? Try(Func<string> version)
    {
        try
        {
            return version();
        }
        catch (DllNotFoundException)
        {
            return null;
        }
    }

    private static string Processor()
    {
        const string list = "/proc/cpuinfo";
        const string key = "model name";
        return File.Exists(list)
            ? File.ReadLines(list)
                .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))
                ?.Split(':', 2)[1].Trim() ?? "unknown"
            : "unknown";
    }

    private static string Text(double number) => number.ToString(
        number < 100 && number != Math.Floor(number) ? "0.0" : "0", CultureInfo.InvariantCulture);
}
