using Quire.Storage;

namespace Quire.Worker.Hooks;

/// <summary>What the engine may ask of the outside world.</summary>
public enum IoKind
{
    Open,
    Identify,
    SyncDirectory,
    Read,
    Write,
    SetLength,
    GetLength,
    Sync,
    Lock,
    Unlock,
    Probe,
}

/// <summary>One request of the engine to the outside world.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Path">The file.</param>
/// <param name="Opening">
/// Which opening of that path it is, from 0: the engine opens main first for its readers, then for
/// its writer. -1 where no open file is concerned.
/// </param>
/// <param name="Offset">Where, in bytes; for a lock its byte; for a length the length.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Bytes">A copy of the bytes that are to be written; empty otherwise.</param>
/// <param name="Mode">The mode of a lock or probe.</param>
/// <param name="File">The file underneath, so that a hook can do a part of the work itself.</param>
public sealed record IoEvent(
    IoKind Kind,
    string Path,
    int Opening,
    long Offset,
    long Length,
    ReadOnlyMemory<byte> Bytes,
    LockMode? Mode,
    IStorageFile? File)
{
    public bool IsJournal => Path.EndsWith("-journal", StringComparison.Ordinal);

    public bool IsMainWrite => Kind == IoKind.Write && !IsJournal;
}
