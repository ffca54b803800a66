namespace Quire.Peers.Running;

/// <summary>What is measured: one table and one chart of the report.</summary>
/// <param name="Workload">The workload's name, such as W1.</param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Unit">What the values count.</param>
/// <param name="IsHigherBetter">Whether a rate rather than a time or a size.</param>
internal sealed record Measure(string Workload, string Title, string Unit, bool IsHigherBetter)
{
    /// <summary>
    /// Whether a commit is part of it, so that only durable peers can be compared with.
    /// </summary>
    public bool HasCommits { get; init; }
}

/// <summary>One value, from one round of one contender.</summary>
internal readonly record struct Measurement(Measure Measure, double Value);
