using System.Buffers.Binary;

namespace Quire.CrashLab.Benchmarks;

/// <summary>The engine's commits of three pages, alone and among other processes.</summary>
internal static class CommitWorkload
{
    private const string Path = "bench.quire";
    private const int Pages = 3;
    private const int Commits = 200;

    /// <summary>Some commits; each state is opened, recovered and read.</summary>
    public static CrashScenario Crashes(int pageSize) => new()
    {
        Setup = process => Create(process, pageSize),
        Workload = static process =>
        {
            using PageFile file = Open(process);
            for (int version = 1; version <= Commits; version++)
            {
                process.Begin($"{version}");
                Commit(file, version);
                process.Acknowledge($"{version}");
            }
        },
        Check = static (process, promises) =>
        {
            using PageFile file = Open(process);
            int version = Read(file);
            if (version < promises.Acknowledged.Count || version > promises.Begun.Count)
            {
                throw new CheckFailedException($"version {version}; {promises}");
            }
        },
    };

    /// <summary>The same crash states, and nobody looks at them.</summary>
    public static CrashScenario Unchecked(int pageSize) => Crashes(pageSize) with
    {
        Check = static (_, _) => { },
    };

    /// <summary>A reader and two writers of one file.</summary>
    public static ConcurrentScenario Schedules() => new()
    {
        Setup = static process => Create(process, 512),
        Processes =
        [
            new NamedProgram("reader", static process =>
            {
                using PageFile file = Open(process);
                Read(file);
            }),
            new NamedProgram("writer", Write),
            new NamedProgram("writer", Write),
        ],
        Check = static (process, _) =>
        {
            using PageFile file = Open(process);
            Read(file);
        },
    };

    private static void Write(SimulatedProcess process)
    {
        using PageFile file = Open(process);
        Commit(file, process.Number);
    }

    private static PageFile Open(SimulatedProcess process) =>
        PageFile.Open(Path, new PageFileOptions { Host = process.Host });

    private static void Create(SimulatedProcess process, int pageSize)
    {
        using PageFile file = PageFile.Open(
            Path,
            new PageFileOptions
            {
                Host = process.Host,
                PageSize = pageSize,
                Protocol = CommitProtocol.Classic,
            });
        using WriteTransaction write = file.BeginWrite();
        PageNumber[] pages = [.. Enumerable.Range(0, Pages).Select(_ => write.Allocate())];
        write.Root = pages[0];
        write.Commit();
    }

    private static void Commit(PageFile file, int version)
    {
        using WriteTransaction write = file.BeginWrite();
        for (uint i = 0; i < Pages; i++)
        {
            Span<byte> page = write.Write(new PageNumber(write.Root.Value + i));
            page.Fill((byte)(version + i));
            BinaryPrimitives.WriteInt32LittleEndian(page, version);
        }

        write.Commit();
    }

    private static int Read(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        int first = BinaryPrimitives.ReadInt32LittleEndian(read.Read(read.Root));
        for (uint i = 1; i < Pages; i++)
        {
            int other = BinaryPrimitives.ReadInt32LittleEndian(
                read.Read(new PageNumber(read.Root.Value + i)));
            if (other != first)
            {
                throw new CheckFailedException($"page {i} has version {other}, page 0 {first}");
            }
        }

        return first;
    }
}
