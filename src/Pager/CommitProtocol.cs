namespace Quire;

/// <summary>
/// How commits of a file are made durable; chosen at creation, the same for all processes. See
/// <see cref="PageFileOptions.Protocol"/>.
/// </summary>
public enum CommitProtocol
{
    /// <summary>
    /// The published algorithm with its gaps closed: four syncs per commit, every state of the two
    /// files explained by the marker alone.
    /// </summary>
    Classic = 1,

    /// <summary>
    /// One journal sync per commit: the journal is a log that keeps its transactions until a
    /// checkpoint, and whoever opens the file first after a crash applies them again.
    /// </summary>
    Sealed = 2,
}
