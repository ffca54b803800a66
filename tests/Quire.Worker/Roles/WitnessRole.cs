using Quire.Worker.Hooks;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>witness PATH</c>: does one thing after the other with an existing file of one page, each
/// between two lines on standard error, for somebody who watches its system calls.
/// </summary>
internal static class WitnessRole
{
    public static int Run(string[] args)
    {
        using PageFile file = PageFile.Open(
            args[0],
            new PageFileOptions { StagingBytes = 0, SharesLooks = false });

        // Everything once before it counts: the journal is opened, the code is compiled.
        Commit(file, 2);
        Read(file);

        Between("read", () => Read(file));
        Between("commit", () => Commit(file, 3));
        Between("rollback", () =>
        {
            using WriteTransaction write = file.BeginWrite();
            Stamp.WriteAll(write, 4);
        });
        Between("spill", () =>
        {
            using WriteTransaction write = file.BeginWrite();
            Stamp.Grow(write, 200);
        });
        return 0;
    }

    private static void Read(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        _ = Stamp.ReadAll(read);
    }

    private static void Commit(PageFile file, long number)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, number);
        write.Commit();
    }

    private static void Between(string name, Action action)
    {
        Console.Error.WriteLine($"QUIRE BEGIN {name}");
        action();
        Console.Error.WriteLine($"QUIRE END {name}");
    }
}
