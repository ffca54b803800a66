using System.Globalization;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>kv-stress PATH THREADS TIMES SEED</c>: so many threads perform so many random operations each
/// on few keys. Says "STAMP OPERATION" of each that was committed, "lost" of each whose check
/// failed, and "refused" of each that met a value of another type.
/// </summary>
internal static class KeyValueStressRole
{
    private const int Keys = 8;

    public static int Run(string[] args)
    {
        int threads = int.Parse(args[1], CultureInfo.InvariantCulture);
        int times = int.Parse(args[2], CultureInfo.InvariantCulture);
        int seed = int.Parse(args[3], CultureInfo.InvariantCulture);
        using PageFile file = PageFile.Open(args[0]);
        var store = new KeyValueStore(file);
        Console.WriteLine("ready");
        if (Console.ReadLine() != "go")
        {
            return 1;
        }

        var all = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            var random = new Random(seed + i);
            all[i] = new Thread(() => Work(store, random, times));
            all[i].Start();
        }

        // An exception in a thread ends the process, and its exit code tells.
        Array.ForEach(all, thread => thread.Join());
        Console.WriteLine("done");
        return 0;
    }

    private static void Work(KeyValueStore store, Random random, int times)
    {
        for (int i = 0; i < times; i++)
        {
            string operation = Draw(store, random);
            string said;
            try
            {
                AtomicResult result = StoreJson.ParseOperation(operation, store).Commit();
                said = result.IsCommitted ? $"{result.Versionstamp} {operation}" : "lost";
            }
            catch (StoreTypeException)
            {
                said = "refused";
            }

            Console.WriteLine(said);
        }
    }

    /// <summary>Every other operation checks what it has just read; others may be faster.
    /// </summary>
    private static string Draw(KeyValueStore store, Random random)
    {
        string checks = "";
        if (random.Next(2) == 0)
        {
            string key = Key(random);
            Versionstamp? stamp = store.Get(StoreJson.ParseKey(key))?.Versionstamp;
            string text = stamp is null ? "null" : $"\"{stamp}\"";
            checks = $$"""{"key":{{key}},"versionstamp":{{text}}}""";
        }

        IEnumerable<string> mutations =
            Enumerable.Range(0, random.Next(1, 5)).Select(_ => Mutation(random));
        return $$"""{"checks":[{{checks}}],"mutations":[{{string.Join(',', mutations)}}]}""";
    }

    private static string Mutation(Random random)
    {
        string key = Key(random);
        string number = $$"""{"u64":"{{random.Next(1000)}}"}""";
        return random.Next(9) switch
        {
            0 => $$"""{"type":"delete","key":{{key}}}""",
            1 => $$"""{"type":"min","key":{{key}},"value":{{number}}}""",
            2 => $$"""{"type":"max","key":{{key}},"value":{{number}}}""",
            3 => $$"""{"type":"set","key":{{key}},"value":"text {{random.Next(1000)}}"}""",
            4 => """{"type":"set","key":["log",{"commitVersionstamp":true}],"value":null}""",
            5 or 6 => $$"""{"type":"set","key":{{key}},"value":{{number}}}""",
            _ => $$"""{"type":"sum","key":{{key}},"value":{{number}}}""",
        };
    }

    private static string Key(Random random) => $$"""["k",{{random.Next(Keys)}}]""";
}
