using Quire.Peers.Contenders;
using Quire.Peers.Running;

namespace Quire.Peers.Workloads;

/// <summary>Where, with whom and how much.</summary>
/// <param name="Contender">Whose turn it is.</param>
/// <param name="Folder">An empty folder of its own.</param>
/// <param name="Scale">How much is done.</param>
internal sealed record Setting(IContender Contender, string Folder, Scale Scale);

/// <summary>One of the things that are measured; the same code for all contenders.</summary>
internal interface IWorkload
{
    /// <summary>What the tables and --workload call it.</summary>
    string Name { get; }

    /// <summary>Whether the floor can do anything that compares.</summary>
    bool HasFloor { get; }

    /// <summary>
    /// Whether it syncs, and is short, so that a turn is repeated when a flush was dear around it.
    /// </summary>
    bool Syncs { get; }

    /// <summary>Whether it is part of a run of this scale.</summary>
    bool IsIn(Scale scale) => true;

    /// <summary>How many rounds it has.</summary>
    int RoundsOf(Scale scale) => scale.Rounds;

    /// <summary>Makes all that is not to be timed.</summary>
    IWorkloadRun Prepare(Setting setting);
}

/// <summary>A workload of one contender, ready to be measured round by round.</summary>
internal interface IWorkloadRun : IDisposable
{
    /// <summary>
    /// Before the first round: <see cref="WarmUp.Run"/> with the work of a turn. Where processes of
    /// their own do the work they do that too, before they say that they are ready.
    /// </summary>
    void BecomeWarm()
    {
    }

    /// <summary>One round.</summary>
    IReadOnlyList<Measurement> MeasureRound();

    /// <summary>
    /// After the last round: looks whether the store has what was committed, where that was not
    /// seen in the rounds themselves.
    /// </summary>
    /// <exception cref="InvalidOperationException">It has not.</exception>
    void Verify()
    {
    }
}
