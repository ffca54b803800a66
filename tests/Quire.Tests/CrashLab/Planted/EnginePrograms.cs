using Quire.CrashLab;
using Quire.Pager;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>What the processes of the scenarios do, and what must hold in the end.</summary>
internal static class EnginePrograms
{
    public static void WriteWithHeader(SimulatedProcess process, LabFile file)
    {
        using PageFile opened = file.Open(process);
        LabFile.Commit(process, opened, write => write.UserVersion = 1);
    }

    public static void CheckWithHeader(
        SimulatedProcess process, Promises promises, LabFile file)
    {
        file.Check(process, promises);
        using PageFile opened = file.Open(process);
        using ReadTransaction read = opened.BeginRead();
        LabFile.Expect(
            read.UserVersion == LabFile.CommitsIn(read),
            $"the header has version {read.UserVersion}");
    }

    public static void CommitTwice(SimulatedProcess process, LabFile file)
    {
        using PageFile opened = file.Open(process);
        using WriteTransaction write = opened.BeginWrite(TimeSpan.Zero);
        write.UserVersion = 9;
        write.Write(new PageNumber(3))[0] = 8;
        using (opened.BeginRead())
        {
            try
            {
                write.Commit();
            }
            catch (BusyException)
            {
                write.UserVersion = 0;
                write.Write(new PageNumber(3))[0] = 0;
            }
        }

        LabFile.AddOne(write);
        process.Begin(process.Name);
        write.Commit();
        process.Acknowledge(process.Name);
    }

    public static void CheckUnchangedHeader(
        SimulatedProcess process, Promises promises, LabFile file)
    {
        file.Check(process, promises);
        using PageFile opened = file.Open(process);
        using ReadTransaction read = opened.BeginRead();
        LabFile.Expect(read.UserVersion == 0, $"the header has version {read.UserVersion}");
    }

    public static void WriteInDoubtThenRecover(SimulatedProcess process, LabFile file)
    {
        using (PageFile opened = file.Open(process))
        {
            try
            {
                LabFile.Commit(process, opened);
            }
            catch (CommitInDoubtException)
            {
                // What the failing sync of C4 is for.
            }
        }

        file.Reader(process);
    }

    public static void AllocateOne(SimulatedProcess process, LabFile file)
    {
        using PageFile opened = file.Open(process);
        using WriteTransaction write = opened.BeginWrite();
        write.Allocate();
        process.Begin(process.Name);
        write.Commit();
        process.Acknowledge(process.Name);
    }

    public static void CheckAllocated(
        SimulatedProcess process, Promises promises, LabFile file)
    {
        using PageFile opened = file.Open(process);
        using ReadTransaction read = opened.BeginRead();
        uint own = MainFormat.HeaderPages(opened.PageSize) + 1;
        LabFile.Expect(promises, read.PageCount - own, "the allocated pages");
        LabFile.Expect(read.Verify().IsSound, "the file is damaged");
    }

    public static void ReadTwice(SimulatedProcess process, LabFile file)
    {
        using PageFile opened = file.Open(process);
        using (ReadTransaction read = opened.BeginRead())
        {
            read.Read(new PageNumber(3));
        }

        using ReadTransaction again = opened.BeginRead();
        LabFile.CommitsIn(again);
    }

    /// <summary>Gives the readers a start: they are in before the commit asks for main.</summary>
    public static void WriteBehindReaders(SimulatedProcess process, LabFile file)
    {
        var line = new StartLine(process);
        line.Close();
        using PageFile opened = file.Open(process);
        LabFile.Commit(
            process,
            opened,
            _ =>
            {
                line.LetOthersComeUp();
                line.Open();
            });
    }

    /// <summary>Looks at the marker when the writer has the journal lock and not yet main.</summary>
    public static void ReadDuringRecovery(SimulatedProcess process, LabFile file)
    {
        var line = new StartLine(process);
        line.Close();
        line.LetOthersComeUp();
        using PageFile opened = file.Open(
            process,
            step =>
            {
                if (step == ProtocolStep.R4)
                {
                    line.Open();
                }
            });
        using ReadTransaction read = opened.BeginRead();
        LabFile.Expect(LabFile.CommitsIn(read) == 1, "the commit that was cut short is gone");
    }

    public static void RecoverAndStageForEver(SimulatedProcess process, LabFile file)
    {
        var line = new StartLine(process);
        using PageFile opened = file.Open(
            process,
            step =>
            {
                if (step == ProtocolStep.W4)
                {
                    line.Await();
                }
            });
        using WriteTransaction write = opened.BeginWrite();
        while (true)
        {
            LabFile.AddOne(write);
            process.TryIdentify(LabFile.Path);
        }
    }

    public static void ReadForEver(SimulatedProcess process, LabFile file)
    {
        using PageFile opened = file.Open(process);
        ReadTransaction? first = opened.BeginRead();
        new StartLine(process).Await();
        while (true)
        {
            first?.Dispose();
            first = null;
            using ReadTransaction read = opened.BeginRead();
            LabFile.CommitsIn(read);
        }
    }

    /// <summary>Comes to the journal when the busy writer has it.</summary>
    public static void CommitBehindWriter(SimulatedProcess process, LabFile file)
    {
        var line = new StartLine(process);
        line.Close();
        using PageFile opened = file.Open(
            process,
            step =>
            {
                if (step == ProtocolStep.W2)
                {
                    line.LetOthersComeUp();
                }
                else if (step == ProtocolStep.W2N)
                {
                    line.Open();
                }
            });
        LabFile.Commit(process, opened);
    }

    public static void CommitForEver(SimulatedProcess process, LabFile file)
    {
        using PageFile opened = file.Open(process);
        LabFile.Commit(process, opened, _ => new StartLine(process).Await());
        while (true)
        {
            LabFile.Commit(process, opened);
        }
    }

    public static void Transfer(SimulatedProcess process, LabFile file, uint from, uint to)
    {
        using PageFile opened = file.Open(process);
        using WriteTransaction write = opened.BeginWrite();
        write.Write(new PageNumber(from))[0]--;
        write.Write(new PageNumber(to))[0]++;
        write.Commit();
    }

    public static void CheckSum(SimulatedProcess process, LabFile file, int expected)
    {
        using PageFile opened = file.Open(process);
        using ReadTransaction read = opened.BeginRead();
        int[] values = [.. Enumerable.Range(3, 3).Select(i => (int)read.Read(new((uint)i))[0])];
        LabFile.Expect(
            values.Sum() == expected, $"{string.Join(" + ", values)} is not {expected}");
    }
}
