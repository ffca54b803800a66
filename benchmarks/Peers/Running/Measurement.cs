using System.Globalization;

namespace Quire.Peers.Running;

/// <summary>What is measured: one table of the report.</summary>
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

    /// <summary>
    /// What is varied (such as "processes") where the same is measured several times: those of one
    /// workload and title are the points of one line.
    /// </summary>
    public string? Along { get; init; }

    /// <summary>The value of what is varied.</summary>
    public double At { get; init; }

    /// <summary>Title and point.</summary>
    public string FullTitle => Along is null
        ? Title
        : string.Create(CultureInfo.InvariantCulture, $"{Title}, {Along} {At:N0}");
}

/// <summary>One value of one contender; the same number of them in each round.</summary>
internal readonly record struct Measurement(Measure Measure, double Value);
