using System.Diagnostics;
using System.Globalization;
using Quire.Peers.Contenders;

namespace Quire.Peers.Running;

/// <summary>What this program does when <see cref="ChildProcess"/> started it.</summary>
internal static class ChildProgram
{
    public const string Switch = "child";

    /// <summary>Counts up so many times, once it is told to.</summary>
    public const string Increments = "increments";

    /// <summary>Commits so many records at a time until it is killed.</summary>
    public const string Commits = "commits";

    /// <summary>Has the store open.</summary>
    public const string Holder = "holder";

    private const int WarmUps = 4;

    /// <param name="args">The role, the contender, its folder and a number.</param>
    public static int Run(string[] args)
    {
        int count = int.Parse(args[3], CultureInfo.InvariantCulture);
        using IStore store = ContenderList.Find(args[1]).Open(args[2]);
        switch (args[0])
        {
            case Increments:
                Count(store, count);
                break;
            case Commits:
                CommitForEver(store, count);
                break;
            case Holder:
                store.LookUpEach([0]);
                Console.WriteLine("ready");
                Console.In.ReadLine();
                break;
            default:
                throw new ArgumentException($"There is no role \"{args[0]}\".");
        }

        return 0;
    }

    /// <summary>Says how many ms all took and how many the longest, from the word on.</summary>
    private static void Count(IStore store, int count)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            store.Increment();
        }

        Console.WriteLine("ready");
        if (Console.In.ReadLine() is null)
        {
            return;
        }

        long started = Stopwatch.GetTimestamp();
        TimeSpan longest = TimeSpan.Zero;
        for (int i = 0; i < count; i++)
        {
            long one = Stopwatch.GetTimestamp();
            store.Increment();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(one);
            longest = elapsed > longest ? elapsed : longest;
        }

        double all = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{all} {longest.TotalMilliseconds}"));
    }

    /// <summary>Says how many ms each commit took, once it is done.</summary>
    private static void CommitForEver(IStore store, int count)
    {
        // Whoever started this may end first; then nobody is left to kill it.
        var watch = new Thread(() =>
        {
            Console.In.ReadLine();
            Environment.Exit(1);
        });
        watch.IsBackground = true;
        watch.Start();
        int[] records = [.. Enumerable.Range(0, count)];
        for (long version = 1; ; version++)
        {
            long started = Stopwatch.GetTimestamp();
            store.Commit(records, version);
            double took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            Console.WriteLine(took.ToString(CultureInfo.InvariantCulture));
        }
    }
}
