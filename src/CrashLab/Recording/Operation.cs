using System.IO.Hashing;
using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>The kinds of things that a simulated process does to the outside.</summary>
internal enum OperationKind
{
    /// <summary>Opens a file.</summary>
    Open,

    /// <summary>Closes a file.</summary>
    Close,

    /// <summary>Asks what a path names.</summary>
    Identify,

    /// <summary>Asks for a length.</summary>
    GetLength,

    /// <summary>Reads.</summary>
    Read,

    /// <summary>Writes.</summary>
    Write,

    /// <summary>Sets a length.</summary>
    SetLength,

    /// <summary>Syncs a file.</summary>
    Sync,

    /// <summary>Syncs a directory.</summary>
    SyncDirectory,

    /// <summary>Removes a directory entry.</summary>
    Delete,

    /// <summary>Renames a file.</summary>
    Rename,

    /// <summary>Tries a lock.</summary>
    TryLock,

    /// <summary>Releases a lock.</summary>
    Unlock,

    /// <summary>Looks at a lock.</summary>
    Probe,

    /// <summary>Pauses until a lock may be free.</summary>
    Wait,

    /// <summary>A mark of the program under test: a step, or an acknowledgement.</summary>
    Note,
}

/// <summary>One operation of one simulated process.</summary>
/// <param name="Process">The number of the process, from 1.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Path">To which file.</param>
/// <param name="Offset">Where, in bytes; the lock byte for lock operations.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Mode">The mode of a lock.</param>
/// <param name="Text">The text of a note, or the new path of a rename.</param>
/// <param name="File">The open file, for operations on one.</param>
internal readonly record struct Operation(
    int Process,
    OperationKind Kind,
    string Path,
    long Offset = 0,
    long Length = 0,
    LockMode Mode = LockMode.Shared,
    string Text = "",
    SimulatedFile? File = null)
{
    /// <summary>The bytes that are written.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>
    /// Whether no other process can tell when it happens and it cannot tell what others do, so that
    /// nothing is missed when it follows the operation before it without a pause.
    /// </summary>
    public bool IsPrivate => Kind is OperationKind.Note;

    /// <summary>Whether it does nothing but announce a step.</summary>
    public bool IsStep { get; init; }

    /// <summary>A write that was cut short in its middle.</summary>
    public Mutation FirstHalf() =>
        WrittenAt(Offset) with { Bytes = Bytes[..(Bytes.Length / 2)] };

    /// <summary>A write whose bytes go somewhere.</summary>
    public Mutation WrittenAt(long offset) => new(0, MutationKind.Write)
    {
        Path = Path,
        Inode = File!.Inode.Number,
        Offset = offset,
        Bytes = Bytes,
    };

    /// <summary>Tells operations apart, for the history of a process.</summary>
    public readonly void AddTo(ref StateHash hash)
    {
        hash.Add((long)Kind + ((long)Mode << 8) + ((long)(File?.Inode.Number ?? -1) << 16));
        hash.Add(Offset);
        hash.Add(Length);
        if (File is null)
        {
            hash.Add(Path);
            hash.Add(Text);
        }

        if (!Bytes.IsEmpty)
        {
            hash.Add(XxHash128.HashToUInt128(Bytes.Span));
        }
    }
}
