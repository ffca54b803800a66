using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// Maps in the crash lab: whatever a power cut or a kill leaves, an acknowledged transaction is
/// there whole, one in doubt whole or not at all, the maps verify, and their contents are those of
/// the model after that transaction.
/// </summary>
public sealed class MapCrashTests
{
    private const string Path = "/disk/maps.quire";
    private const int Transactions = 5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void After_any_crash_the_maps_are_those_of_one_transaction(int seed)
    {
        CrashReport report = CrashTest.Explore(ScenarioOf(seed), new CrashOptions
        {
            Model = PersistenceModel.Sector512,
            StatesPerPoint = 6,
            Seed = seed,
            DiagnosesCheck = false,
        });
        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.True(report.CheckedStates > 200, report.ToString());
    }

    [SkippableFact]
    public void After_any_crash_the_maps_are_those_of_one_transaction_for_many_seeds()
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
        Setup = process =>
        {
            using PageFile file = Open(process);
            Apply(file, seed, 0);
        },
        Workload = process =>
        {
            using PageFile file = Open(process);
            for (int transaction = 1; transaction <= Transactions; transaction++)
            {
                process.Begin($"t{transaction}");
                Apply(file, seed, transaction);
                process.Acknowledge($"t{transaction}");
            }
        },
        Check = (process, promises) => Check(process, promises, seed),
        ChecksTwice = true,
    };

    private static void Check(SimulatedProcess process, Promises promises, int seed)
    {
        using PageFile file = Open(process);
        using ReadTransaction read = file.BeginRead();
        MapReport report = read.VerifyMaps();
        if (!report.IsSound || !report.HasCatalog)
        {
            throw new InvalidOperationException(string.Join('\n', report.Problems));
        }

        if (!read.Map("state").TryGet("last"u8, out ReadOnlySpan<byte> last))
        {
            throw new InvalidOperationException("the first transaction is gone");
        }

        int found = last[0];
        int least = promises.Acknowledged.Count;
        int most = promises.Begun.Count;
        if (found < least || found > most)
        {
            throw new InvalidOperationException(
                $"transaction {found} is the last, expected {least} to {most}");
        }

        var expected = new SortedDictionary<byte[], byte[]>(ByteOrder.Instance);
        for (int transaction = 0; transaction <= found; transaction++)
        {
            ChangeModel(expected, seed, transaction);
        }

        MapReader map = read.Map("m");
        if (map.Count != expected.Count)
        {
            throw new InvalidOperationException(
                $"{map.Count} records, expected {expected.Count} after transaction {found}");
        }

        MapCursor cursor = map.OpenCursor();
        foreach ((byte[] key, byte[] value) in expected)
        {
            if (!cursor.MoveNext()
                || !cursor.Key.SequenceEqual(key)
                || !cursor.Value.SequenceEqual(value))
            {
                throw new InvalidOperationException(
                    $"another record than {Convert.ToHexString(key)} after transaction {found}");
            }
        }
    }

    private static void Apply(PageFile file, int seed, int transaction)
    {
        using WriteTransaction write = file.BeginWrite();
        MapWriter map = write.Map("m");
        foreach ((byte[] key, byte[]? value) in Changes(seed, transaction))
        {
            if (value is null)
            {
                map.Delete(key);
            }
            else
            {
                map.Put(key, value);
            }
        }

        write.Map("state").Put("last"u8, [(byte)transaction]);
        write.Commit();
    }

    private static void ChangeModel(
        SortedDictionary<byte[], byte[]> model, int seed, int transaction)
    {
        foreach ((byte[] key, byte[]? value) in Changes(seed, transaction))
        {
            if (value is null)
            {
                model.Remove(key);
            }
            else
            {
                model[key] = value;
            }
        }
    }

    /// <summary>Grows, splits, shrinks and merges; some values go to overflow pages.</summary>
    private static IEnumerable<(byte[] Key, byte[]? Value)> Changes(int seed, int transaction)
    {
        var random = new Random((seed * 1000) + transaction);
        int count = transaction == 0 ? 60 : 25;
        for (int i = 0; i < count; i++)
        {
            byte[] key = [(byte)random.Next(12), (byte)random.Next(12)];
            bool deletes = transaction is 2 or 4 && random.Next(5) != 0;
            int length = random.Next(20) == 0 ? 900 : random.Next(60);
            yield return (key, deletes ? null : new byte[length]);
        }
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
