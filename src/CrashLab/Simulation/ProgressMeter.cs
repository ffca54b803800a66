namespace Quire.CrashLab;

/// <summary>
/// Counts what a thread does, so that another one notices when it does nothing any more.
/// </summary>
internal sealed class ProgressMeter
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    /// <summary>Called by one thread at a time.</summary>
    public void Tick() => Volatile.Write(ref _count, _count + 1);
}
