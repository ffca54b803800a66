using Xunit;
using static Quire.Tests.Collections.KeyValue.StoreFile;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Lists: which entries, in which order, and how to go on.</summary>
public sealed class StoreListTests : IDisposable
{
    private static readonly string Long = new('x', 300);

    /// <summary>In their order; the prefix of most is ["u"].</summary>
    private static readonly StoreKey[] Keys =
    [
        [new byte[] { 1 }],
        ["a"],
        ["t", "z"],
        ["u"],
        ["u", new byte[] { 5 }],
        ["u", "a"],
        ["u", "a", 1],
        ["u", "b"],
        ["u", Long],
        ["u", Long, 1],
        ["u", Long + "y"],
        ["u", 7],
        ["u", 1.5],
        ["u", false],
        ["u", true],
        ["u\0", "a"],
        ["ua", "a"],
        ["v"],
    ];

    private readonly StoreFile _file = new();

    public StoreListTests()
    {
        AtomicOperation operation = Store.Atomic();
        foreach (StoreKey key in Keys.Reverse())
        {
            operation.Set(key, Number(1));
        }

        Assert.True(operation.Commit().IsCommitted);
    }

    private KeyValueStore Store => _file.Store;

    public void Dispose() => _file.Dispose();

    [Fact]
    public void All_entries_are_in_the_order_of_their_keys()
    {
        Assert.Equal(Keys.Order(), Keys);
        AssertList(StoreSelector.All, Keys);
    }

    [Fact]
    public void A_prefix_lists_what_continues_it_and_not_itself() =>
        AssertList(StoreSelector.WithPrefix(["u"]), Keys[4..15]);

    [Fact]
    public void A_longer_prefix_lists_less()
    {
        AssertList(StoreSelector.WithPrefix(["u", "a"]), Keys[6..7]);
        AssertList(StoreSelector.WithPrefix(["u", Long]), Keys[9..10]);
        AssertList(StoreSelector.WithPrefix(["v"]), []);
    }

    [Fact]
    public void A_prefix_and_a_start_list_from_there_on() =>
        AssertList(StoreSelector.WithPrefixFrom(["u"], ["u", "b"]), Keys[7..15]);

    [Fact]
    public void A_prefix_and_an_end_list_what_is_before_it() =>
        AssertList(StoreSelector.WithPrefixBelow(["u"], ["u", "b"]), Keys[4..7]);

