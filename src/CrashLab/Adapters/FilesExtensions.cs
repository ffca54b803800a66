using System.Text;

namespace Quire.CrashLab;

/// <summary>
/// The shortcuts of <see cref="File"/> on <see cref="IFiles"/>. As there, none of them makes
/// anything durable.
/// </summary>
public static class FilesExtensions
{
    /// <summary>Opens an existing file for reading.</summary>
    public static Stream OpenRead(this IFiles files, string path) =>
        Of(files).Open(path, FileMode.Open, FileAccess.Read);

    /// <summary>Opens a file for writing and creates it when absent; its bytes are kept.</summary>
    public static Stream OpenWrite(this IFiles files, string path) =>
        Of(files).Open(path, FileMode.OpenOrCreate, FileAccess.Write);

    /// <summary>Creates a file, or cuts an existing one to nothing.</summary>
    public static Stream Create(this IFiles files, string path) =>
        Of(files).Open(path, FileMode.Create);

    /// <summary>All bytes of a file.</summary>
    public static byte[] ReadAllBytes(this IFiles files, string path)
    {
        using Stream stream = files.OpenRead(path);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Replaces the bytes of a file in place, or creates it.</summary>
    public static void WriteAllBytes(this IFiles files, string path, ReadOnlySpan<byte> bytes)
    {
        using Stream stream = Of(files).Open(path, FileMode.Create, FileAccess.Write);
        stream.Write(bytes);
    }

    /// <summary>All text of a file, in UTF-8.</summary>
    public static string ReadAllText(this IFiles files, string path) =>
        Encoding.UTF8.GetString(files.ReadAllBytes(path));

    /// <summary>Replaces the text of a file in place, or creates it; UTF-8.</summary>
    public static void WriteAllText(this IFiles files, string path, string text) =>
        files.WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Adds text at the end of a file, which is created when absent; UTF-8.</summary>
    public static void AppendAllText(this IFiles files, string path, string text)
    {
        using Stream stream = Of(files).Open(path, FileMode.Append, FileAccess.Write);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>
    /// Puts a file in the place of another, which must exist, as
    /// <see cref="File.Replace(string, string, string)"/> does without a backup.
    /// </summary>
    /// <exception cref="FileNotFoundException">One of the two is absent.</exception>
    public static void Replace(this IFiles files, string path, string destination)
    {
        if (!Of(files).Exists(destination))
        {
            throw new FileNotFoundException($"{destination}: no such file", destination);
        }

        files.Move(path, destination, overwrite: true);
    }

    /// <summary>Makes the directory entry of a file durable.</summary>
    public static void SyncDirectoryOf(this IFiles files, string path) =>
        Of(files).SyncDirectory(Path.GetDirectoryName(path) ?? "");

    private static IFiles Of(IFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return files;
    }
}
