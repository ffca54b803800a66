using Microsoft.Extensions.Logging;
using Quire.Pager;
using Quire.Storage;

namespace Quire;

/// <summary>How <see cref="PageFile.Open"/> treats a file that is, or is not, there.</summary>
public enum PageFileMode
{
    /// <summary>Open the file, or create it when it is absent or empty.</summary>
    OpenOrCreate,

    /// <summary>The file must exist.</summary>
    OpenExisting,

    /// <summary>The file must be absent or empty.</summary>
    CreateNew,

    /// <summary>
    /// The file must exist and is never written to, not even to recover it. Needs the right to read
    /// only; still takes locks, so that it sees no half-applied commit.
    /// </summary>
    ReadOnly,
}

/// <summary>How to open a page file. A value: change it with <c>with</c>.</summary>
public sealed record PageFileOptions
{
    /// <summary>Whether the file must exist, may be created or must be new.</summary>
    public PageFileMode Mode { get; init; } = PageFileMode.OpenOrCreate;

    /// <summary>
    /// The page size of a new file in bytes: a power of two from 512 to 65536. An existing file has
    /// the one that it was created with.
    /// </summary>
    public int PageSize { get; init; } = MainFormat.DefaultPageSize;

    /// <summary>
    /// The commit protocol of a new file. Null, the default, chooses
    /// <see cref="CommitProtocol.Sealed"/> on a local file system whose locks can be shared, and
    /// <see cref="CommitProtocol.Classic"/> elsewhere. An existing file has the one that it was
    /// created with; <see cref="PageFileInfo.Protocol"/> tells.
    /// </summary>
    public CommitProtocol? Protocol { get; init; }

    /// <summary>
    /// The application id of a new file: which custom format its pages hold. Yours to choose.
    /// </summary>
    public uint ApplicationId { get; init; }

    /// <summary>
    /// The user version of a new file: which version of the custom format. Yours to choose.
    /// </summary>
    public uint UserVersion { get; init; }

    /// <summary>
    /// How long a transaction waits for locks when its own call does not say: by default 30
    /// seconds; zero tries once; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How much memory the page cache may take, in bytes.</summary>
    public long CacheBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>
    /// How much a write transaction keeps in memory, in bytes, before it moves staged pages to the
    /// journal.
    /// </summary>
    public long StagingBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>
    /// A journal longer than this many bytes is cut back to it: after a commit, in a sealed file at
    /// the next checkpoint.
    /// </summary>
    public long JournalLimitBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// How often <see cref="PageFile.WaitForCommitAsync"/> looks at the file although the operating
    /// system has not told of a change: by default every second.
    /// <see cref="Timeout.InfiniteTimeSpan"/> trusts the system's notifications alone, which is
    /// right on no file system that several machines write to.
    /// </summary>
    public TimeSpan CommitRecheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Sealed files: the writer that finds the log longer than this many bytes performs a
    /// checkpoint. By default 16 MiB: the longer the log, the more of its pages need only be patched,
    /// and the more a first opener has to apply again after a crash, about as much as this.
    /// </summary>
    public long CheckpointBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>Watches the protocol's steps and locks; for teaching, tracing and tests.</summary>
    public ProtocolObserver? Observer { get; init; }

    /// <summary>Receives messages about recovery and failures; nothing by default.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>
    /// The outside world; null stands for the operating system's, with its native locks and only on
    /// local file systems.
    /// </summary>
    public StorageHost? Host { get; init; }

    /// <summary>A mistake that the engine is to make, for tests of the tests.</summary>
    internal PlantedBug PlantedBug { get; init; }

    /// <summary>
    /// Whether one look at the gate serves the readers that follow it at once, and one place in the
    /// line the writers, and one comparison of the paths the commits; null: where the clock is the
    /// system's.
    /// </summary>
    internal bool? SharesLooks { get; init; }

    internal void Validate()
    {
        if (!MainFormat.IsPageSize(PageSize))
        {
            throw new ArgumentException(
                $"The page size is {PageSize} bytes; it must be a power of two from " +
                $"{MainFormat.MinimumPageSize} to {MainFormat.MaximumPageSize}.");
        }

        if (Protocol is { } protocol && !Enum.IsDefined(protocol))
        {
            throw new ArgumentException($"{(int)protocol} is no commit protocol.");
        }

        if (LockTimeout < TimeSpan.Zero && LockTimeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentException(
                $"The lock timeout is {LockTimeout}; it must be zero, positive or infinite.");
        }

        if (CommitRecheckInterval != Timeout.InfiniteTimeSpan
            && (CommitRecheckInterval <= TimeSpan.Zero
                || CommitRecheckInterval.TotalMilliseconds > int.MaxValue))
        {
            throw new ArgumentException(
                $"The commit re-check interval is {CommitRecheckInterval}; it must be positive, at " +
                $"most {int.MaxValue} ms, or infinite.");
        }

        if (CacheBytes < 0 || StagingBytes < 0 || JournalLimitBytes < 0 || CheckpointBytes < 0)
        {
            throw new ArgumentException(
                $"Cache ({CacheBytes}), staging ({StagingBytes}), journal limit " +
                $"({JournalLimitBytes}) and checkpoint ({CheckpointBytes}) are numbers of bytes and " +
                "cannot be negative.");
        }
    }
}