    [Fact]
    public void Start_and_end_must_be_inside_of_the_prefix()
    {
        StoreKey[] outside = [["u"], ["t", "z"], ["ua"], ["u\0", "a"]];
        foreach (StoreKey key in outside)
        {
            Assert.Throws<ArgumentException>(() => StoreSelector.WithPrefixFrom(["u"], key));
            ArgumentException error = Assert.Throws<ArgumentException>(
                () => StoreSelector.WithPrefixBelow(["u"], key));
            Assert.Contains($"{key} does not continue the prefix [\"u\"]", error.Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_start_belongs_to_the_list_and_an_end_does_not()
    {
        AssertList(StoreSelector.Between(["u"], ["u", Long]), Keys[3..8]);
        AssertList(StoreSelector.Between(["u"], ["u"]), []);
    }

    [Fact]
    public void A_start_above_the_end_is_an_error()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => StoreSelector.Between(["u", 2], ["u", 1]));
        Assert.Contains("above the end", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_place_of_a_versionstamp_selects_nothing()
    {
        StoreKey key = ["u", StoreKeyPart.CommitVersionstamp];
        Assert.Throws<ArgumentException>(() => StoreSelector.WithPrefix(key));
        Assert.Throws<ArgumentException>(() => StoreSelector.Between(["a"], key));
        Assert.Throws<InvalidOperationException>(() => Store.Get(key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_below_one_is_an_error(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StoreListOptions { Limit = limit });

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, true)]
    [InlineData(11, false)]
    public void A_cursor_goes_on_where_the_list_stopped(int limit, bool isReversed)
    {
        StoreSelector selector = StoreSelector.WithPrefix(["u"]);
        var found = new List<StoreKey>();
        var options = new StoreListOptions { Limit = limit, IsReversed = isReversed };
        do
        {
            StorePage page = Store.List(selector, options);
            Assert.InRange(page.Count, 1, limit);
            found.AddRange(page.Select(entry => entry.Key));
            options = options with { Cursor = page.Cursor };
        }
        while (options.Cursor is not null);
        Assert.Equal(isReversed ? Keys[4..15].Reverse() : Keys[4..15], found);
    }

    [Fact]
    public void A_cursor_stays_good_when_its_entry_and_others_go()
    {
        StoreSelector selector = StoreSelector.WithPrefix(["u"]);
        string? forward = Store.List(selector, new() { Limit = 3 }).Cursor;
        string? backward = Store.List(selector, new() { Limit = 3, IsReversed = true }).Cursor;
        Store.Atomic().Delete(Keys[6]).Delete(Keys[12]).Set(["u", "aa"], Number(1)).Commit();
        Assert.Equal(
            ["u", "aa"],
            Store.List(selector, new() { Cursor = forward })[0].Key);
        Assert.Equal(
            Keys[11], Store.List(selector, new() { Cursor = backward, IsReversed = true })[0].Key);
    }

    [Fact]
    public void A_cursor_of_another_selection_is_refused()
    {
        string cursor = Store.List(StoreSelector.WithPrefix(["u"]), new() { Limit = 3 }).Cursor!;
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Store.List(StoreSelector.All, new() { Cursor = cursor }));
        Assert.Contains("another selector", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Store.List(
            StoreSelector.WithPrefix(["u"]), new() { Cursor = cursor, IsReversed = true }));
        Assert.Throws<ArgumentException>(() => Store.List(
            StoreSelector.WithPrefixFrom(["u"], ["u", "a"]), new() { Cursor = cursor }));
    }

    [Fact]
    public void What_is_no_cursor_is_refused()
    {
        StoreSelector selector = StoreSelector.WithPrefix(["u"]);
        string cursor = Store.List(selector, new() { Limit = 3 }).Cursor!;
        string[] wrong = ["", "?", "AAAA", cursor[..^1], cursor[1..], cursor + "AAAA", "é",
            (cursor[0] == 'A' ? 'B' : 'A') + cursor[1..], new string('A', 5000)];
        foreach (string text in wrong)
        {
            FormatException error = Assert.Throws<FormatException>(
                () => Store.List(selector, new() { Cursor = text }));
            Assert.Contains("cursor", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_list_in_stretches_has_each_entry_once()
    {
        AtomicOperation operation = Store.Atomic();
        for (int i = 0; i < 250; i++)
        {
            operation.Set(["many", i], Number((ulong)i));
        }

        operation.Commit();
        StoreSelector many = StoreSelector.WithPrefix(["many"]);
        Assert.Equal(Enumerable.Range(0, 250), await Collect(many, new()));
        Assert.Equal(
            Enumerable.Range(0, 250).Reverse(), await Collect(many, new() { IsReversed = true }));
        Assert.Equal(Enumerable.Range(0, 205), await Collect(many, new() { Limit = 205 }));
        Assert.Equal(Enumerable.Range(0, 100), await Collect(many, new() { Limit = 100 }));
        Assert.Empty(await Collect(StoreSelector.WithPrefix(["none"]), new()));
    }

    [Fact]
    public async Task Changes_are_possible_while_a_list_in_stretches_goes_on()
    {
        for (int i = 0; i < 3; i++)
        {
            AtomicOperation operation = Store.Atomic();
            for (int j = 0; j < 100; j++)
            {
                operation.Set(["many", i, j], Number(1));
            }

            operation.Commit();
        }

        int seen = 0;
        await foreach (StoreEntry entry in Store.ListAsync(StoreSelector.WithPrefix(["many"])))
        {
            if (seen++ == 0)
            {
                Store.Delete(["many", 2, 50]);
            }
        }

        Assert.Equal(299, seen);
    }

    private void AssertList(StoreSelector selector, StoreKey[] expected)
    {
        Assert.Equal(expected, Store.List(selector).Select(entry => entry.Key));
        Assert.Equal(
            expected.Reverse(),
            Store.List(selector, new() { IsReversed = true }).Select(entry => entry.Key));
        StorePage page = Store.List(selector, new() { Limit = Math.Max(1, expected.Length) });
        Assert.Equal(expected, page.Select(entry => entry.Key));
        Assert.Null(page.Cursor);
    }

    private async Task<List<int>> Collect(StoreSelector selector, StoreListOptions options)
    {
        var found = new List<int>();
        await foreach (StoreEntry entry in Store.ListAsync(selector, options))
        {
            found.Add((int)entry.Key.Parts[^1].AsInteger());
        }

        return found;
    }
}
