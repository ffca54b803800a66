using System.Globalization;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>store-writer PATH SEED</c>: atomic operations on the keys "a" and "b" until its input ends, by
/// a clock that is set back and forth between them; some entries expire. Both keys are set together,
/// or one of them alone.
/// </summary>
internal static class StoreWriterRole
{
    public static int Run(string[] args)
    {
        var random = new Random(int.Parse(args[1], CultureInfo.InvariantCulture));
        using PageFile file = PageFile.Open(
            args[0], new PageFileOptions { LockTimeout = TimeSpan.FromSeconds(60) });
        var clock = new JumpingClock(random);
        var store = new KeyValueStore(file, new KeyValueStoreOptions { Clock = clock });
        Console.WriteLine("ready");
        Task<string?> end = Task.Run(Console.ReadLine);
        for (int i = 0; !end.IsCompleted; i++)
        {
            clock.Jump();
            AtomicOperation operation = store.Atomic();
            foreach (string key in (string[])["a", "b"])
            {
                if (random.Next(3) != 0)
                {
                    TimeSpan? expiry = random.Next(4) == 0 ? TimeSpan.FromMilliseconds(5) : null;
                    operation.Set([key], StoreValue.FromUInt64((ulong)i), expiry);
                }
            }

            operation.Commit();
        }

        Console.WriteLine("done");
        return 0;
    }

    private sealed class JumpingClock(Random random) : TimeProvider
    {
        private TimeSpan _shift;

        public void Jump() => _shift = TimeSpan.FromSeconds(random.Next(-3600, 3600));

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _shift;
    }
}
