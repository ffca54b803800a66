using System.Text;
using Quire.CrashLab;
using Quire.Storage;

namespace Quire.Tests.CrashLab.Scheduling;

/// <summary>
/// Small programs by a seed, that race for two files and two locks, and everything that their check was
/// ever shown.
/// </summary>
public sealed class RandomPrograms
{
    private static readonly string[] Files = ["a", "b"];
    private readonly int[][] _plans;
    private readonly bool _acknowledges;

    public RandomPrograms(int seed, int processes, int operations)
    {
        var random = new Random(seed);
        _acknowledges = random.Next(2) == 0;
        _plans =
        [
            .. Enumerable.Range(0, processes).Select(_ =>
                Enumerable.Range(0, operations).Select(_ => random.Next(1 << 16)).ToArray()),
        ];
    }

    /// <summary>Contents and promises, as the check saw them.</summary>
    public HashSet<string> Outcomes { get; } = [];

    public ConcurrentScenario Scenario => new()
    {
        Setup = static process =>
        {
            foreach (string name in Files)
            {
                using IStorageFile file = process.Open(name, FileOpenMode.OpenOrCreate);
                file.Write(0, [.. Encoding.ASCII.GetBytes(name), .. new byte[1023]]);
            }
        },
        Processes =
        [
            .. _plans.Select((plan, i) => new NamedProgram(
                $"p{i + 1}", process => Play(process, plan))),
        ],
        Check = Look,
    };

    private void Look(SimulatedProcess process, Promises promises)
    {
        var seen = new StringBuilder();
        foreach (string path in process.ListFiles(""))
        {
            using IStorageFile file = process.Open(path, FileOpenMode.ReadOnly);
            byte[] bytes = new byte[file.GetLength()];
            file.Read(0, bytes);
            seen.Append(path).Append('=').AppendJoin(
                ',', bytes.Chunk(512).Select(sector => $"{sector[0]}")).Append(' ')
                .Append(bytes.Length).Append(' ');
        }

        Outcomes.Add(seen.Append(promises).ToString());
    }

    /// <summary>What it does next depends on what it has seen, as in real programs.</summary>
    private void Play(SimulatedProcess process, int[] plan)
    {
        IStorageFile[] files = new IStorageFile[2];
        int seen = 0;
        foreach (int draw in plan)
        {
            int which = (draw >> 8) & 1;
            IStorageFile file = files[which] ??=
                process.Open(Files[which], FileOpenMode.OpenOrCreate);
            IByteRangeLocks locks = process.LocksOf(file);
            var range = new LockRange(5000 + ((draw >> 9) & 1));
            LockMode mode = (draw >> 10 & 1) == 0 ? LockMode.Shared : LockMode.Exclusive;
            long offset = ((draw >> 11) & 1) * 512;
            switch ((draw & 15))
            {
                case 0 or 1 or 2 or 3:
                    file.Write(offset, [(byte)((draw >> 12) + seen)]);
                    break;
                case 4 or 5:
                    byte[] read = new byte[1];
                    file.Read(offset, read);
                    seen = read[0] + 1;
                    break;
                case 6:
                    seen += locks.TryAcquire(range, mode) ? 16 : 0;
                    break;
                case 7:
                    locks.Release(range);
                    break;
                case 8:
                    seen += locks.IsRefused(range, mode) ? 32 : 0;
                    break;
                case 9:
                    if (!locks.TryAcquire(range, mode))
                    {
                        locks.WaitForChange(range, mode, TimeSpan.FromSeconds(1));
                    }

                    break;
                case 10 or 11:
                    file.Sync();
                    break;
                case 12:
                    file.SetLength(offset);
                    break;
                case 13 when process.TryIdentify("c") is null:
                    process.Rename("a", "c");
                    break;
                case 14:
                    process.SyncDirectoryOf("a");
                    break;
                default:
                    seen += locks.FindHolders(range).Count * 64;
                    break;
            }

            if (_acknowledges)
            {
                process.Acknowledge($"{process.Name}:{seen}");
            }
        }
    }
}
