namespace Quire.CrashLab;

/// <summary>
/// The verbs of <see cref="File"/> and <see cref="FileStream"/> that storage code needs, so that it
/// is written once and runs on real files (<see cref="RealFiles"/>) and on a simulated disk
/// (<see cref="LabFileSystem"/>). The rest of them are extension methods:
/// <see cref="FilesExtensions"/>.
/// </summary>
/// <remarks>
/// Small on purpose: a dozen lines to copy into a product that does not want to reference a test
/// tool. Code that can be given a <see cref="Stream"/> needs only that.
/// </remarks>
public interface IFiles
{
    /// <summary>How many bytes a stream collects before it hands them to the system.</summary>
    const int DefaultBufferBytes = 4096;

    /// <summary>
    /// Opens a file as <see cref="File.Open(string, FileMode, FileAccess)"/> does.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it must exist, is created, cut or appended to.</param>
    /// <param name="access">Reading, writing or both.</param>
    /// <param name="bufferBytes">The size of the buffer; 0 or 1 for none.</param>
    /// <exception cref="FileNotFoundException">
    /// The file is absent and the mode does not create it.
    /// </exception>
    /// <exception cref="IOException">
    /// The file exists and must be new, or the system failed.
    /// </exception>
    Stream Open(
        string path,
        FileMode mode,
        FileAccess access = FileAccess.ReadWrite,
        int bufferBytes = DefaultBufferBytes);

    /// <summary>
    /// Returns once everything written to the stream is on stable storage, as
    /// <see cref="FileStream.Flush(bool)"/> with true does. (<see cref="Stream.Flush"/> reaches the
    /// operating system only.)
    /// </summary>
    /// <exception cref="ArgumentException">The stream was not opened here.</exception>
    /// <exception cref="IOException">
    /// The flush failed; never retry it on the same stream.
    /// </exception>
    void FlushToDisk(Stream stream);

    /// <summary>Whether the file exists.</summary>
    bool Exists(string path);

    /// <summary>
    /// Deletes a file; one that is not there is no error, as in <see cref="File.Delete"/>.
    /// </summary>
    void Delete(string path);

    /// <summary>Renames a file; atomic as long as nobody cuts the power.</summary>
    /// <exception cref="FileNotFoundException">The file is absent.</exception>
    /// <exception cref="IOException">
    /// The destination exists and is not to be overwritten.
    /// </exception>
    void Move(string path, string newPath, bool overwrite = false);

    /// <summary>
    /// Makes the entries of a directory durable: that a file was created, renamed or deleted. .NET
    /// has no verb for this; without it a power cut may undo any of these. Nothing is done on
    /// Windows.
    /// </summary>
    /// <param name="directory">The directory; empty for that of relative paths.</param>
    void SyncDirectory(string directory);

    /// <summary>
    /// The files directly in a directory, sorted by name, as full or relative as it is.
    /// </summary>
    IReadOnlyList<string> EnumerateFiles(string directory);
}
