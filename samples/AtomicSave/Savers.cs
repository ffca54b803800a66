using System.Text;
using Quire.CrashLab;

namespace Quire.Samples.AtomicSave;

/// <summary>As it is often written: a temporary file, then a rename. Never half a file?</summary>
public static class NaiveSaver
{
    public static void Save(IFiles files, string path, string text)
    {
        files.WriteAllText(path + ".tmp", text);
        files.Move(path + ".tmp", path, overwrite: true);
    }
}

/// <summary>The bytes are on disk before the rename is done. Is the rename?</summary>
public static class SyncedSaver
{
    public static void Save(IFiles files, string path, string text)
    {
        using (Stream stream = files.Create(path + ".tmp"))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            files.FlushToDisk(stream);
        }

        files.Move(path + ".tmp", path, overwrite: true);
    }
}

/// <summary>When it returns, the new file is there for good; before, the old one was.</summary>
public static class SafeSaver
{
    public static void Save(IFiles files, string path, string text)
    {
        using (Stream stream = files.Create(path + ".tmp"))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            files.FlushToDisk(stream);
        }

        files.Move(path + ".tmp", path, overwrite: true);
        files.SyncDirectoryOf(path);
    }
}
