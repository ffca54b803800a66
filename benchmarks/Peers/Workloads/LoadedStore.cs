using Quire.Peers.Contenders;

namespace Quire.Peers.Workloads;

/// <summary>An open store with all its records, and random ones to ask for.</summary>
internal sealed class LoadedStore : IDisposable
{
    private readonly Random _random = new(1);
    private readonly bool _isFloor;
    private readonly long[] _versions;

    public LoadedStore(Setting setting)
        : this(setting, setting.Scale.Records)
    {
    }

    public LoadedStore(Setting setting, int records)
    {
        Records = records;
        _versions = new long[records];
        _isFloor = setting.Contender.Kind == ContenderKind.Floor;
        Store = setting.Contender.Open(setting.Folder);
        Store.Load(Records);
    }

    public IStore Store { get; }

    public int Records { get; }

    /// <summary>Fills a buffer with the numbers of records; each contender gets the same.</summary>
    public ReadOnlySpan<int> Choose(int[] records)
    {
        for (int i = 0; i < records.Length; i++)
        {
            records[i] = _random.Next(Records);
        }

        return records;
    }

    /// <summary>
    /// Remembers what a commit was acknowledged for. Threads may, for records of their own.
    /// </summary>
    public void Committed(ReadOnlySpan<int> records, long version)
    {
        foreach (int record in records)
        {
            _versions[record] = version;
        }
    }

    /// <summary>All records are there, as they were committed last.</summary>
    public void Verify()
    {
        if (!_isFloor)
        {
            Verification.Versions(Store, _versions);
        }
    }

    public void Dispose() => Store.Dispose();
}
