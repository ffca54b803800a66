using System.Globalization;
using Quire.Peers.Contenders;
using Quire.Peers.Workloads;

namespace Quire.Peers.Running;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public const string Usage =
        """
        Quire.Peers: Quire beside SQLite, LMDB and the floor of the disk, in one interleaved run

          --quick            small files and short rounds, under two minutes
          --workload W1,W2   these only (W1 W2 W3a W3b W4 W5 W6 W7 W8 W9 growth memory;
                             W3 stands for both)
          --only NAME        this contender only, beside the floor; may be given again
          --rounds N         how often each contender has its turn
          --docs FILE        write the figures and charts into this document, between its markers
          --from FILE        take the results of this peers.json, and measure nothing but what
                             --workload names, which replaces what the file has of it
          --awake            keep the processors from halting (idle priority): on virtual machines
                             a flush can cost 4 ms otherwise
          --folder DIR       where the files are made and removed again: a real disk
          --allow-tmpfs      accept memory, where a sync costs nothing
          --out DIR          where peers.json and the charts go
        """;

    public Scale Scale { get; init; } = Scale.Full;

    public IReadOnlyList<IWorkload> Workloads { get; init; } = WorkloadList.All;

    public IReadOnlyList<IContender> Contenders { get; init; } = ContenderList.All;

    public string Folder { get; init; } =
        Path.GetFullPath(Path.Combine("artifacts", "peers", "files"));

    public string Output { get; init; } = Path.GetFullPath(Path.Combine("artifacts", "peers"));

    public bool AllowsMemory { get; init; }

    /// <summary>The document to write the figures into.</summary>
    public string? Document { get; init; }

    /// <summary>Results to begin with.</summary>
    public string? Former { get; init; }

    public bool KeepsAwake { get; init; }

    /// <exception cref="ArgumentException">The command line is not understood.</exception>
    public static Options Parse(IReadOnlyList<string> args)
    {
        var options = new Options();
        List<string> only = [];
        int? rounds = null;
        string? workloads = null;
        for (int i = 0; i < args.Count; i++)
        {
            string Value() => ++i < args.Count
                ? args[i]
                : throw new ArgumentException($"{args[i - 1]} needs a value.");
            switch (args[i])
            {
                case "--quick": options = options with { Scale = Scale.Quick }; break;
                case "--tiny": options = options with { Scale = Scale.Tiny }; break;
                case "--allow-tmpfs": options = options with { AllowsMemory = true }; break;
                case "--awake": options = options with { KeepsAwake = true }; break;
                case "--workload": workloads = Value(); break;
                case "--only": only.Add(Value()); break;
                case "--rounds": rounds = Count(Value()); break;
                case "--folder": options = options with { Folder = FullPath(Value()) }; break;
                case "--docs": options = options with { Document = FullPath(Value()) }; break;
                case "--from": options = options with { Former = FullPath(Value()) }; break;
                case "--out": options = options with { Output = FullPath(Value()) }; break;
                default: throw new ArgumentException($"\"{args[i]}\" is not understood.");
            }
        }

        options = options with
        {
            Scale = options.Scale with { Rounds = rounds ?? options.Scale.Rounds },
            Workloads = workloads is not null ? Named(workloads)
                : options.Former is not null ? []
                : WorkloadList.All,
        };
        return options with
        {
            Contenders = only.Count > 0
                ? Chosen(only)
                : [.. ContenderList.All.Where(one => !options.Scale.LeftOut.Contains(one.Name))],
        };
    }

    private static string FullPath(string path) => Path.GetFullPath(path);

    private static IWorkload[] Named(string names)
    {
        string[] wanted = names.Split(',');
        foreach (string name in wanted)
        {
            if (!WorkloadList.All.Any(one => Fits(one, name)))
            {
                throw new ArgumentException($"There is no workload \"{name}\".");
            }
        }

        return [.. WorkloadList.All.Where(one => wanted.Any(name => Fits(one, name)))];
    }

    private static bool Fits(IWorkload workload, string name) =>
        workload.Name == name || (name == "W3" && workload.Name is "W3a" or "W3b");

    private static IContender[] Chosen(List<string> names)
    {
        names.ForEach(name => ContenderList.Find(name));
        return
        [
            .. ContenderList.All.Where(one =>
                one.Kind == ContenderKind.Floor || names.Contains(one.Name)),
        ];
    }

    private static int Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
        && count > 0
            ? count
            : throw new ArgumentException($"\"{text}\" is no number of rounds.");
}
