using System.Text;
using Quire.CrashLab;
using Quire.Samples.AppendLog;
using Quire.Samples.AtomicSave;

namespace Quire.Worker.DiskPrograms;

/// <summary>The programs of samples/, and two more that are often met.</summary>
public static class SamplePrograms
{
    private const string Settings = "settings";
    private const string Log = "log";

    private static readonly string Old = new('o', 1000);
    private static readonly string New = new('n', 9000);

    // The first one ends inside of a block, the second within the same, the third blocks later.
    private static readonly string[] Records = [new('0', 999), new('1', 699), new('2', 8999)];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DiskProgram> All { get; } =
    [
        Saver("save-naive", NaiveSaver.Save, Old),
        Saver("first-save-naive", NaiveSaver.Save, initial: null),
        Saver("save-in-place", (files, path, text) => files.WriteAllText(path, text), Old),
        Saver("save-synced", SyncedSaver.Save, Old),
        Saver("save-safe", SafeSaver.Save, Old),
        Saver("first-save-safe", SafeSaver.Save, initial: null),
        Appender("append-naive", NaiveLog.Append),
        Appender("append-synced", AppendSynced),
        SafeAppender(),
    ];

    /// <summary>The program with a name.</summary>
    public static DiskProgram Named(string name) => All.Single(program => program.Name == name);

    private static DiskProgram Saver(
        string name, Action<IFiles, string, string> save, string? initial) => new()
    {
        Name = name,
        Setup = (files, folder) =>
        {
            if (initial is not null)
            {
                files.WriteAllText(folder + Settings, initial);
            }
        },
        Steps = [(files, folder) => save(files, folder + Settings, New)],
        Find = (files, folder) => Read(files, folder + Settings) switch
        {
            { } found when found == initial => new Finding("old file", 0),
            { } found when found == New => new Finding("new file", 1),
            null => new Finding("no file", initial is null ? 0 : null),
            { Length: 0 } => new Finding("empty file", null),
            { } found => new Finding(Damage(found, New), null),
        },
    };

    private static DiskProgram Appender(string name, Action<IFiles, string, string> append) => new()
    {
        Name = name,
        Setup = (files, folder) => append(files, folder + Log, Records[0]),
        Steps =
        [
            .. Records.Skip(1).Select(record => (Action<IFiles, string>)(
                (files, folder) => append(files, folder + Log, record))),
        ],
        Find = (files, folder) => FindLog(Read(files, folder + Log)),
    };

    /// <summary>The safe log, opened for every record: its recovery writes, too.</summary>
    private static DiskProgram SafeAppender() => new()
    {
        Name = "append-safe",
        Setup = (files, folder) => AppendSafe(files, folder, Records[0]),
        Steps =
        [
            .. Records.Skip(1).Select(record => (Action<IFiles, string>)(
                (files, folder) => AppendSafe(files, folder, record))),
        ],
        Find = (files, folder) =>
        {
            using var log = new SafeLog(files, folder + Log);
            int count = log.Records.Count;
            return log.Records.SequenceEqual(Records.Take(count))
                ? new Finding($"records 0 to {count - 1}", count > 0 ? count - 1 : null)
                : new Finding("other bytes", null);
        },
    };

    private static void AppendSafe(IFiles files, string folder, string record)
    {
        using var log = new SafeLog(files, folder + Log);
        log.Append(record);
    }

    private static void AppendSynced(IFiles files, string path, string record)
    {
        using Stream stream = files.Open(path, FileMode.Append, FileAccess.Write);
        stream.Write(Encoding.UTF8.GetBytes(record + "\n"));
        files.FlushToDisk(stream);
    }

    private static string? Read(IFiles files, string path) =>
        files.Exists(path) ? Encoding.Latin1.GetString(files.ReadAllBytes(path)) : null;

    private static Finding FindLog(string? found)
    {
        string all = string.Concat(Records.Select(record => record + "\n"));
        int count = found?.Count(c => c == '\n') ?? 0;
        return found switch
        {
            null => new Finding("no file", null),
            { Length: 0 } => new Finding("empty file", null),
            _ when found == string.Concat(Records.Take(count).Select(record => record + "\n")) =>
                new Finding($"records 0 to {count - 1}", count - 1),
            _ => new Finding(Damage(found, all), null),
        };
    }

    /// <summary>How something that is no version differs from what was written.</summary>
    private static string Damage(string found, string written)
    {
        if (written.StartsWith(found, StringComparison.Ordinal))
        {
            return "cut short";
        }

        bool areZeros = found.Length <= written.Length
            && found.Zip(written).All(pair => pair.First == pair.Second || pair.First == '\0');
        return areZeros ? "zeros instead of bytes" : "other bytes";
    }
}
