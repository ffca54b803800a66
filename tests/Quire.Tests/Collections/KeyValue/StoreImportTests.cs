using Xunit;
using static Quire.Tests.Collections.KeyValue.StoreFile;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Stores that come by export and import, into a file that has fewer commits.</summary>
public sealed class StoreImportTests
{
    private static readonly StoreKey Long = ["long", new string('x', 1500)];

    [Theory]
    [InlineData(512, 512)]
    [InlineData(512, 4096)]
    [InlineData(512, 65536)]
    [InlineData(4096, 4096)]
    public void New_stamps_are_above_all_that_were_imported(int from, int to)
    {
        using var old = new StoreFile(from);
        for (int i = 0; i < 40; i++)
        {
            old.Store.Set(["a", i], Number((ulong)i), TimeSpan.FromDays(1 + i));
        }

        Versionstamp highest = old.Store.Set(Long, Number(1));
        using var young = new StoreFile(to);
        Import(old, young, "kv", "kv/expiry", "kv/long", "kv/meta");
        AssertSame(old, young);
        Versionstamp first = young.Store.Set(["new"], Number(1));
        Assert.Equal(highest.CommitNumber + 1, first.CommitNumber);
        Assert.True(young.Store.Set(Long, Number(2)) > first);
        Assert.True(young.Store.Set([new string('x', 2000)], Number(2)) > first);
        young.Clock.Step(TimeSpan.FromDays(100));
        Assert.Equal(40, young.Store.SweepExpired());
        Assert.Equal(3, young.Store.List(StoreSelector.All).Count);
        Assert.Equal(0, young.CountOf("/expiry"));
    }

    [Fact]
    public void A_store_without_its_meta_record_is_taken_over_too()
    {
        using var old = new StoreFile();
        for (int i = 0; i < 10; i++)
        {
            old.Store.Set(["a"], Number(1));
        }

        Versionstamp highest = old.Store.Get(["a"])!.Versionstamp;
        using var young = new StoreFile();
        Import(old, young, "kv");
        Assert.True(young.Store.Set(["b"], Number(1)) > highest);
    }

    [Fact]
    public void Smaller_pages_take_a_store_whose_keys_fit_them()
    {
        // 92 bytes: the longest key of the small file, and a slice there.
        StoreKey key = [new string('k', 90)];
        using var old = new StoreFile(4096);
        Versionstamp stamp = old.Store.Set(key, Number(5));
        using var young = new StoreFile(512);
        Import(old, young, "kv", "kv/meta");
        Assert.Equal(stamp, young.Store.Get(key)!.Versionstamp);
        young.Store.Set([new string('k', 200)], Number(6));
        Assert.Equal(stamp, young.Store.Get(key)!.Versionstamp);
        Assert.Equal(2, young.Store.List(StoreSelector.All).Count);
        // The rest of the one (none), and a slice and the rest of the other.
        Assert.Equal(3, young.CountOf("/long"));
    }

    [Fact]
    public void An_ordinary_operation_does_not_write_the_meta_record()
    {
        using var file = new StoreFile();
        file.Store.Set(["a"], Number(1));
        file.Damage(write => write.Map("kv/meta").Put("witness"u8, "1"u8));
        using (ReadTransaction read = file.File.BeginRead())
        {
            read.Map("kv/meta").TryGet("store"u8, out ReadOnlySpan<byte> before);
            Assert.Equal(28, before.Length);
        }

        PageNumber root = RootOf(file, "kv/meta");
        byte[] image = PageOf(file, root);
        file.Store.Set(["b"], Number(1));
        file.Store.Set(Long, Number(1), TimeSpan.FromDays(1));
        Assert.Equal(image, PageOf(file, root));
    }

    [Fact]
    public void Records_with_higher_stamps_in_a_store_in_use_are_an_error_with_a_way_out()
    {
        using var old = new StoreFile();
        for (int i = 0; i < 10; i++)
        {
            old.Store.Set(["a"], Number(1));
        }

        using var young = new StoreFile();
        young.Store.Set(["b"], Number(1));
        Import(old, young, "kv");
        CorruptFileException error =
            Assert.Throws<CorruptFileException>(() => young.Store.Set(["a"], Number(2)));
        Assert.Contains("kv/meta", error.Message, StringComparison.Ordinal);
        young.Damage(write => write.Map("kv/meta").Drop());
        Versionstamp highest = young.Store.Get(["a"])!.Versionstamp;
        Assert.True(young.Store.Set(["a"], Number(2)) > highest);
    }

    [Fact]
    public void A_stamp_that_no_file_can_have_reached_is_an_error()
    {
        using var file = new StoreFile();
        file.Damage(write => write.Map("kv").Put(
            StoreKey.Of("a").Encoded,
            Quire.Collections.StoreRecord.Write(
                StoreValueKind.Bytes, new Versionstamp(ulong.MaxValue, 0), null, [])));
        Assert.Throws<CorruptFileException>(() => file.Store.Set(["b"], Number(1)));
    }

    /// <summary>What export and import do: records as they are, maps without types.</summary>
    private static void Import(StoreFile from, StoreFile to, params string[] maps)
    {
        using ReadTransaction read = from.File.BeginRead();
        using WriteTransaction write = to.File.BeginWrite();
        foreach (string map in maps)
        {
            MapWriter target = write.Map(map);
            foreach (MapEntry entry in read.Map(map).Scan())
            {
                target.Put(entry.Key, entry.Value);
            }
        }

        write.Commit();
    }

    private static void AssertSame(StoreFile first, StoreFile second) => Assert.Equal(
        first.Store.List(StoreSelector.All), second.Store.List(StoreSelector.All));

    private static PageNumber RootOf(StoreFile file, string map)
    {
        using ReadTransaction read = file.File.BeginRead();
        return read.ListMaps().Single(one => one.Name == map).Root;
    }

    private static byte[] PageOf(StoreFile file, PageNumber page)
    {
        using ReadTransaction read = file.File.BeginRead();
        return read.Read(page).ToArray();
    }
}
