namespace Quire.CrashLab;

/// <summary>How a scheduled run ended.</summary>
internal enum RunEnd
{
    /// <summary>All processes ended or were killed.</summary>
    Finished,

    /// <summary>The strategy had seen enough.</summary>
    Stopped,

    /// <summary>Every process that is left waits for a lock that another one holds.</summary>
    Deadlock,

    /// <summary>A process threw.</summary>
    Failed,

    /// <summary>A process stood still, or would not be killed. Its thread is lost.</summary>
    Hung,
}
