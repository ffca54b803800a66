namespace Quire.CrashLab;

/// <summary>
/// A place in a program under test: the kind of operation, the file, and the step that the program
/// had announced. What an audit deletes, in every process and in recovery too.
/// </summary>
/// <param name="Kind">sync, sync-directory, lock or probe.</param>
/// <param name="Path">The file or directory.</param>
/// <param name="Step">The step; empty for programs that announce none.</param>
public sealed record OperationSite(string Kind, string Path, string Step)
{
    /// <inheritdoc/>
    public override string ToString() =>
        Step.Length == 0 ? $"{Kind} {Path}" : $"{Step}: {Kind} {Path}";

    /// <summary>
    /// What operations of a kind are called; null for kinds that an audit does not delete.
    /// </summary>
    internal static string? NameOf(OperationKind kind) => kind switch
    {
        OperationKind.Sync => "sync",
        OperationKind.SyncDirectory => "sync-directory",
        OperationKind.TryLock => "lock",
        OperationKind.Probe => "probe",
        _ => null,
    };
}

/// <summary>Leaves one site out of a program, or only notes which sites there are.</summary>
/// <remarks>Used by one thread at a time; the counts of several are added up at the end.</remarks>
internal sealed class SiteFaults(OperationSite? omitted) : IFaults
{
    private readonly Dictionary<(OperationKind Kind, string Path, string Step), Count> _counts = [];

    /// <summary>The sites that were reached, and how often.</summary>
    public IReadOnlyDictionary<OperationSite, long> Sites => SumOf([this]);

    /// <summary>The sites that any of several reached.</summary>
    public static IReadOnlyDictionary<OperationSite, long> SumOf(IEnumerable<SiteFaults> all)
    {
        var sum = new Dictionary<OperationSite, long>();
        foreach (Count count in all.SelectMany(faults => faults._counts.Values))
        {
            sum[count.Site] = sum.GetValueOrDefault(count.Site) + count.Times;
        }

        return sum;
    }

    public void Before(SimulatedProcess process, Operation operation)
    {
    }

    public bool Skips(SimulatedProcess process, Operation operation)
    {
        if (OperationSite.NameOf(operation.Kind) is not { } kind)
        {
            return false;
        }

        (OperationKind, string, string) key = (operation.Kind, operation.Path, process.CurrentStep);
        if (!_counts.TryGetValue(key, out Count? count))
        {
            var site = new OperationSite(kind, operation.Path, process.CurrentStep);
            count = new Count(site, site == omitted);
            _counts.Add(key, count);
        }

        count.Times++;
        return count.IsOmitted;
    }

    public void Alter(Span<byte> bytes)
    {
    }

    private sealed class Count(OperationSite site, bool isOmitted)
    {
        public OperationSite Site => site;

        public bool IsOmitted => isOmitted;

        public long Times { get; set; }
    }
}
