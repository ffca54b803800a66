using Quire.CrashLab;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Crash;

/// <summary>The syncs and locks of the protocol's steps, and the lock bytes, by name.</summary>
internal static class EngineSites
{
    private const string Main = "/" + EngineProcess.Path;
    private const string Journal = Main + "-journal";

    /// <summary>
    /// What can be left out; the first one of a step is meant when only the step is named.
    /// </summary>
    private static readonly OperationSite[] All =
    [
        new("sync", Journal, "C1"),
        new("lock", Main, "C2"),
        new("sync", Main, "C4"),
        new("sync", Main, "C6"),
        new("sync", Main, "C8"),
        new("lock", Main, "N1"),
        new("sync-directory", "/", "N2"),
        new("sync", Journal, "N2"),
        new("lock", Journal, "N2"),
        new("sync", Main, "N3"),
        new("sync", Main, "N4"),
        new("lock", Main, "P1"),
        new("sync", Main, "P2"),
        new("sync", Main, "P4"),
        new("sync", Main, "P6"),
        new("lock", Main, "R2"),
        new("probe", Main, "R2"),
        new("lock", Journal, "R4"),
        new("lock", Journal, "W2"),
        new("probe", Journal, "W2"),
        new("lock", Journal, "W2N"),
    ];

    /// <summary>
    /// The site that a text names: a step, or a step and what it does: <c>R2:probe</c>.
    /// </summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static OperationSite Parse(string text)
    {
        string[] halves = text.Split(':', 2);
        return All.FirstOrDefault(site =>
            string.Equals(site.Step, halves[0], StringComparison.OrdinalIgnoreCase)
            && (halves.Length == 1 || site.Kind == halves[1]))
            ?? throw CommandException.Usage(
                $"'{text}' is no step with a sync or a lock; these are: " +
                $"{string.Join(' ', All.Select(site => $"{site.Step}:{site.Kind}"))}.");
    }

    /// <summary>"sync main", "lock journal".</summary>
    public static string Describe(OperationSite site) => $"{site.Kind} {FileName(site.Path)}";

    /// <summary>The engine's lock bytes in a range, which may be several; null for none.</summary>
    public static string? LockName(string path, LockRange range)
    {
        IEnumerable<string> names = Enum.GetValues<LockName>()
            .Where(name => LockBytes.RangeOf(name).Offset >= range.Offset
                && LockBytes.RangeOf(name).Offset < range.Offset + range.Length)
            .Select(LockBytes.NameOf);
        return names.Any() ? string.Join('+', names) : null;
    }

    private static string FileName(string path) =>
        path == Journal ? "journal" : path == Main ? "main" : "directory";
}
