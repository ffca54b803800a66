using System.Text;

namespace Quire.CrashLab;

/// <summary>
/// Checks for the promises that storage code usually makes. Each is a delegate for
/// <see cref="CrashScenario.Check"/>; any other delegate will do as well.
/// </summary>
/// <remarks>
/// All of them read the promises as a history: what was begun, in order, is a list of versions.
/// What is found must be one of them, not older than the last acknowledged one. Where a run went on
/// after a crash (<see cref="CrashScenario.Continue"/>), what was in doubt at the crash may be
/// missing.
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
        string[] before = [.. initial ?? []];
        int at = Matched(found, 0, before);
        ThrowUnlessReached(
            found, at, before[at..], before.Length - at, LastAcknowledged(promises) + 1 + before.Length);
        string[] last = before;
        int lastStart = 0;
        int least = before.Length;
        foreach ((string[] begun, int acknowledged) in Runs(promises))
        {
            lastStart = at;
            at += Matched(found, at, begun);
            least += acknowledged;
            ThrowUnlessReached(
                found, at, begun[(at - lastStart)..], acknowledged - (at - lastStart), least);
            last = begun;
        }

        if (at < found.Length)
        {
            string instead = at - lastStart < last.Length
                ? $" instead of '{Short(last[at - lastStart])}'"
                : $", but only {before.Length + promises.Begun.Count} were appended";
            throw new CheckFailedException($"record {at} is '{Short(found[at])}'{instead}");
        }
    };

    /// <summary>
    /// A store holds all of a transaction or nothing of it: its state is that after the last
    /// acknowledged transaction or after one begun later.
    /// </summary>
    /// <param name="read">Opens the store, recovers it, and returns all that it holds.</param>
    /// <param name="apply">
    /// Does to a model dictionary what the transaction of a promise does.
    /// </param>
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
        var states = new List<Dictionary<string, string>>
        {
            new(initial ?? new Dictionary<string, string>()),
        };
        foreach ((string[] begun, int acknowledged) in Runs(promises))
        {
            states = [.. states.SelectMany(state => StatesAfter(state, begun, acknowledged, apply))];
        }

        if (!states.Exists(state => Same(state, found)))
        {
            throw new CheckFailedException(
                $"the store holds {{{Text(found)}}}, which is no state after transaction " +
                $"{LastAcknowledged(promises) + 1} to {promises.Begun.Count}; the last is " +
                $"{{{Text(states[^1])}}}");
        }
    };

    /// <summary>
    /// What a run may have made of a model: all acknowledged ones, and any later.
    /// </summary>
    private static IEnumerable<Dictionary<string, string>> StatesAfter(
        Dictionary<string, string> start,
        string[] begun,
        int acknowledged,
        Action<IDictionary<string, string>, string> apply)
    {
        var model = new Dictionary<string, string>(start);
        for (int version = 0; version <= begun.Length; version++)
        {
            if (version > 0)
            {
                apply(model, begun[version - 1]);
            }

            if (version >= acknowledged)
            {
                yield return new Dictionary<string, string>(model);
            }
        }
    }

    /// <summary>
    /// The promises of the run that was crashed and of the one that went on after it, if any, each
    /// with the number of those up to its last acknowledged one. At the end of a run some may be
    /// missing.
    /// </summary>
    private static IEnumerable<(string[] Begun, int Acknowledged)> Runs(Promises promises)
    {
        ArgumentNullException.ThrowIfNull(promises);
        List<int> places = AcknowledgedPlaces(promises);
        int crash = promises.BegunBeforeCrash;
        string[] begun = [.. promises.Begun];
        if (crash > 0)
        {
            yield return (
                begun[..crash], places.Where(place => place < crash).DefaultIfEmpty(-1).Max() + 1);
        }

        yield return (
            begun[crash..],
            places.Where(place => place >= crash).DefaultIfEmpty(crash - 1).Max() + 1 - crash);
    }

    private static int Matched(string[] found, int from, string[] expected)
    {
        int count = 0;
        while (count < expected.Length && from + count < found.Length
            && found[from + count] == expected[count])
        {
            count++;
        }

        return count;
    }

    private static void ThrowUnlessReached(
        string[] found, int at, string[] missing, int required, int least)
    {
        if (required > 0 && missing.Length > 0)
        {
            throw new CheckFailedException(at < found.Length
                ? $"record {at} is '{Short(found[at])}' instead of '{Short(missing[0])}'"
                : $"{found.Length} records are there, but {least} were acknowledged");
        }
    }

    /// <summary>
    /// The place in <see cref="Promises.Begun"/> of the last acknowledged one; or -1.
    /// </summary>
    private static int LastAcknowledged(Promises promises)
    {
        ArgumentNullException.ThrowIfNull(promises);
        return AcknowledgedPlaces(promises).DefaultIfEmpty(-1).Max();
    }

    private static List<int> AcknowledgedPlaces(Promises promises)
    {
        var open = promises.Begun.Select((name, place) => (name, place)).ToList();
        var places = new List<int>();
        foreach (string name in promises.Acknowledged)
        {
            int match = open.FindIndex(begun => begun.name == name);
            if (match < 0)
            {
                throw new InvalidOperationException(
                    $"'{name}' was acknowledged more often than it was begun.");
            }

            places.Add(open[match].place);
            open.RemoveAt(match);
        }

        return places;
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
