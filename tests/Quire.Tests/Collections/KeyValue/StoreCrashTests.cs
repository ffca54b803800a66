using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// The store in the crash lab: whatever a power cut or a kill leaves, an acknowledged operation is
/// there whole, one in doubt whole or not at all, and stamps go on above all that are there.
/// </summary>
public sealed class StoreCrashTests
{
    private const string Path = "/disk/store.quire";
    private const int Operations = 5;

    private static readonly StoreKey Last = ["last"];
    private static readonly DateTimeOffset Start = new TestClock().GetUtcNow();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void After_any_crash_the_store_is_that_of_one_operation(int seed)
    {
        CrashReport report = CrashTest.Explore(ScenarioOf(seed), new CrashOptions
        {
            StatesPerPoint = 6,
            Seed = seed,
            DiagnosesCheck = false,
        });
        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.True(report.CheckedStates > 200, report.ToString());
    }

    [SkippableFact]
    public void After_any_crash_the_store_is_that_of_one_operation_for_many_seeds()
    {
        Skip.If(
            Environment.GetEnvironmentVariable("QUIRE_LONG") != "1",
            "takes minutes; set QUIRE_LONG=1");
        for (int seed = 10; seed < 20; seed++)
        {
            CrashReport report = CrashTest.Explore(ScenarioOf(seed), new CrashOptions
            {
                StatesPerPoint = 64,
                Crashes = 2,
                Seed = seed,
                Budget = 50_000,
            });
            Assert.True(report.Failures.Count == 0, report.ToString());
        }
    }

    private static CrashScenario ScenarioOf(int seed) => new()
    {
        Setup = process => Perform(process, seed, 0),
        Workload = process =>
        {
            for (int operation = 1; operation <= Operations; operation++)
            {
                process.Begin($"o{operation}");
                Perform(process, seed, operation);
                process.Acknowledge($"o{operation}");
            }
        },
        Check = (process, promises) => CheckStore(process, promises, seed),
        ChecksTwice = true,
    };

    private static void Perform(SimulatedProcess process, int seed, int number)
    {
        using PageFile file = Open(process);
        AtomicOperation operation = StoreAt(file, number).Atomic();
        foreach (ModelChange change in Changes(seed, number))
        {
            change.AddTo(operation);
        }

        operation.Commit();
    }

    private static void CheckStore(SimulatedProcess process, Promises promises, int seed)
    {
        using PageFile file = Open(process);
        using (ReadTransaction read = file.BeginRead())
        {
            MapReport report = read.VerifyMaps();
            Demand(report.IsSound && report.HasCatalog, string.Join('\n', report.Problems));
        }

        KeyValueStore store = StoreAt(file, Operations);
        StoreEntry? last = store.Get(Last);
        Demand(last is not null, "the first operation is gone");
        int found = (int)last!.Value.AsUInt64();
        Demand(
            found >= promises.Acknowledged.Count && found <= promises.Begun.Count,
            $"operation {found} is the last; {promises}");

        var model = new StoreModel();
        for (int number = 0; number <= found; number++)
        {
            ulong first = last.Versionstamp.CommitNumber - (ulong)found;
            var stamp = new Versionstamp(first + (ulong)number, 0);
            model.Apply(Changes(seed, number), TimeAt(number), stamp);
        }

        string? problem = model.Compare(store.List(StoreSelector.All), TimeAt(Operations));
        Demand(problem is null, $"after operation {found}: {problem}");
        using WriteTransaction write = file.BeginWrite();
        Versionstamp next = store.In(write).Set(Last, StoreValue.FromUInt64(99));
        Demand(next > last.Versionstamp, $"{next} comes after {last.Versionstamp}");
    }

    private static void Demand(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidOperationException(problem);
        }
    }

    /// <summary>Long keys come and go with their layers, and some entries expire on the
    /// way.</summary>
    private static List<ModelChange> Changes(int seed, int number)
    {
        var random = new Random((seed * 1000) + number);
        List<ModelChange> changes =
            [new ModelChange('s', Last, StoreValue.FromUInt64((ulong)number))];
        for (int i = number == 0 ? 25 : 10; i > 0; i--)
        {
            StoreKey key = random.Next(2) == 0
                ? ["short", random.Next(8)]
                : ["long", new string('x', 85 * random.Next(1, 4)), random.Next(3)];
            TimeSpan? time = random.Next(2) == 0 ? TimeSpan.FromSeconds(random.Next(1, 4)) : null;
            changes.Add(random.Next(3) == 0
                ? new ModelChange('d', key)
                : new ModelChange(
                    's', key, StoreValue.FromBytes(new byte[random.Next(120)]), time));
        }

        return changes;
    }

    private static DateTimeOffset TimeAt(int number) => Start + TimeSpan.FromSeconds(number);

    private static KeyValueStore StoreAt(PageFile file, int number)
    {
        var clock = new TestClock();
        clock.Step(TimeSpan.FromSeconds(number));
        return new KeyValueStore(file, new KeyValueStoreOptions { Clock = clock, SweepBatch = 4 });
    }

    private static PageFile Open(SimulatedProcess process) =>
        PageFile.Open(Path, new PageFileOptions
        {
            Host = process.Host,
            PageSize = 512,

            // What is on top of transactions is explored; sealed ones leave too many disks for all.
            Protocol = CommitProtocol.Classic,
            LockTimeout = TimeSpan.Zero,
        });
}
