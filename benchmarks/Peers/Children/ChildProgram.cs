using System.Globalization;
using Quire.Peers.Contenders;

namespace Quire.Peers.Children;

/// <summary>What this program does when <see cref="ChildProcess"/> started it.</summary>
internal static class ChildProgram
{
    public const string Switch = "child";

    /// <summary>How a child begins the line that says why it failed.</summary>
    public const string Failure = "failed: ";

    /// <summary>Counts up as many times as it is told to.</summary>
    public const string Increments = "increments";

    /// <summary>Commits so many records at a time until it is killed.</summary>
    public const string Commits = "commits";

    /// <summary>As commits, and stops for good in the apply of its second one.</summary>
    public const string StopsInApply = "stops-in-apply";

    /// <summary>Has the store open.</summary>
    public const string Holder = "holder";

    /// <summary>Looks records up until it is told to stop.</summary>
    public const string Reader = "reader";

    /// <summary>Stages records for a while, then commits.</summary>
    public const string Stager = "stager";

    /// <summary>Works with a small cache and says how much memory it took.</summary>
    public const string Memory = "memory";

    /// <summary>Keeps a processor from sleeping.</summary>
    public const string Spinner = "spinner";

    /// <param name="args">The role, the contender, its folder and numbers.</param>
    public static int Run(string[] args)
    {
        if (args[0] == Spinner)
        {
            SpinnerRole.Run();
            return 0;
        }

        long[] numbers =
            [.. args[3..].Select(one => long.Parse(one, CultureInfo.InvariantCulture))];
        try
        {
            Play(args[0], ContenderList.Find(args[1]), args[2], numbers);
            return 0;
        }
        catch (Exception problem)
        {
            // The outermost method of this process: whoever started it shows the reason.
            Console.WriteLine(Failure + problem.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }

    private static void Play(string role, IContender contender, string folder, long[] numbers)
    {
        switch (role)
        {
            case Increments: IncrementRole.Run(contender, folder); break;
            case Commits: CommitRole.Run(contender, folder, (int)numbers[0], numbers[1]); break;
            case StopsInApply:
                CommitRole.StopInApply(
                    (QuireContender)contender, folder, (int)numbers[0], numbers[1]);
                break;
            case Holder: Hold(contender, folder); break;
            case Reader: ReaderRole.Run(contender, folder, (int)numbers[0]); break;
            case Stager: StagerRole.Run(contender, folder, numbers); break;
            case Memory: MemoryRole.Run(contender, folder, numbers); break;
            default: throw new ArgumentException($"there is no role \"{role}\"");
        }
    }

    private static void Hold(IContender contender, string folder)
    {
        using IStore store = contender.Open(folder);
        store.LookUpEach([0]);
        Console.WriteLine("ready");
        Console.In.ReadLine();
    }
}
