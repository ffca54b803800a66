using Quire.CrashLab;

namespace Quire.Tests.CrashLab.Samples;

/// <summary>
/// Quire's own engine as a program under test: two pages that every transaction changes together.
/// </summary>
internal static class EngineScenario
{
    private const string Path = "drawing.quire";

    public static CrashScenario Commits(int count) => new()
    {
        Setup = process => Commit(process, "0"),
        Workload = process =>
        {
            for (int n = 1; n <= count; n++)
            {
                process.Begin($"{n}");
                Commit(process, $"{n}");
                process.Acknowledge($"{n}");
            }
        },
        Check = Checks.TransactionAtomicity(
            process => Read(process, PageFileMode.OpenExisting),
            (model, transaction) => model["left"] = model["right"] = transaction,
            initial: new Dictionary<string, string> { ["left"] = "0", ["right"] = "0" }),
        ReadOnlyCheck = (process, _) => Read(process, PageFileMode.ReadOnly),
        ChecksTwice = true,
        Continue = process =>
        {
            process.Begin("9");
            Commit(process, "9");
            process.Acknowledge("9");
        },
    };

    private static PageFile Open(SimulatedProcess process, PageFileMode mode) =>
        PageFile.Open(Path, new PageFileOptions
        {
            Mode = mode,
            PageSize = 512,
            Protocol = CommitProtocol.Classic,
            Host = process.Host,
        });

    private static void Commit(SimulatedProcess process, string value)
    {
        using PageFile file = Open(process, PageFileMode.OpenOrCreate);
        using WriteTransaction write = file.BeginWrite();
        PageNumber left = write.Root;
        if (left == PageNumber.None)
        {
            left = write.Allocate();
            write.Allocate();
            write.Root = left;
        }

        write.Write(left).Fill((byte)value[0]);
        write.Write(new PageNumber(left.Value + 1)).Fill((byte)value[0]);
        write.Commit();
    }

    private static Dictionary<string, string> Read(SimulatedProcess process, PageFileMode mode)
    {
        using PageFile file = Open(process, mode);
        using ReadTransaction read = file.BeginRead();
        return new Dictionary<string, string>
        {
            ["left"] = $"{(char)read.Read(read.Root)[0]}",
            ["right"] = $"{(char)read.Read(new PageNumber(read.Root.Value + 1))[^1]}",
        };
    }
}
