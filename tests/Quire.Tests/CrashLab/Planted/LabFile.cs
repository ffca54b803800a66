using Quire.CrashLab;
using Quire.Pager;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>
/// Programs over the real engine on a simulated computer: one file of a few small pages, in which a
/// commit adds 1 to every page, so that pages which disagree are a mixture and the number that they
/// agree on counts the commits.
/// </summary>
/// <param name="planted">The mistake that the engine makes, but not in preparations.</param>
/// <param name="pageSize">The page size of a file that a program creates.</param>
internal sealed class LabFile(PlantedBug planted, int pageSize = 512)
{
    public const string Path = "a";

    /// <summary>The first page of the user's in a file with pages of 512 bytes.</summary>
    private static readonly PageNumber First = new(3);

    /// <summary>Opens the file, and creates it when it is absent.</summary>
    /// <param name="process">Who opens it.</param>
    /// <param name="at">Told which step of the protocol is about to be performed.</param>
    public PageFile Open(SimulatedProcess process, Action<ProtocolStep>? at = null) =>
        Open(process, planted, pageSize, at);

    /// <summary>Creates the file with so many pages, each holding the same number.</summary>
    public static void Create(SimulatedProcess process, int pages, byte value = 0)
    {
        using PageFile file = Open(process, PlantedBug.None);
        using WriteTransaction write = file.BeginWrite();
        for (int i = 0; i < pages; i++)
        {
            write.Write(write.Allocate())[0] = value;
        }

        write.Commit();
    }

    /// <summary>As <see cref="Create"/>, and a writer died while it applied its commit.</summary>
    public static void CreateHalfCommitted(SimulatedProcess process, int pages)
    {
        Create(process, pages);
        using PageFile file = Open(
            process,
            PlantedBug.None,
            at: step =>
            {
                if (step == ProtocolStep.C5)
                {
                    throw new DeathException();
                }
            });
        using WriteTransaction write = file.BeginWrite();
        AddOne(write);
        try
        {
            write.Commit();
        }
        catch (DeathException)
        {
            // The marker stays set, for whoever comes next.
        }
    }

    /// <summary>Adds 1 to every page, and says so.</summary>
    public static void Commit(
        SimulatedProcess process, PageFile file, Action<WriteTransaction>? more = null)
    {
        using WriteTransaction write = file.BeginWrite();
        AddOne(write);
        more?.Invoke(write);
        process.Begin(process.Name);
        write.Commit();
        process.Acknowledge(process.Name);
    }

    public static void AddOne(WriteTransaction write)
    {
        for (PageNumber page = First; page.Value < write.PageCount; page = Next(page))
        {
            write.Write(page)[0]++;
        }
    }

    /// <summary>Opens the file and commits once.</summary>
    public void Writer(SimulatedProcess process)
    {
        using PageFile file = Open(process);
        Commit(process, file);
    }

    /// <summary>
    /// Opens the file, looks at it, and commits once: what it saw is in its cache.
    /// </summary>
    public void LookingWriter(SimulatedProcess process)
    {
        using PageFile file = Open(process);
        using (ReadTransaction read = file.BeginRead())
        {
            CommitsIn(read);
        }

        Commit(process, file);
    }

    /// <summary>Opens the file and looks at it once.</summary>
    public void Reader(SimulatedProcess process)
    {
        using PageFile file = Open(process);
        using ReadTransaction read = file.BeginRead();
        CommitsIn(read);
    }

    /// <summary>
    /// What must hold in the end: the pages agree, on a number of commits that was promised, and
    /// the file is sound.
    /// </summary>
    public void Check(SimulatedProcess process, Promises promises)
    {
        using PageFile file = Open(process);
        using ReadTransaction read = file.BeginRead();
        Expect(promises, CommitsIn(read), "the pages");
        Expect(read.Verify().IsSound, "the file is damaged");
    }

    /// <summary>The number that all pages agree on.</summary>
    public static int CommitsIn(ReadTransaction read)
    {
        byte first = read.Read(First)[0];
        for (PageNumber page = Next(First); page.Value < read.PageCount; page = Next(page))
        {
            byte value = read.Read(page)[0];
            Expect(value == first, $"page {page} holds {value}, page {First} {first}");
        }

        return first;
    }

    /// <summary>A count of commits must lie between those acknowledged and those begun.</summary>
    public static void Expect(Promises promises, long count, string where) => Expect(
        count >= promises.Acknowledged.Count && count <= promises.Begun.Count,
        $"{where} count {count} commits; {promises}");

    public static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new CheckFailedException(otherwise);
        }
    }

    private static PageNumber Next(PageNumber page) => new(page.Value + 1);

    private static PageFile Open(
        SimulatedProcess process,
        PlantedBug planted,
        int pageSize = 512,
        Action<ProtocolStep>? at = null) =>
        PageFile.Open(Path, new PageFileOptions
        {
            Host = process.Host,
            PageSize = pageSize,
            Protocol = CommitProtocol.Classic,
            LockTimeout = Timeout.InfiniteTimeSpan,
            Observer = new StepNames(process, at),
            PlantedBug = planted,
        });

    /// <summary>Tells the computer which step of the protocol a process is at.</summary>
    private sealed class StepNames(SimulatedProcess process, Action<ProtocolStep>? at)
        : ProtocolObserver
    {
        public override void OnStep(ProtocolStep reached)
        {
            process.Step(reached.ToString());
            at?.Invoke(reached);
        }
    }

    /// <summary>The end of a process in the middle of its work.</summary>
    private sealed class DeathException : Exception;
}
