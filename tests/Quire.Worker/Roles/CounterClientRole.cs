using System.Globalization;
using Quire.Worker.Hooks;

namespace Quire.Worker.Roles;

/// <summary><c>counter-client PATH</c>: counts in one file, worked by lines.</summary>
/// <remarks>
/// <code>
///   add NAME TIMES             increments            ->  TIMES lines "VALUE.", then "done"
///   reserve NAME COUNT TIMES   ranges                ->  TIMES lines "FIRST LAST.", then "done"
///   allocate NAME BLOCK TIMES  numbers from blocks   ->  TIMES lines "VALUE.", then "done"
///   read-max                   the first half of the naive counter   ->  MAX
///   insert ROW NUMBER          its second half                       ->  inserted
///   naive ROW TIMES            both, over and over                   ->  done
/// </code>
/// A line is written when its number is durable. The point ends the line, so that a number is not
/// taken for a shorter one when its process is killed.
/// </remarks>
internal static class CounterClientRole
{
    public static int Run(string[] args)
    {
        using PageFile file = PageFile.Open(
            args[0], new PageFileOptions { LockTimeout = Timeout.InfiniteTimeSpan });
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(Perform(file, line.Split(' ')));
        }

        return 0;
    }

    private static string Perform(PageFile file, string[] words)
    {
        var counters = new CounterSet(file);
        switch (words[0])
        {
            case "add":
                return Repeat(words[2], () => $"{counters.Increment(words[1])}");
            case "reserve":
                return Repeat(words[3], () =>
                {
                    CounterRange range = counters.Reserve(words[1], Number(words[2]));
                    return $"{range.First} {range.Last}";
                });
            case "allocate":
                using (var ids = new BlockAllocator(counters, words[1], Number(words[2])))
                {
                    return Repeat(words[3], () => $"{ids.Next()}");
                }

            case "read-max":
                return $"{MaxPlusOne.ReadMax(file)}";
            case "insert":
                MaxPlusOne.Insert(file, words[1], Number(words[2]));
                return "inserted";
            case "naive":
                for (long i = 0; i < Number(words[2]); i++)
                {
                    MaxPlusOne.Insert(file, $"{words[1]}/{i}", MaxPlusOne.ReadMax(file) + 1);
                }

                return "done";
            default:
                return $"error unknown command {words[0]}";
        }
    }

    private static string Repeat(string times, Func<string> perform)
    {
        for (long i = 0; i < Number(times); i++)
        {
            Console.WriteLine($"{perform()}.");
        }

        return "done";
    }

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);
}
