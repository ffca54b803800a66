using Quire.Peers.Contenders;

namespace Quire.Peers.Workloads;

/// <summary>An open store with all its records, and random ones to ask for.</summary>
internal sealed class LoadedStore : IDisposable
{
    private readonly Random _random = new(1);

    public LoadedStore(Setting setting)
    {
        Records = setting.Scale.Records;
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

    public void Dispose() => Store.Dispose();
}
