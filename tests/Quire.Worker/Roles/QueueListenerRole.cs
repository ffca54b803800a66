using System.Globalization;
using Quire.Worker.Hooks;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>queue-listener PATH WITNESS-FOLDER</c>: handles messages, which are numbers, and says "got N"
/// and "done N". Each handler holds the file of its message in the folder, so that two at once are
/// noticed: "failed" is said then. Its clock stands unless it is told to go.
/// </summary>
/// <remarks>
/// <code>
///   stop N          stay in the handler of message N
///   advance MS      move the clock
/// </code>
/// Ends with its input.
/// </remarks>
internal static class QueueListenerRole
{
    public static int Run(string[] args)
    {
        using PageFile file = PageFile.Open(
            args[0], new PageFileOptions { CommitRecheckInterval = Timeout.InfiniteTimeSpan });
        var clock = new ManualTime();
        var store = new KeyValueStore(file, new KeyValueStoreOptions { Clock = clock });
        string folder = args[1];
        ulong? stopAt = null;
        using var end = new CancellationTokenSource();
        Task listening = store.ListenQueueAsync(
            async (message, cancellation) =>
            {
                ulong number = message.Value.AsUInt64();
                using (FileStream held = new(
                    Path.Combine(folder, $"{number}"),
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None))
                {
                    Console.WriteLine($"got {number}");
                    if (number == stopAt)
                    {
                        await Task.Delay(Timeout.Infinite, cancellation);
                    }

                    await store.Atomic()
                        .Sum(["handled", number], 1)
                        .CommitAsync(CancellationToken.None);
                }

                // The file is closed by now: another message of this number may come at once.
                Console.WriteLine($"done {number}");
            },
            new QueueOptions
            {
                OnFailure = (_, error) => Console.WriteLine($"failed {error.Message}"),
            },
            end.Token);
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            ulong number = ulong.Parse(words[1], CultureInfo.InvariantCulture);
            if (words[0] == "stop")
            {
                stopAt = number;
            }
            else
            {
                clock.Advance(TimeSpan.FromMilliseconds(number));
            }
        }

        end.Cancel();
        try
        {
            listening.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // As it was told.
        }

        return 0;
    }
}
