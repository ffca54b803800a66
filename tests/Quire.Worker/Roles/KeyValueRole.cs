using System.Buffers.Binary;
using System.Globalization;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>kv PATH sum TIMES</c>: adds 1 to a number so many times; says each new value.
/// <c>kv PATH log TIMES</c>: operations that write their stamp into a log, one or two per
/// transaction, which also notes them in the order of commits; says each stamp once durable.
/// <c>kv PATH race NAME</c>: for each line "KEY STAMP" (or "-" for an absent entry) tries to be the
/// one that sets it; says "won STAMP" or "lost".
/// </summary>
internal static class KeyValueRole
{
    /// <summary>The map that has the stamps in the order of commits.</summary>
    private const string OrderMap = "order";

    public static int Run(string[] args)
    {
        using PageFile file = PageFile.Open(args[0]);
        var store = new KeyValueStore(file);
        Console.WriteLine("ready");
        if (args[1] == "race")
        {
            Race(store, args[2]);
            return 0;
        }

        if (Console.ReadLine() != "go")
        {
            return 1;
        }

        int times = int.Parse(args[2], CultureInfo.InvariantCulture);
        for (int i = 0; i < times; i++)
        {
            if (args[1] == "sum")
            {
                AtomicResult result = store.Atomic().Sum(["n"], 1).Commit();
                Console.WriteLine($"{result.Results[0]} {result.Versionstamp}");
            }
            else
            {
                Console.WriteLine(string.Join(' ', Log(file, store, i)));
            }
        }

        Console.WriteLine("done");
        return 0;
    }

    private static Versionstamp[] Log(PageFile file, KeyValueStore store, int i) =>
        file.Update(write =>
        {
            KeyValueWriter writer = store.In(write);
            MapWriter order = write.Map(OrderMap);
            var stamps = new Versionstamp[1 + (i % 2)];
            for (int one = 0; one < stamps.Length; one++)
            {
                stamps[one] = writer.Apply(new AtomicOperation().Set(
                    ["log", StoreKeyPart.CommitVersionstamp], StoreValue.FromUInt64((ulong)i)))
                    .Versionstamp;
                byte[] key = new byte[sizeof(long)];
                BinaryPrimitives.WriteInt64BigEndian(key, order.Count);
                byte[] stamp = new byte[Versionstamp.LengthBytes];
                stamps[one].Write(stamp);
                order.Put(key, stamp);
            }

            return stamps;
        });

    private static void Race(KeyValueStore store, string name)
    {
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            StoreKey key = ["race", words[0]];
            AtomicResult result = store.Atomic()
                .Check(key, words[1] == "-" ? null : Versionstamp.Parse(words[1]))
                .Set(key, StoreValue.FromJsonText($"\"{name}\""))
                .Commit();
            Console.WriteLine(result.IsCommitted ? $"won {result.Versionstamp}" : "lost");
        }
    }
}
