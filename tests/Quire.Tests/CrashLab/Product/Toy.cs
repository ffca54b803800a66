using Quire.CrashLab;

namespace Quire.Tests.CrashLab.Product;

/// <summary>Small storage programs, some of them wrong on purpose, for tests of the tools.</summary>
internal static class Toy
{
    public const string Path = "file";

    /// <summary>Puts bytes in place, and syncs them or not.</summary>
    public static void Write(LabFileSystem files, string path, string text, bool isSynced = true)
    {
        using LabStream stream = files.Open(path, FileMode.Create);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
        stream.Flush(flushToDisk: isSynced);
        if (isSynced)
        {
            files.SyncDirectoryOf(path);
        }
    }

    /// <summary>A new file beside the old one, synced, then renamed; the right way.</summary>
    public static void Replace(LabFileSystem files, string path, string text)
    {
        Write(files, path + ".tmp", text);
        files.Move(path + ".tmp", path, overwrite: true);
        files.SyncDirectoryOf(path);
    }

    /// <summary>The text of a file; null when there is none.</summary>
    public static string? Read(LabFileSystem files, string path) =>
        files.Exists(path) ? files.ReadAllText(path) : null;

    /// <summary>Makes a promise around what is done.</summary>
    public static void Promise(SimulatedProcess process, string promise, Action action)
    {
        process.Begin(promise);
        action();
        process.Acknowledge(promise);
    }

    /// <summary>A workload that replaces a file, rightly, by two versions in turn.</summary>
    public static CrashScenario Replacing(Action<SimulatedProcess, Promises> check) => new()
    {
        Setup = process => Write(process.Files, Path, "v0"),
        Workload = process =>
        {
            Promise(process, "v1", () => Replace(process.Files, Path, "v1"));
            Promise(process, "v2", () => Replace(process.Files, Path, "v2"));
        },
        Check = check,
    };
}
