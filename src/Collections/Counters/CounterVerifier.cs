namespace Quire.Collections;

/// <summary>Holds counters against their own rules, in a map that is sound.</summary>
/// <remarks>
/// Called by <see cref="MapVerifier"/>. A map without a type is not looked at: nothing in its
/// records says that they are counters.
/// </remarks>
internal static class CounterVerifier
{
    private const int MostProblems = 100;

    /// <summary>Whether a map has counters.</summary>
    public static bool IsCounters(CatalogEntry entry) => entry.ValueType == MapTypes.Counters;

    /// <summary>Verifies counters: each name is text, and each value has its length.</summary>
    /// <returns>What is wrong.</returns>
    public static IReadOnlyList<string> Verify(
        ReadTransaction read, string name, CancellationToken cancellation)
    {
        TypedMap definition = CounterFormat.Map(name);
        List<string> problems = [];
        try
        {
            MapReader map = definition.In(read);
            foreach (MapEntry entry in map.Scan())
            {
                cancellation.ThrowIfCancellationRequested();
                if (problems.Count < MostProblems
                    && ProblemOf(definition, map, entry) is { } problem)
                {
                    problems.Add(problem);
                }
            }
        }
        catch (InvalidOperationException error) when (error is not ObjectDisposedException)
        {
            problems.Add(error.Message);
        }

        return problems;
    }

    private static string? ProblemOf(TypedMap definition, in MapReader map, in MapEntry entry)
    {
        try
        {
            CounterFormat.ReadCounter(definition, map, entry);
            return null;
        }
        catch (CorruptFileException error)
        {
            return error.Message;
        }
    }
}
