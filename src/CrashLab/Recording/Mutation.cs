namespace Quire.CrashLab;

/// <summary>What a program did to the file system.</summary>
internal enum MutationKind
{
    /// <summary>A new, empty file and its directory entry.</summary>
    Create,

    /// <summary>Bytes written at an offset.</summary>
    Write,

    /// <summary>The length set.</summary>
    SetLength,

    /// <summary>A file synced.</summary>
    Sync,

    /// <summary>A sync of a file that failed.</summary>
    FailSync,

    /// <summary>A directory synced.</summary>
    SyncDirectory,

    /// <summary>A directory entry removed.</summary>
    Delete,

    /// <summary>A file renamed, replacing what had the new name.</summary>
    Rename,
}

/// <summary>One change of the file system, enough to perform it again.</summary>
internal sealed record Mutation(int Number, MutationKind Kind)
{
    /// <summary>The path, for changes of directory entries; the directory for its sync.</summary>
    public string Path { get; init; } = "";

    /// <summary>The new path of a rename.</summary>
    public string NewPath { get; init; } = "";

    /// <summary>The file, for changes of files.</summary>
    public int Inode { get; init; }

    /// <summary>Where bytes were written, or the new length.</summary>
    public long Offset { get; init; }

    /// <summary>What a failed sync did to the changes it did not write.</summary>
    public SyncFailure SyncFailure { get; init; }

    /// <summary>The bytes written.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>What was done, for people.</summary>
    public string Text => Kind switch
    {
        MutationKind.Create => $"create {Path}",
        MutationKind.Write => $"write {Path} {Offset}+{Bytes.Length}",
        MutationKind.SetLength => $"set length {Path} {Offset}",
        MutationKind.Sync => $"sync {Path}",
        MutationKind.FailSync => $"failing sync {Path}",
        MutationKind.SyncDirectory => $"sync directory {Path}",
        MutationKind.Delete => $"delete {Path}",
        _ => $"rename {Path} to {NewPath}",
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Number}: {Text}";
}
