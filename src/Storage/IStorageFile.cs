namespace Quire.Storage;

/// <summary>
/// One open file description: positional reads and writes, its length, and a flush. Byte-range
/// locks belong to the open file as well and are reached through <see cref="ILockSystem.LocksOf"/>.
/// </summary>
/// <remarks>
/// All offsets and lengths are in bytes. Members may be called from several threads at once; the
/// engine's locks see to it that overlapping calls do not race.
/// </remarks>
public interface IStorageFile : IDisposable
{
    /// <summary>The full path under which the file was opened.</summary>
    string Path { get; }

    /// <summary>Whether the file was opened for writing.</summary>
    bool CanWrite { get; }

    /// <summary>The identity of the open file, fixed at open.</summary>
    FileIdentity Identity { get; }

    /// <summary>Asks the system for the file's present length.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    long GetLength();

    /// <summary>
    /// Asks the system for the file's present length and whether anything still names the file: one
    /// request. Where that is not told the file passes for named.
    /// </summary>
    /// <exception cref="IOException">The system refused.</exception>
    FileStatus GetStatus() => new(GetLength(), IsNamed: true);

    /// <summary>
    /// Reads from <paramref name="offset"/> until <paramref name="buffer"/> is full or the file
    /// ends.
    /// </summary>
    /// <returns>
    /// The number of bytes read: less than the buffer only at the end of the file.
    /// </returns>
    /// <exception cref="IOException">The device or the system failed.</exception>
    int Read(long offset, Span<byte> buffer);

    /// <summary>
    /// Writes all of <paramref name="bytes"/> at <paramref name="offset"/>, extending the file as
    /// needed.
    /// </summary>
    /// <exception cref="StorageFullException">
    /// No space is left; any part of the bytes may have been written.
    /// </exception>
    /// <exception cref="IOException">The device or the system failed.</exception>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Truncates the file, or extends it with zeros that may not be allocated yet.
    /// </summary>
    /// <exception cref="IOException">The system refused.</exception>
    void SetLength(long length);

    /// <summary>
    /// Returns once every earlier write to the file, and the length needed to read it back, is on
    /// stable storage. A failed sync is never retried on the same open file: the system may have
    /// dropped the pages and report success the second time.
    /// </summary>
    /// <exception cref="IOException">
    /// The flush failed; nothing is known of the earlier writes.
    /// </exception>
    void Sync();
}

/// <summary>What <see cref="IStorageFile.GetStatus"/> tells of an open file.</summary>
/// <param name="LengthBytes">Its length.</param>
/// <param name="IsNamed">
/// False when the system counts no name of it: it was deleted, or another file renamed to its place.
/// </param>
public readonly record struct FileStatus(long LengthBytes, bool IsNamed);
