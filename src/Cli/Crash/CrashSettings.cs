using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>What was asked of <c>quire crash</c>.</summary>
internal sealed record CrashSettings
{
    public required EngineScenario Scenario { get; init; }

    public required EngineSettings Engine { get; init; }

    public required IReadOnlyList<PersistenceModel> Models { get; init; }

    /// <summary>How often a process that could go on is interrupted; null for any number.</summary>
    public required int? Preemptions { get; init; }

    public required int Kills { get; init; }

    public required int PowerLosses { get; init; }

    /// <summary>How many crashes in a row, for scenarios of one process.</summary>
    public required int Crashes { get; init; }

    /// <summary>How many runs, or crash states, at most.</summary>
    public required long Budget { get; init; }

    /// <summary>How many disks of one power cut, at most.</summary>
    public required int StatesPerPoint { get; init; }

    public required int Seed { get; init; }

    /// <summary>What is left out of the engine on purpose; null for nothing.</summary>
    public OperationSite? Without { get; init; }

    /// <summary>A failure to repeat; null to look for one.</summary>
    public string? Replay { get; init; }

    /// <summary>Where a failure is written to as a page; null for nowhere.</summary>
    public string? HtmlPath { get; init; }

    public bool IsAlone => Scenario.Alone is not null;

    /// <summary>
    /// Whether its processes never end, so that only starvation can be looked for.
    /// </summary>
    public bool IsEndless => Scenario.Name == "gate";

    public CrashOptions CrashOptions(PersistenceModel model) => new()
    {
        Model = model,
        Crashes = Crashes,
        Budget = Budget,
        StatesPerPoint = StatesPerPoint,
        Seed = Seed,
        Omit = Without,
    };

    public ScheduleOptions ScheduleOptions(PersistenceModel model) => new()
    {
        Model = model,
        Preemptions = Preemptions,
        Kills = Kills,
        PowerLosses = PowerLosses,
        Budget = Budget,
        StatesPerPoint = StatesPerPoint,
        Seed = Seed,
        Omit = Without,
    };

    /// <summary>What is explored, in words.</summary>
    public string Describe()
    {
        string commits =
            $"{Counted(Engine.Commits, "commit")} of {Counted(Engine.Pages, "page")}";
        if (IsAlone)
        {
            return $"{commits}, every crash state" +
                (Crashes > 1 ? $", {Crashes} crashes in a row" : "") + Omission();
        }

        string who = $"{Counted(Engine.Readers, "reader")}, {Counted(Engine.Writers, "writer")}, " +
            $"{commits} each";
        return IsEndless
            ? $"{Counted(Engine.Readers, "reader")} without end, 1 writer{Omission()}"
            : $"{who}; {(Preemptions is { } bound ? Counted(bound, "preemption") : "all schedules")}" +
                $", {Counted(Kills, "kill")}, {Counted(PowerLosses, "power loss", "es")}{Omission()}";
    }

    /// <summary>The command that repeats a failure.</summary>
    public string CommandFor(PersistenceModel model, string token)
    {
        string bounds = IsAlone
            ? ""
            : $" --readers {Engine.Readers} --writers {Engine.Writers}";
        string protocol = Engine.Protocol == CommitProtocol.Sealed ? " --protocol sealed" : "";
        string without = Without is null ? "" : $" --without {Without.Step}:{Without.Kind}";
        return $"quire crash {Scenario.Name}{protocol}{bounds} --commits {Engine.Commits} " +
            $"--pages {Engine.Pages} --model {model}{without} --replay {token}";
    }

    private string Omission() =>
        Without is null ? "" : $"; without {EngineSites.Describe(Without)} at {Without.Step}";

    private static string Counted(long number, string noun, string plural = "s") =>
        number == 1 ? $"1 {noun}" : $"{number} {noun}{plural}";
}
