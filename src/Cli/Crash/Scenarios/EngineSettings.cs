namespace Quire.Cli.Crash;

/// <summary>The size of an engine scenario, and how its processes open the file.</summary>
internal sealed record EngineSettings
{
    /// <summary>How many pages a commit changes, the root included.</summary>
    public int Pages { get; init; } = 2;

    /// <summary>How many commits a writer makes.</summary>
    public int Commits { get; init; } = 1;

    /// <summary>How many processes read.</summary>
    public int Readers { get; init; } = 1;

    /// <summary>How many processes write.</summary>
    public int Writers { get; init; } = 2;

    /// <summary>The commit protocol of the file.</summary>
    public CommitProtocol Protocol { get; init; } = CommitProtocol.Classic;

    /// <summary>The step at which the commit was cut short that a recovery begins with.</summary>
    public ProtocolStep CutAt { get; init; } = ProtocolStep.C6;

    /// <summary>Has the last word on how the file is opened: a place for planted bugs.</summary>
    public Func<PageFileOptions, PageFileOptions>? Configure { get; init; }
}
