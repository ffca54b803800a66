namespace Quire.Storage;

/// <summary>
/// Remembers the first failed write or sync of a group of open files (the main file and its
/// journal), and stops all further work on them.
/// </summary>
/// <remarks>
/// After a failed write-back the system may hold in memory what is not on disk, and may report
/// success the next time. Nothing read or written through these files can be relied on from then
/// on; only opening afresh and recovering from what the disk holds can. Hence no way to reset a
/// latch. Thread-safe.
/// </remarks>
internal sealed class FaultLatch
{
    private Fault? _first;

    /// <summary>Whether a failure has been latched.</summary>
    public bool IsSet => Volatile.Read(ref _first) is not null;

    /// <summary>The first failure, or null.</summary>
    public Exception? FirstCause => Volatile.Read(ref _first)?.Cause;

    /// <summary>The file on which it happened, or null.</summary>
    public string? FailedPath => Volatile.Read(ref _first)?.Path;

    /// <summary>Latches a failure; only the first is kept.</summary>
    public void Trip(string path, Exception cause) =>
        Interlocked.CompareExchange(ref _first, new Fault(path, cause), null);

    /// <summary>Refuses further work once a failure has been latched.</summary>
    /// <exception cref="FaultedException">An earlier operation on the group failed.</exception>
    public void ThrowIfSet(string path)
    {
        if (FirstCause is { } cause)
        {
            throw new FaultedException(path, cause);
        }
    }

    private sealed record Fault(string Path, Exception Cause);
}
