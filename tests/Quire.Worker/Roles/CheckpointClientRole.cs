using System.Globalization;
using Quire.Samples.Checkpoints;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>checkpoint-client PATH</c>: saves checkpoints to threads of one file, worked by lines.
/// </summary>
/// <remarks>
/// <code>
///   save THREAD FIRST COUNT         concurrent saves of ids FIRST and above   ->  done
///   naive-save THREAD FIRST COUNT   the same with a blob as index             ->  done
///   naive-load THREAD               the first half of one naive save          ->  COUNT
///   naive-store THREAD ID           its second half                           ->  stored
/// </code>
/// </remarks>
internal static class CheckpointClientRole
{
    private static readonly byte[] State = new byte[200];

    public static int Run(string[] args)
    {
        using PageFile file = PageFile.Open(
            args[0], new PageFileOptions { LockTimeout = Timeout.InfiniteTimeSpan });
        var store = new CheckpointStore(file);
        var naive = new NaiveCheckpoints(file);
        string[] loaded = [];
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            switch (words[0])
            {
                case "save":
                    Together(words, id => store.SaveAsync(words[1], id, State).AsTask());
                    Console.WriteLine("done");
                    break;
                case "naive-save":
                    Together(words, id => Task.Run(() => naive.Save(words[1], id, State)));
                    Console.WriteLine("done");
                    break;
                case "naive-load":
                    loaded = naive.LoadIndex(words[1]);
                    Console.WriteLine(loaded.Length);
                    break;
                case "naive-store":
                    naive.SaveState(words[1], words[2], State);
                    naive.SaveIndex(words[1], [words[2], .. loaded]);
                    Console.WriteLine("stored");
                    break;
                default:
                    Console.WriteLine($"error unknown command {words[0]}");
                    break;
            }
        }

        return 0;
    }

    private static void Together(string[] words, Func<string, Task> save)
    {
        int first = int.Parse(words[2], CultureInfo.InvariantCulture);
        int count = int.Parse(words[3], CultureInfo.InvariantCulture);
        Task.WhenAll(Enumerable.Range(first, count).Select(i => save($"checkpoint-{i}")))
            .GetAwaiter().GetResult();
    }
}
