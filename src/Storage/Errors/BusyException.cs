using Quire.Storage;

namespace Quire;

/// <summary>
/// A lock could not be had within the time allowed. Nothing was changed; try again later.
/// </summary>
public sealed class BusyException : QuireException
{
    /// <summary>Makes the error.</summary>
    /// <param name="path">The file whose lock was wanted.</param>
    /// <param name="lockName">The lock, in the words of docs/protocol.md.</param>
    /// <param name="mode">The mode wanted.</param>
    /// <param name="waited">How long the caller waited.</param>
    /// <param name="holders">Who held it when the wait ended, as far as the system tells.</param>
    public BusyException(
        string path,
        string lockName,
        LockMode mode,
        TimeSpan waited,
        IReadOnlyList<LockHolder> holders)
        : base(QuireErrorCode.Busy, Describe(path, lockName, mode, waited, holders))
    {
        LockName = lockName;
        Waited = waited;
        Holders = holders;
    }

    /// <summary>The lock that could not be had, in the words of docs/protocol.md.</summary>
    public string LockName { get; }

    /// <summary>How long the caller waited for it.</summary>
    public TimeSpan Waited { get; }

    /// <summary>
    /// Who held it when the wait ended; empty where the system does not tell, and after a timeout
    /// of zero, for which it is not asked.
    /// </summary>
    public IReadOnlyList<LockHolder> Holders { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    private static string Describe(
        string path,
        string lockName,
        LockMode mode,
        TimeSpan waited,
        IReadOnlyList<LockHolder> holders)
    {
        string holderText = holders.Count == 0
            ? "the holder is not known"
            : "held by " + string.Join(", ", holders.Select(DescribeHolder));
        string modeText = mode == LockMode.Shared ? "shared" : "exclusive";
        return $"{path}: the {lockName} lock ({modeText}) was not free within " +
            $"{waited.TotalSeconds:0.###} s; {holderText}";
    }

    private static string DescribeHolder(LockHolder holder)
    {
        string name = holder.ProcessName.Length == 0 ? "" : $" ({holder.ProcessName})";
        string mode = holder.Mode == LockMode.Shared ? "shared" : "exclusive";
        return $"process {holder.ProcessId}{name}, {mode}";
    }
}
