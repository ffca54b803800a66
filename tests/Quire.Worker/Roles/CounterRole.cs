using System.Globalization;
using Quire.Worker.Hooks;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>counter PATH TIMES</c>: so many transactions, each of which reads the number that all pages
/// hold and stamps them with the next. Says "try" before and "ack" after each commit.
/// </summary>
internal static class CounterRole
{
    public static int Run(string[] args)
    {
        int times = int.Parse(args[1], CultureInfo.InvariantCulture);
        using PageFile file = PageFile.Open(
            args[0], new PageFileOptions { LockTimeout = Timeout.InfiniteTimeSpan });
        Console.WriteLine("ready");
        for (int i = 0; i < times; i++)
        {
            using WriteTransaction write = file.BeginWrite();
            long number = Stamp.ReadAll(write) + 1;
            Stamp.WriteAll(write, number);
            Console.WriteLine($"try {number}");
            write.Commit();
            Console.WriteLine($"ack {number}");
        }

        Console.WriteLine("done");
        return 0;
    }
}
