namespace Quire.Cli.Demo;

/// <summary>How the demonstration goes: what is asked of it, and its pace.</summary>
/// <param name="FilePath">The file to make and keep; null for a temporary one.</param>
/// <param name="Readers">How many readers.</param>
/// <param name="KillAt">
/// The step before which the first writer is killed; C5 means in the middle of it.
/// </param>
/// <param name="IsFast">Without the pauses in which a person reads.</param>
internal sealed record DemoSettings(
    string? FilePath, int Readers, ProtocolStep KillAt, bool IsFast)
{
    /// <summary>Pages of the book, besides the engine's own.</summary>
    public const int Pages = 12;

    public const int MinimumReaders = 1;
    public const int MaximumReaders = 6;

    /// <summary>Any single thing that the story waits for must happen within this time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Readers alone.</summary>
    public TimeSpan Prologue => Pace(1000, 150);

    /// <summary>The first writer stages for this long.</summary>
    public TimeSpan Staging => Pace(2000, 360);

    /// <summary>The first writer stands still between its last step and its death.</summary>
    public TimeSpan Standstill => Pace(1500, 120);

    /// <summary>Readers again, after the death and after the second writer.</summary>
    public TimeSpan Interlude => Pace(900, 120);

    /// <summary>The second writer stages for this long.</summary>
    public TimeSpan SecondStaging => Pace(600, 120);

    /// <summary>
    /// Steps of a writer at which it can be killed: all but those it never comes to.
    /// </summary>
    public static IEnumerable<ProtocolStep> KillSteps => Enum.GetValues<ProtocolStep>()
        .Where(step => step is >= ProtocolStep.W1 and <= ProtocolStep.C10
            and not (ProtocolStep.W4 or ProtocolStep.C8E));

    /// <summary>What becomes of the first writer's commit.</summary>
    public DemoOutcome Outcome => KillAt switch
    {
        < ProtocolStep.C4 => DemoOutcome.NeverWas,
        < ProtocolStep.C8 => DemoOutcome.PlayedBack,
        _ => DemoOutcome.Complete,
    };

    private TimeSpan Pace(int normalMilliseconds, int fastMilliseconds) =>
        TimeSpan.FromMilliseconds(IsFast ? fastMilliseconds : normalMilliseconds);
}

/// <summary>What becomes of a commit whose writer is killed.</summary>
internal enum DemoOutcome
{
    /// <summary>Killed before its marker was written: its changes never were.</summary>
    NeverWas,

    /// <summary>Killed with the marker set: whoever comes next completes it.</summary>
    PlayedBack,

    /// <summary>Killed when the marker was clear again: it was complete.</summary>
    Complete,
}
