namespace Quire.Collections;

/// <summary>Looks at all messages of a queue, for whoever verifies or takes over a store.</summary>
internal static class QueueScan
{
    /// <summary>The highest commit number among the stamps of messages; 0 without any.</summary>
    /// <exception cref="CorruptFileException">A record is none.</exception>
    public static ulong HighestOf(MapReader queue)
    {
        ulong highest = 0;
        foreach (MapEntry entry in queue.Scan())
        {
            highest = ProblemOf(entry, out ExpiryKey key) is { } problem
                ? throw LayeredReader.Corrupt(queue, entry.Key, problem)
                : Math.Max(highest, key.Stamp.CommitNumber);
        }

        return highest;
    }

    /// <summary>What is wrong with a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="highest">
    /// The number of the last commit; null when the queue was imported and is not held against it.
    /// </param>
    /// <param name="problem">Told of each problem.</param>
    /// <param name="cancellation">Ends it.</param>
    public static void Verify(
        MapReader queue, ulong? highest, Action<string> problem, CancellationToken cancellation)
    {
        var seen = new HashSet<(Versionstamp, ushort)>();
        foreach (MapEntry entry in queue.Scan())
        {
            cancellation.ThrowIfCancellationRequested();
            string? found = ProblemOf(entry, out ExpiryKey key);
            if (found is null && key.Stamp.CommitNumber > highest)
            {
                found = $"has stamp {key.Stamp}, and the file's commits end at {highest}";
            }

            if (found is null && !seen.Add((key.Stamp, key.Ordinal)))
            {
                found = $"is message {key.Ordinal} of {key.Stamp}, which is there twice";
            }

            if (found is not null)
            {
                problem(LayeredReader.Corrupt(queue, entry.Key, found).Message);
            }
        }
    }

    private static string? ProblemOf(in MapEntry entry, out ExpiryKey key) =>
        ExpiryKey.TryRead(entry.Key, out key) ?? QueueRecord.TryRead(entry.Value, out _);
}
