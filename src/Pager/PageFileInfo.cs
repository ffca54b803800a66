namespace Quire;

/// <summary>Facts about a page file, all of one moment.</summary>
public sealed record PageFileInfo
{
    /// <summary>The full path of the main file.</summary>
    public required string Path { get; init; }

    /// <summary>The version of the file format.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>How commits are made durable.</summary>
    public required CommitProtocol Protocol { get; init; }

    /// <summary>The size of a page in bytes.</summary>
    public required int PageSize { get; init; }

    /// <summary>The id drawn when the file was created.</summary>
    public required Guid FileId { get; init; }

    /// <summary>Which custom format the pages hold, as its maker says.</summary>
    public required uint ApplicationId { get; init; }

    /// <summary>Which version of that format.</summary>
    public required uint UserVersion { get; init; }

    /// <summary>The last committed transaction.</summary>
    public required TransactionNumber TransactionNumber { get; init; }

    /// <summary>Pages of the file, those of the header and the allocation map included.</summary>
    public required uint PageCount { get; init; }

    /// <summary>How many of them are free.</summary>
    public required uint FreePages { get; init; }

    /// <summary>The root page; none in a file that nobody has given one.</summary>
    public required PageNumber Root { get; init; }

    /// <summary>The length of the main file in bytes; may exceed the pages after a crash.</summary>
    public required long LengthBytes { get; init; }
}
