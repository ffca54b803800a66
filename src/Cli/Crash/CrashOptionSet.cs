using System.CommandLine;
using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>
/// The options of <c>quire crash</c> and <c>quire crash audit</c>, and what they mean.
/// </summary>
internal sealed class CrashOptionSet
{
    private const string AnyNumber = "any";

    private readonly Argument<string> _scenario = new("SCENARIO")
    {
        Description = "Which program; 'quire crash list' names them.",
        DefaultValueFactory = _ => EngineScenario.All[0].Name,
    };

    private readonly Option<string> _protocol = new("--protocol")
    {
        Description = "The commit protocol: classic or sealed.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "classic",
    };

    private readonly Option<string> _model = new("--model")
    {
        Description = "What a power cut may leave; 'quire crash list' names the models; or all.",
        HelpName = "NAME",
        DefaultValueFactory = _ => PersistenceModel.Sector512.Name,
    };

    private readonly Option<int> _readers = Number("--readers", "How many processes read.", 1);
    private readonly Option<int> _writers = Number("--writers", "How many processes write.", 2);
    private readonly Option<int> _commits = Number("--commits", "Commits of each writer.", 1);
    private readonly Option<int> _pages = Number("--pages", "Pages that a commit changes.", 2);
    private readonly Option<int> _kills = Number("--kills", "Processes killed, at most.", 1);

    private readonly Option<int> _powerLosses = Number(
        "--power-losses", "Power cuts in a row, at most.", 1);

    private readonly Option<string> _preemptions = new("--preemptions")
    {
        Description = "How often a process is interrupted that could go on; or any.",
        HelpName = "N",
        DefaultValueFactory = _ => "1",
    };

    private readonly Option<int> _crashes = Number(
        "--crashes", "Crashes in a row, in scenarios of one process.", 2);

    private readonly Option<long> _budget = new("--budget")
    {
        Description = "How many runs, or crash states, at most.",
        HelpName = "N",
        DefaultValueFactory = _ => 1_000_000,
    };

    private readonly Option<int> _states = Number(
        "--states", "Disks of one power cut, at most; of more than that, a sample.", 4096);

    private readonly Option<int> _seed = Number(
        "--seed", "Chooses the states where there are too many for all.", 1);

    private readonly Option<string?> _without = new("--without")
    {
        Description = "Leaves a sync or a lock of the engine out: a step, or STEP:KIND.",
        HelpName = "STEP",
    };

    private readonly Option<string?> _replay = new("--replay")
    {
        Description = "Repeats a failure, byte for byte, instead of looking for one.",
        HelpName = "TOKEN",
    };

    private readonly Option<string?> _html = new("--html")
    {
        Description = "Writes a failure to a page of its own.",
        HelpName = "REPORT",
    };

    /// <summary>Gives a command its argument and options.</summary>
    public void AddTo(Command command, bool isAudit)
    {
        command.Arguments.Add(_scenario);
        Option[] options =
        [
            _protocol, _model, _readers, _writers, _commits, _pages, _kills, _powerLosses,
            _preemptions, _crashes, _budget, _states, _seed,
        ];
        foreach (Option option in isAudit ? options : [.. options, _without, _replay, _html])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public CrashSettings Read(ParseResult parsed, bool isAudit)
    {
        string? without = isAudit ? null : parsed.GetValue(_without);
        return new CrashSettings
        {
            Scenario = FindScenario(parsed.GetRequiredValue(_scenario)),
            Models = FindModels(parsed.GetRequiredValue(_model)),
            Engine = new EngineSettings
            {
                Protocol = ParseProtocol(parsed.GetRequiredValue(_protocol)),
                Readers = Check(parsed, _readers, 0, 8),
                Writers = Check(parsed, _writers, 0, 8),
                Commits = Check(parsed, _commits, 1, 100),
                Pages = Check(parsed, _pages, 1, 50),
            },
            Preemptions = ParsePreemptions(parsed.GetRequiredValue(_preemptions)),
            Kills = Check(parsed, _kills, 0, 8),
            PowerLosses = Check(parsed, _powerLosses, 0, 8),
            Crashes = Check(parsed, _crashes, 1, 8),
            Budget = Math.Max(1, parsed.GetValue(_budget)),
            StatesPerPoint = Check(parsed, _states, 1, 1 << 30),
            Seed = parsed.GetValue(_seed),
            Without = without is null ? null : EngineSites.Parse(without),
            Replay = isAudit ? null : parsed.GetValue(_replay),
            HtmlPath = isAudit ? null : parsed.GetValue(_html),
        };
    }

    private static Option<int> Number(string name, string description, int usual) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => usual,
    };

    private static int Check(ParseResult parsed, Option<int> option, int least, int most)
    {
        int value = parsed.GetValue(option);
        return value >= least && value <= most
            ? value
            : throw CommandException.Usage(
                $"{option.Name} is {value}; it must be from {least} to {most}.");
    }

    private static EngineScenario FindScenario(string name) => EngineScenario.Find(name)
        ?? throw CommandException.Usage(
            $"'{name}' is no scenario; these are: " +
            $"{string.Join(' ', EngineScenario.All.Select(scenario => scenario.Name))}.");

    private static IReadOnlyList<PersistenceModel> FindModels(string name)
    {
        try
        {
            return name == "all" ? PersistenceModel.All : [PersistenceModel.Named(name)];
        }
        catch (ArgumentException unknown)
        {
            throw CommandException.Usage($"--model: {unknown.Message}");
        }
    }

    private static CommitProtocol ParseProtocol(string name) => name switch
    {
        "classic" => CommitProtocol.Classic,
        "sealed" => CommitProtocol.Sealed,
        _ => throw CommandException.Usage(
            $"--protocol is '{name}'; it must be classic or sealed."),
    };

    private static int? ParsePreemptions(string text) =>
        text == AnyNumber ? null
        : int.TryParse(text, out int number) && number is >= 0 and <= 1000 ? number
        : throw CommandException.Usage($"--preemptions is '{text}'; it must be a number or any.");
}
