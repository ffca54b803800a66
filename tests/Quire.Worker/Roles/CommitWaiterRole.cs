using System.Globalization;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>commit-waiter PATH</c>: waits for commits, woken by the operating system only.
/// </summary>
/// <remarks>
/// <code>
///   wait NUMBER    one more wait, for a commit above the number     ->  waiting
///   cancel         ends all waits                                   ->  cancelled COUNT
/// </code>
/// </remarks>
internal static class CommitWaiterRole
{
    public static int Run(string[] args)
    {
        using PageFile file = PageFile.Open(
            args[0], new PageFileOptions { CommitRecheckInterval = Timeout.InfiniteTimeSpan });
        using var cancelled = new CancellationTokenSource();
        var waits = new List<Task>();
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (words[0] == "wait")
            {
                ulong after = ulong.Parse(words[1], CultureInfo.InvariantCulture);
                waits.Add(file.WaitForCommitAsync(new TransactionNumber(after), cancelled.Token)
                    .AsTask());
                Console.WriteLine("waiting");
            }
            else
            {
                cancelled.Cancel();
                Console.WriteLine($"cancelled {waits.Count(IsCancelled)}");
            }
        }

        return 0;
    }

    private static bool IsCancelled(Task wait)
    {
        try
        {
            wait.GetAwaiter().GetResult();
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
