using System.Globalization;
using System.Text.RegularExpressions;
using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>Makes rows in plain words of a trace.</summary>
internal sealed partial class CounterexampleBuilder
{
    private readonly Func<string, LockRange, string?>? _lockName;
    private int _number;

    private CounterexampleBuilder(Func<string, LockRange, string?>? lockName) =>
        _lockName = lockName;

    public static Counterexample Build(
        FailureTrace failure,
        PersistenceModel model,
        ReplaySource replay,
        Func<string, LockRange, string?>? lockName)
    {
        var builder = new CounterexampleBuilder(lockName);
        return new Counterexample
        {
            Title = failure.Title,
            ErrorType = failure.Error.GetType().FullName ?? failure.Error.GetType().Name,
            ErrorMessage = failure.Error.Message,
            Promises = failure.Promises.ToString(),
            Model = model.Name,
            Replay = replay,
            Token = failure.Token,
            Phases = [.. builder.Phases(failure)],
        };
    }

    /// <summary>A path without its directories.</summary>
    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private IEnumerable<CounterexamplePhase> Phases(FailureTrace failure)
    {
        IReadOnlyList<string> processes =
            [.. failure.Processes.Select((name, i) => $"{i + 1} {name}")];
        string title = "the program";
        Trace trace = failure.Program;
        int power = 0;
        foreach (TracedCheck check in failure.Checks)
        {
            yield return Phase(title, processes, trace, check.Cut);
            power += check.Cut is null ? 0 : 1;
            title = check.Cut is null
                ? "the check, all processes having ended"
                : $"recovery and check after power cut {power}";
            processes = ["check"];
            trace = check.Check;
        }

        yield return Phase(title, processes, trace, null);
    }

    private CounterexamplePhase Phase(
        string title, IReadOnlyList<string> processes, Trace trace, CrashPoint? cut)
    {
        var rows = new List<CounterexampleRow>();
        TraceEntry? before = null;
        foreach (TraceEntry entry in trace.Entries)
        {
            if (cut is not null && entry.Changes > cut.Mutations)
            {
                break;
            }

            // A step is announced for the rows after it; the margin shows it.
            if (!entry.IsStep)
            {
                rows.Add(Row(entry, before));
            }

            before = entry;
        }

        return new CounterexamplePhase
        {
            Title = title,
            Processes = processes,
            Rows = rows,
            PowerCut = cut is null ? null : CutOf(cut, trace),
        };
    }

    private CounterexampleRow Row(TraceEntry entry, TraceEntry? before)
    {
        Operation operation = entry.Operation;
        bool isChange = entry.Changes > (before?.Changes ?? 0);
        bool isProbe = operation.Kind == OperationKind.Probe;
        bool isRefused = isProbe ? entry.IsGranted == true : entry.IsGranted == false;
        string answer = entry.Note.Length > 0 ? $" ({entry.Note})"
            : isProbe ? (isRefused ? ": held" : ": free")
            : isRefused ? ": refused" : "";
        return new CounterexampleRow
        {
            Number = ++_number,
            Process = operation.Process - 1,
            Step = entry.Step,
            Kind = entry.IsKill ? "kill" : KindOf(operation.Kind),
            Text = entry.IsKill ? "KILLED" : TextOf(operation) + answer,
            IsRefused = isRefused || entry.IsFailure,
            Change = isChange ? entry.Changes - 1 : null,
            Locks = [.. entry.Locks.Select(held => new CounterexampleLock(
                held.Process - 1, LockOf(held.Path, held.Range), held.Mode == LockMode.Exclusive))],
            Cache = CacheOf(entry),
            Disk = DiskOf(entry, before),
            Path = operation.Path,
        };
    }

    private static List<UnsyncedChanges> CacheOf(TraceEntry entry)
    {
        List<UnsyncedChanges> cache =
        [
            .. entry.Files.Where(file => file.Unsynced > 0)
                .Select(file => new UnsyncedChanges(NameOf(file.Path), file.Unsynced)),
        ];
        if (entry.UnsyncedEntries > 0)
        {
            cache.Add(new UnsyncedChanges("directory", entry.UnsyncedEntries));
        }

        return cache;
    }

    private static string DiskOf(TraceEntry entry, TraceEntry? before)
    {
        bool isSync = entry.Operation.Kind is OperationKind.Sync or OperationKind.SyncDirectory;
        if (!isSync || entry.Note.Length > 0)
        {
            return "";
        }

        int gained = CacheOf(before ?? entry).Sum(file => file.Count)
            - CacheOf(entry).Sum(file => file.Count);
        return string.Create(CultureInfo.InvariantCulture, $"+{Math.Max(0, gained)} certain");
    }

    private static string KindOf(OperationKind kind) => kind switch
    {
        OperationKind.GetLength => "length",
        OperationKind.SetLength => "set-length",
        OperationKind.SyncDirectory => "sync-directory",
        OperationKind.TryLock => "lock",
        OperationKind.Identify => "look",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private string TextOf(in Operation operation)
    {
        string name = NameOf(operation.Path);
        string mode = operation.Mode == LockMode.Exclusive ? "X" : "S";
        var range = new LockRange(operation.Offset, operation.Length);
        return operation.Kind switch
        {
            OperationKind.Read or OperationKind.Write => string.Create(
                CultureInfo.InvariantCulture,
                $"{KindOf(operation.Kind)} {name} {operation.Offset}+{operation.Length}"),
            OperationKind.SetLength => string.Create(
                CultureInfo.InvariantCulture, $"set length {name} {operation.Length}"),
            OperationKind.Sync => $"SYNC {name}",
            OperationKind.SyncDirectory => $"SYNC directory {operation.Path}",
            OperationKind.Rename => $"rename {name} to {NameOf(operation.Text)}",
            OperationKind.TryLock or OperationKind.Probe or OperationKind.Wait =>
                $"{KindOf(operation.Kind)} {mode} {LockOf(operation.Path, range)}",
            OperationKind.Unlock => $"unlock {LockOf(operation.Path, range)}",
            OperationKind.Note => operation.Text,
            _ => $"{KindOf(operation.Kind)} {name}",
        };
    }

    private string LockOf(string path, LockRange range)
    {
        if (_lockName?.Invoke(path, range) is { } name)
        {
            return name;
        }

        string first = range.Offset < int.MaxValue
            ? range.Offset.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"0x{range.Offset:x}");
        string length = range.Length == 1
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"+{range.Length}");
        return $"{NameOf(path)}@{first}{length}";
    }

    private static PowerCut CutOf(CrashPoint cut, Trace trace)
    {
        string[] names = [.. (trace.Entries.Count == 0 ? [] : trace.Entries[^1].Files)
            .Select(file => file.Path.Length == 0 ? "a file without a name" : NameOf(file.Path))];
        return new PowerCut(
            cut.Mutations,
            [.. cut.Persisted.Select(text => WithNames(text, names))],
            [.. cut.Lost.Select(text => WithNames(text, names))],
            WithNames(cut.Outcome, names));
    }

    /// <summary>Choices speak of files by number.</summary>
    private static string WithNames(string text, string[] names) => FileNumber().Replace(
        text,
        match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is var number
            && number < names.Length ? names[number] : match.Value);

    [GeneratedRegex(@"\bfile (\d+)\b")]
    private static partial Regex FileNumber();
}
