using Quire.Pager;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>How many pages an operation changes: the table of docs/key-value.md, "Costs".</summary>
public sealed class StoreCostTests
{
    private const int PageSize = 4096;

    [Fact]
    public void Operations_change_as_many_pages_as_documented()
    {
        using var file = new StoreFile(PageSize);
        Fill(file);
        StoreValue value = StoreValue.FromBytes(new byte[20]);
        Dictionary<string, int> costs = new()
        {
            ["`Set` of an entry that is there"] = PagesOf(
                file, store => store.Set(["key", 500], value)),
            ["`Sum`, `Min`, `Max` likewise"] = PagesOf(
                file, store => store.Atomic().Sum(["number"], 1).Commit()),
            ["`Set` of a new entry"] = PagesOf(file, store => store.Set(["key", 500, 1], value)),
            ["`Delete`"] = PagesOf(file, store => store.Delete(["key", 500, 1])),
            ["`Set` of a new entry that expires"] = PagesOf(
                file, store => store.Set(["key", 600, 1], value, TimeSpan.FromDays(300))),
            ["a failed check"] = PagesOf(
                file, store => store.Atomic().Check(["key", 1], null).Delete(["key", 1]).Commit()),
            ["a committed operation that changes nothing"] = PagesOf(
                file, store => store.Atomic().Delete(["absent"]).Commit()),
            ["`Set` of an entry that is there, with a key in a layer"] = PagesOf(
                file, store => store.Set(["long", Long('x'), 5], value)),
            ["`Set` of a new entry in a layer"] = PagesOf(
                file, store => store.Set(["long", Long('x'), 5, 1], value)),
        };
        string document = System.IO.File.ReadAllText(RepositoryFiles.PathOf("docs/key-value.md"));
        Assert.All(costs, cost => Assert.Contains(
            $"\n| {cost.Key} | {cost.Value} |", document, StringComparison.Ordinal));
    }

    private static string Long(char fill) => new(fill, 1500);

    /// <summary>Trees of two levels, so that root and leaf are two pages.</summary>
    private static void Fill(StoreFile file)
    {
        StoreValue value = StoreValue.FromBytes(new byte[20]);
        file.Store.Set(["number"], StoreFile.Number(1));
        for (int i = 0; i < 2000; i += 1000)
        {
            AtomicOperation operation = file.Store.Atomic();
            for (int j = i; j < i + 1000; j++)
            {
                TimeSpan? time = j < 150 ? TimeSpan.FromDays(j + 1) : null;
                operation.Set(["key", j], value, time);
            }

            operation.Commit();
        }

        for (int i = 0; i < 10; i++)
        {
            file.Store.Set(["long", Long('x'), i], value);
        }
    }

    private static int PagesOf(StoreFile file, Action<KeyValueStore> call)
    {
        ulong before = file.Commits;
        call(file.Store);
        ulong number = file.Commits;
        if (number == before)
        {
            return 0;
        }

        Assert.Equal(before + 1, number);
        byte[] main = file.Maps.Disk.Get(MapFile.Path);
        return Enumerable.Range(1, (main.Length / PageSize) - 1).Count(page =>
            PageFormat.TransactionOf(main.AsSpan(page * PageSize, PageSize)).Value == number);
    }
}
