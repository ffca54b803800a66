using Quire.Peers.Contenders;

namespace Quire.Peers.Workloads;

/// <summary>What was measured is worth nothing when it was not done.</summary>
internal static class Verification
{
    /// <exception cref="InvalidOperationException">The numbers differ.</exception>
    public static void Same(string what, long expected, long found)
    {
        if (expected != found)
        {
            throw new InvalidOperationException($"{what}: {expected} expected, {found} found");
        }
    }

    /// <summary>Each record is there, with the version that was committed last.</summary>
    public static void Versions(IStore store, long[] expected)
    {
        Same("records", expected.Length, store.Scan());
        long[] found = new long[expected.Length];
        store.ReadVersions(0, found);
        for (int i = 0; i < found.Length; i++)
        {
            Same($"version of record {i}", expected[i], found[i]);
        }
    }

    /// <summary>Numbers that counters gave: 1 to their count, each to one caller only.</summary>
    public static void Counted(IReadOnlyCollection<long> numbers)
    {
        var distinct = new HashSet<long>(numbers);
        Same("distinct numbers of a counter", numbers.Count, distinct.Count);
        Same("sum of increments", numbers.Count, distinct.DefaultIfEmpty(0).Max());
    }
}
