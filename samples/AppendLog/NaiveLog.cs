using Quire.CrashLab;

namespace Quire.Samples.AppendLog;

/// <summary>A log as it is often written: a line for each record, appended.</summary>
public static class NaiveLog
{
    public static void Append(IFiles files, string path, string record) =>
        files.AppendAllText(path, record + "\n");

    public static IReadOnlyList<string> Read(IFiles files, string path) =>
        files.Exists(path)
            ? files.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : [];
}

/// <summary>A log that keeps its stream open, and what was appended in the stream's buffer.</summary>
public sealed class BufferedLog(IFiles files, string path) : IDisposable
{
    private readonly Stream _stream = files.Open(path, FileMode.Append, FileAccess.Write);

    public void Append(string record) => _stream.Write([.. record.Select(c => (byte)c), (byte)'\n']);

    public void Dispose() => _stream.Dispose();
}
