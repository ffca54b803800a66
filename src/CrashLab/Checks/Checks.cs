using System.Text;

namespace Quire.CrashLab;

/// <summary>
/// Checks for the promises that storage code usually makes. Each is a delegate for
/// <see cref="CrashScenario.Check"/>; any other delegate will do as well.
/// </summary>
/// <remarks>
/// All of them read the promises as a history: what was begun, in order, is a list of versions. What
/// is found must be one of them, not older than the last acknowledged one.
/// </remarks>
public static class Checks
{
    /// <summary>
    /// A file is wholly one version: the last acknowledged one or one begun after it. It is never
    /// missing, unless it did not exist and nothing was acknowledged.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="initial">Its content before the workload; null when it did not exist.</param>
    /// <param name="content">
    /// The content that a promise stands for; null when the promise is the content itself.
    /// </param>
    /// <param name="recover">What a program does when it starts, before the file is read.</param>
    /// <exception cref="CheckFailedException">Thrown by the check.</exception>
    public static Action<SimulatedProcess, Promises> AtomicReplacement(
        string path,
        string? initial,
        Func<string, string>? content = null,
        Action<SimulatedProcess>? recover = null) => (process, promises) =>
    {
        ArgumentNullException.ThrowIfNull(process);
        recover?.Invoke(process);
        string? found = process.Files.Exists(path) ? process.Files.ReadAllText(path) : null;
        string?[] versions = [initial, .. promises.Begun.Select(name => content?.Invoke(name) ?? name)];
        int acknowledged = LastAcknowledged(promises) + 1;
        if (!versions.Skip(acknowledged).Contains(found))
        {
            int known = Array.IndexOf(versions, found);
            string what = found is null ? "is missing"
                : known >= 0 ? $"holds version {known}, '{Short(found)}'"
                : $"holds no version as a whole: {found.Length} characters, '{Short(found)}'";
            throw new CheckFailedException(
                $"{path} {what}; allowed are versions {acknowledged} to {versions.Length - 1}");
        }
    };

    /// <summary>
    /// An append log holds a prefix of the records that were appended, with all acknowledged ones.
    /// </summary>
    /// <param name="read">
    /// Opens the log, recovers it, and returns its records; each promise is a record.
    /// </param>
    /// <param name="initial">The records before the workload.</param>
    /// <exception cref="CheckFailedException">Thrown by the check.</exception>
    public static Action<SimulatedProcess, Promises> PrefixConsistency(
        Func<SimulatedProcess, IEnumerable<string>> read,
        IReadOnlyList<string>? initial = null) => (process, promises) =>
    {
        ArgumentNullException.ThrowIfNull(read);
        string[] found = [.. read(process)];
        string[] appended = [.. initial ?? [], .. promises.Begun];
        int least = (initial?.Count ?? 0) + LastAcknowledged(promises) + 1;
        for (int i = 0; i < found.Length; i++)
        {
            if (i >= appended.Length)
            {
                throw new CheckFailedException(
                    $"record {i} is '{Short(found[i])}', but only {appended.Length} were appended");
            }

            if (found[i] != appended[i])
            {
                throw new CheckFailedException(
                    $"record {i} is '{Short(found[i])}' instead of '{Short(appended[i])}'");
            }
        }

        if (found.Length < least)
        {
            throw new CheckFailedException(
                $"{found.Length} records are there, but {least} were acknowledged");
        }
    };

    /// <summary>
    /// A store holds all of a transaction or nothing of it: its state is that after the last
    /// acknowledged transaction or after one begun later.
    /// </summary>
    /// <param name="read">Opens the store, recovers it, and returns all that it holds.</param>
    /// <param name="apply">Does to a model dictionary what the transaction of a promise does.</param>
    /// <param name="initial">What the store held before the workload.</param>
    /// <exception cref="CheckFailedException">Thrown by the check.</exception>
    public static Action<SimulatedProcess, Promises> TransactionAtomicity(
        Func<SimulatedProcess, IReadOnlyDictionary<string, string>> read,
        Action<IDictionary<string, string>, string> apply,
        IReadOnlyDictionary<string, string>? initial = null) => (process, promises) =>
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(apply);
        IReadOnlyDictionary<string, string> found = read(process);
        var model = new Dictionary<string, string>(initial ?? new Dictionary<string, string>());
        int acknowledged = LastAcknowledged(promises) + 1;
        int version = 0;
        bool isAllowed = version >= acknowledged && Same(model, found);
        foreach (string transaction in promises.Begun)
        {
            apply(model, transaction);
            version++;
            isAllowed |= version >= acknowledged && Same(model, found);
        }

        if (!isAllowed)
        {
            throw new CheckFailedException(
                $"the store holds {{{Text(found)}}}, which is no state after transaction " +
                $"{acknowledged} to {version}; the last is {{{Text(model)}}}");
        }
    };

    /// <summary>The place in <see cref="Promises.Begun"/> of the last acknowledged one; or -1.</summary>
    private static int LastAcknowledged(Promises promises)
    {
        ArgumentNullException.ThrowIfNull(promises);
        var open = promises.Begun.Select((name, place) => (name, place)).ToList();
        int last = -1;
        foreach (string name in promises.Acknowledged)
        {
            int match = open.FindIndex(begun => begun.name == name);
            if (match < 0)
            {
                throw new InvalidOperationException(
                    $"'{name}' was acknowledged more often than it was begun.");
            }

            last = Math.Max(last, open[match].place);
            open.RemoveAt(match);
        }

        return last;
    }

    private static bool Same(
        Dictionary<string, string> model, IReadOnlyDictionary<string, string> found) =>
        model.Count == found.Count && model.All(pair =>
            found.TryGetValue(pair.Key, out string? value) && value == pair.Value);

    private static string Text(IEnumerable<KeyValuePair<string, string>> entries) =>
        Short(string.Join(", ", entries.OrderBy(e => e.Key, StringComparer.Ordinal)
            .Select(e => $"{e.Key}={e.Value}")));

    private static string Short(string text)
    {
        var printable = new StringBuilder();
        foreach (char c in text.Take(40))
        {
            printable.Append(char.IsControl(c) || c == '\uFFFD' ? '.' : c);
        }

        return text.Length > 40 ? $"{printable}..." : printable.ToString();
    }
}
