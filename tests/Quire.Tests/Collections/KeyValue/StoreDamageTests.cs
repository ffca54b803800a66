using Quire.Collections;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// Maps that are sound and hold what a store cannot have: an error that names the record, and a
/// problem for whoever verifies, but never another entry than was set and never another exception.
/// </summary>
public sealed class StoreDamageTests
{
    private static readonly StoreKey Key = ["k"];
    private static readonly StoreKey Expiring = ["e"];
    private static readonly StoreKey Long = ["l", new string('x', 300)];

    private static readonly byte[] Stamp = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0];

    [Theory]
    [InlineData("", "has 0 bytes")]
    [InlineData("0101", "has 2 bytes")]
    [InlineData("0201005555", "has version 2", 13)]
    [InlineData("010000", "has kind 0", 13)]
    [InlineData("010400", "has kind 4", 13)]
    [InlineData("010102", "flags 2", 13)]
    [InlineData("010101", "has 13 bytes, expected 23", 13)]
    [InlineData("010300", "is no UInt64", 20)]
    [InlineData("010300", "is no UInt64", 22)]
    [InlineData("010100", "is no Json", 13)]
    [InlineData("010100", "is no Json", 14)]
    public void A_record_that_is_none_is_an_error(string start, string expected, int length = 0)
    {
        byte[] bytes = Convert.FromHexString(start);
        Array.Resize(ref bytes, Math.Max(length, bytes.Length));
        AssertCorrupt(
            write => write.Map("kv").Put(Key.Encoded, bytes),
            expected,
            store => store.Get(Key),
            store => store.List(StoreSelector.All),
            store => store.Atomic().Sum(Key, 1).Commit());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(ExpiryKey.LatestDue + 1)]
    public void A_time_that_nobody_can_mean_is_an_error(long due) => AssertCorrupt(
        write => write.Map("kv").Put(
            Key.Encoded,
            StoreRecord.Write(
                StoreValueKind.Bytes,
                Versionstamp.Read(Stamp),
                new ExpiryKey(due, Versionstamp.Read(Stamp), 0),
                [])),
        "expires at",
        store => store.Get(Key));

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0261")]
    [InlineData("FFFF")]
    public void A_key_that_is_none_is_an_error(string key) => AssertCorrupt(
        write => write.Map("kv").Put(Convert.FromHexString(key), Record()),
        "has no key of a store",
        store => store.List(StoreSelector.All));

    [Fact]
    public void An_entry_whose_expiry_is_not_noted_is_an_error_when_it_changes() => AssertCorrupt(
        write => write.Map("kv/expiry").Clear(),
        "does not have",
        store => store.Set(Expiring, default),
        store => store.Atomic().Delete(Expiring).Commit());

    [Fact]
    public void A_note_without_its_entry_is_an_error_when_it_is_due() => AssertCorrupt(
        write => write.Map("kv").Delete(Expiring.Encoded),
        "is not there",
        store => store.SweepExpired(),
        store => store.Set(Key, default));

    [Fact]
    public void A_note_of_another_time_is_an_error_when_it_is_due() => AssertCorrupt(
        write => write.Map("kv").Put(Expiring.Encoded, Record()),
        "says otherwise",
        store => store.SweepExpired());

    [Fact]
    public void A_note_whose_key_is_none_is_an_error() => AssertCorrupt(
        write => write.Map("kv/expiry").Put([0], Expiring.Encoded),
        "expected 20",
        store => store.SweepExpired());

    [Theory]
    [InlineData("", "has 0 bytes and version none")]
    [InlineData("0200", "version 2")]
    [InlineData("01000001", "cuts keys at 1")]
    [InlineData("01000800", "cuts keys at 2048 bytes, and they may have 92")]
    [InlineData("0100005Cffffffffffffffff", "more than there can be")]
    public void A_meta_record_that_is_none_is_an_error(string start, string expected)
    {
        byte[] bytes = Convert.FromHexString(start);
        AssertCorrupt(
            write =>
            {
                write.Map("kv/meta").TryGet(StoreMeta.Key, out ReadOnlySpan<byte> sound);
                byte[] record = bytes.Length > 2 ? [.. bytes, .. sound[bytes.Length..]] : bytes;
                write.Map("kv/meta").Put(StoreMeta.Key, record);
            },
            expected,
            store => store.Get(Key),
            store => store.Set(Key, default),
            store => store.List(StoreSelector.All));
    }

    [Fact]
    public void Long_keys_without_a_meta_record_are_an_error_for_a_writer()
    {
        using MapFile file = SoundFile(out TestClock clock);
        file.Write("kv/meta", map => map.Clear());
        Assert.Throws<CorruptFileException>(() => Of(file, clock).Set(Key, default));
    }

    [Fact]
    public void A_layer_to_which_nothing_points_is_found() => AssertCorrupt(
        write => write.Map("kv/long").Put([0, 0, 0, 0, 0, 0, 0, 99, 1], Record()),
        "no pointer leads to layer 99");

    [Fact]
    public void A_layer_to_which_two_point_is_found() => AssertCorrupt(
        write =>
        {
            byte[] slice = Long.Encoded[..92].ToArray();
            write.Map("kv").TryGet(slice, out ReadOnlySpan<byte> pointer);
            byte[] copy = pointer.ToArray();
            slice[^1]++;
            write.Map("kv").Put(slice, copy);
        },
        "another one points");

    [Fact]
    public void A_layer_that_is_missing_is_found() => AssertCorrupt(
        write => write.Map("kv/long").Clear(),
        "is missing",
        store => store.Get(Long),
        store => store.List(StoreSelector.All));

    [Fact]
    public void A_sound_store_has_no_problem()
    {
        using MapFile file = SoundFile(out TestClock clock);
        file.Verify();
        Use(Of(file, clock));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_damage_ends_in_an_error_or_in_data(int seed)
    {
        var random = new Random(seed);
        int errors = 0;
        for (int round = 0; round < 150; round++)
        {
            using MapFile file = SoundFile(out TestClock clock);
            using (WriteTransaction write = file.File.BeginWrite())
            {
                Damage(write, random);
                write.Commit();
            }

            int problems;
            using (ReadTransaction read = file.File.BeginRead())
            {
                problems = read.VerifyMaps().Problems.Count;
            }

            int thrown = Use(Of(file, clock));
            Assert.True(
                thrown == 0 || problems > 0,
                $"seed {seed}, round {round}: {thrown} errors, and verify finds nothing");
            errors += problems > 0 ? 1 : 0;
        }

        Assert.InRange(errors, 40, 150);
    }

    private static void Damage(WriteTransaction write, Random random)
    {
        string[] maps = ["kv", "kv/long", "kv/expiry", "kv/meta"];
        MapWriter map = write.Map(maps[random.Next(maps.Length)]);
        int at = random.Next((int)map.Count);
        MapCursor cursor = map.OpenCursor();
        for (int i = 0; i <= at; i++)
        {
            cursor.MoveNext();
        }

        byte[] key = cursor.Key.ToArray();
        byte[] value = cursor.Value.ToArray();
        switch (random.Next(4))
        {
            case 0:
                map.Delete(key);
                break;
            case 1:
                map.Put(key, value.AsSpan(0, random.Next(value.Length)));
                break;
            case 2:
                value[random.Next(Math.Min(value.Length, 24))] ^= (byte)(1 << random.Next(8));
                map.Put(key, value);
                break;
            default:
                map.Delete(key);
                key[random.Next(key.Length)] ^= (byte)(1 << random.Next(8));
                map.Put(key, value);
                break;
        }
    }

    /// <summary>Everything that can be done.</summary>
    /// <returns>How much of it ended in the error for damage.</returns>
    private static int Use(KeyValueStore store)
    {
        Action[] calls =
        [
            () => store.List(StoreSelector.All),
            () => store.List(StoreSelector.All, new() { IsReversed = true }),
            () => store.Get(Key),
            () => store.Get(Long),
            () => store.Set(Key, default),
            () => store.Set(Long, default),
            () => store.Delete(Long),
            () => store.SweepExpired(),
            () => store.Atomic().Delete(Expiring).Sum(["n"], 1).Commit(),
        ];
        int errors = 0;
        foreach (Action call in calls)
        {
            try
            {
                call();
            }
            catch (CorruptFileException)
            {
                errors++;
            }
        }

        return errors;
    }

    private static void AssertCorrupt(
        Action<WriteTransaction> damage, string expected, params Action<KeyValueStore>[] calls)
    {
        using MapFile file = SoundFile(out TestClock clock);
        using (WriteTransaction write = file.File.BeginWrite())
        {
            damage(write);
            write.Commit();
        }

        foreach (Action<KeyValueStore> call in calls)
        {
            CorruptFileException error =
                Assert.Throws<CorruptFileException>(() => call(Of(file, clock)));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.Contains("in the map \"kv", error.Message, StringComparison.Ordinal);
        }

        using ReadTransaction read = file.File.BeginRead();
        Assert.Contains(
            read.VerifyMaps().Problems,
            problem => problem.ToString().Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>An entry, one that is due, and some with long keys.</summary>
    private static MapFile SoundFile(out TestClock clock)
    {
        var file = new MapFile();
        clock = new TestClock();
        KeyValueStore store = Of(file, clock);
        store.Set(Key, StoreValue.FromJsonText("[1,2]"));
        store.Set(Long, StoreValue.FromUInt64(1), TimeSpan.FromDays(1));
        store.Set(["l", new string('x', 300), 2], StoreValue.FromUInt64(2));
        store.Set(Expiring, StoreValue.FromBytes([1]), TimeSpan.FromSeconds(1));
        clock.Step(TimeSpan.FromSeconds(2));
        return file;
    }

    private static KeyValueStore Of(MapFile file, TestClock clock) =>
        new(file.File, new KeyValueStoreOptions { Clock = clock });

    private static byte[] Record() => StoreRecord.Write(
        StoreValueKind.Bytes, Versionstamp.Read(Stamp), null, []);
}
