namespace Quire;

/// <summary>
/// How commits of a file are made durable; chosen at creation, the same for all processes.
/// </summary>
public enum CommitProtocol
{
    /// <summary>
    /// The published algorithm with its gaps closed: four syncs per commit, every state of the two
    /// files explained by the marker alone.
    /// </summary>
    Classic = 1,

    /// <summary>
    /// One journal sync per commit. Reserved: this release neither creates nor opens it.
    /// </summary>
    Sealed = 2,
}
