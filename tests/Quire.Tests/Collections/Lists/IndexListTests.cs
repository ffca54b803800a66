using Xunit;

namespace Quire.Tests.Collections.Lists;

/// <summary>Index lists one call at a time, and in transactions.</summary>
public sealed class IndexListTests : IDisposable
{
    private readonly MapFile _file = new();
    private readonly IndexLists _lists;

    public IndexListTests() => _lists = new IndexLists(_file.File);

    public void Dispose() => _file.Dispose();

    [Fact]
    public void A_list_is_newest_first_and_an_id_is_in_it_once()
    {
        Assert.True(_lists.Add("t", "a"));
        Assert.True(_lists.Add("t", "b"));
        Assert.True(_lists.Add("other", "a"));
        Assert.True(_lists.Add("t", "c"));
        ulong before = _file.File.GetInfo().TransactionNumber.Value;
        Assert.False(_lists.Add("t", "a"));

        Assert.Equal(["c", "b", "a"], Ids("t"));
        Assert.Equal(before, _file.File.GetInfo().TransactionNumber.Value);
        Assert.Equal((3, 1, 0), (_lists.Count("t"), _lists.Count("other"), _lists.Count("none")));
        Assert.Equal("c", _lists.Newest("t")?.Id);
        Assert.True(_lists.Contains("t", "b"));
        Assert.False(_lists.Contains("other", "b"));
        Assert.False(_lists.Contains("none", "b"));
    }

    [Fact]
    public void Entries_are_moved_to_the_front_and_removed()
    {
        Add("t", "a", "b", "c");

        Assert.True(_lists.MoveToFront("t", "a"));
        Assert.True(_lists.MoveToFront("t", "a"));
        Assert.False(_lists.MoveToFront("t", "x"));
        Assert.Equal(["a", "c", "b"], Ids("t"));
        Assert.True(_lists.Remove("t", "c"));
        Assert.False(_lists.Remove("t", "c"));
        Assert.False(_lists.Remove("none", "c"));
        Assert.Equal(["a", "b"], Ids("t"));
        Assert.Equal(2, _lists.Count("t"));
        Assert.True(_lists.Add("t", "c"));
        Assert.Equal(["c", "a", "b"], Ids("t"));
    }

    [Fact]
    public void Moving_what_is_in_front_changes_nothing()
    {
        Add("t", "a", "b", "c");
        _lists.Remove("t", "c");
        ulong before = _file.File.GetInfo().TransactionNumber.Value;

        Assert.True(_lists.MoveToFront("t", "b"));

        Assert.Equal(before, _file.File.GetInfo().TransactionNumber.Value);
    }

    [Fact]
    public void A_list_without_entries_is_none()
    {
        Add("a", "1", "2");
        Add("b", "1");

        Assert.True(_lists.Remove("b", "1"));
        Assert.Equal(2, _lists.Drop("a"));
        Assert.Equal(0, _lists.Drop("a"));

        Assert.Empty(_lists.Lists());
        Assert.Empty(_lists.List("a"));
        Assert.Null(_lists.Newest("a"));
        using ReadTransaction read = _file.File.BeginRead();
        Assert.Equal(0, read.Map("index/entries").Count + read.Map("index/ids").Count);
    }

    [Fact]
    public void Positions_rise_also_when_a_list_is_made_again()
    {
        Add("t", "a", "b", "c");
        long last = _lists.Newest("t")!.Value.Position;
        _lists.Remove("t", "c");
        _lists.Add("t", "c");
        long again = _lists.Newest("t")!.Value.Position;
        _lists.Drop("t");
        Add("u", "x");
        Add("t", "a");
        long anew = _lists.Newest("t")!.Value.Position;

        Assert.True(last < again && again < anew, $"{last}, {again}, {anew}");
        Assert.Empty(_lists.List("t", after: again));
    }

    [Fact]
    public void Pages_show_what_stays_once_while_entries_come_and_go()
    {
        Add("t", [.. Enumerable.Range(0, 30).Select(i => $"id {i:d2}")]);
        List<string> seen = [];
        long? after = null;
        for (int page = 0; ; page++)
        {
            IReadOnlyList<IndexEntry> entries = _lists.List("t", limit: 7, after);
            if (entries.Count == 0)
            {
                break;
            }

            seen.AddRange(entries.Select(entry => entry.Id));
            after = entries[^1].Position;

            // The entry at the edge goes, one that was not seen yet too, and new ones come.
            _lists.Remove("t", entries[^1].Id);
            _lists.Remove("t", $"id {page:d2}");
            _lists.Add("t", $"new {page}");
            _lists.MoveToFront("t", entries[0].Id);
        }

        Assert.Equal(seen.Distinct(), seen);
        Assert.Equal(Enumerable.Range(3, 27).Select(i => $"id {i:d2}").Reverse(), seen);
    }

    [Fact]
    public void Lists_are_found_by_the_beginnings_of_their_names()
    {
        foreach (string name in (string[])["b", "a", "a/1", "ä", "aa"])
        {
            Add(name, "1", "2");
        }

        Assert.Equal(["a", "a/1", "aa", "b", "ä"], Names(_lists.Lists()));
        Assert.Equal(["a/1", "aa"], Names(_lists.Lists("a", after: "a")));
        Assert.Equal(["a"], Names(_lists.Lists(limit: 1)));
        Assert.Equal(new IndexListInfo("a/1", 2), _lists.Lists("a/").Single());
    }

    [Fact]
    public void Thousands_of_lists_and_a_long_one_are_kept_apart()
    {
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            IndexListWriter lists = _lists.In(write);
            for (int i = 0; i < 3000; i++)
            {
                Assert.True(lists.Add($"list {i}", $"id {i}"));
                Assert.True(lists.Add("long", $"id {i}"));
            }

            write.Commit();
        }

        using (ReadTransaction read = _file.File.BeginRead())
        {
            IndexListReader lists = _lists.In(read);
            Assert.Equal(3001, lists.Verify());
            Assert.Equal(3000, lists.Count("long"));
            Assert.Equal("id 77", lists.Newest("list 77")?.Id);
            Assert.Equal(
                ["id 2999", "id 2998"], lists.List("long", 2).Select(entry => entry.Id));
        }

        // A change of the long list changes a root and a leaf of each map, and not the list.
        Assert.InRange(PagesChangedBy(() => _lists.Add("long", "one more")), 4, 12);
        Assert.InRange(PagesChangedBy(() => _lists.Remove("long", "id 1500")), 4, 12);
        Assert.InRange(PagesChangedBy(() => _lists.MoveToFront("long", "id 7")), 4, 14);
    }

    [Fact]
    public void What_is_saved_and_its_entry_are_one_commit()
    {
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            write.Map("states").Put("1"u8, "state"u8);
            _lists.In(write).Add("t", "1");
        }

        Assert.Equal(0, _lists.Count("t"));
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            IndexListWriter lists = _lists.In(write);
            using (write.CreateSavepoint())
            {
                Assert.True(lists.Add("t", "0"));
            }

            Assert.True(lists.Add("t", "1"));
            Assert.True(lists.Contains("t", "1"));
            Assert.Equal((1, "1"), (lists.Count("t"), lists.Newest("t")?.Id));
            Assert.Single(lists.List("t"));
            Assert.Single(lists.Lists());
            write.Commit();
        }

        Assert.Equal(["1"], Ids("t"));
    }

    [Fact]
    public async Task The_asynchronous_calls_do_the_same()
    {
        Assert.True(await _lists.AddAsync("t", "a"));
        Assert.True(await _lists.AddAsync("t", "b"));
        Assert.False(await _lists.AddAsync("t", "a"));
        Assert.True(await _lists.MoveToFrontAsync("t", "a"));
        Assert.Equal("a", (await _lists.ListAsync("t", limit: 1)).Single().Id);
        Assert.True(await _lists.RemoveAsync("t", "b"));
        Assert.Equal(1, await _lists.DropAsync("t"));
    }

    [Fact]
    public void Names_and_ids_that_are_none_are_refused_with_the_limit_and_their_length()
    {
        var list = Assert.Throws<ArgumentException>(() => _lists.Add(new string('l', 93), "i"));
        var id = Assert.Throws<ArgumentException>(() => _lists.Add("l", new string('i', 85)));

        Assert.Contains("list has 93 bytes; in this file it may have 92", list.Message, Exact);
        Assert.Contains("id has 85 bytes; in this file it may have 84", id.Message, Exact);
        Assert.True(_lists.Add(new string('l', 92), new string('i', 84)));
        Assert.Throws<ArgumentException>(() => _lists.Add("", "i"));
        Assert.Throws<ArgumentException>(() => _lists.Remove("l", ""));
        Assert.Throws<ArgumentException>(() => _lists.Count("\udc00"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _lists.List("l", limit: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _lists.Lists(limit: -1));
    }

    [Fact]
    public void A_name_fits_for_all_maps_of_lists_or_for_none()
    {
        Assert.True(new IndexLists(_file.File, new string('m', 80)).Add("t", "a"));
        var error = Assert.Throws<ArgumentException>(
            () => new IndexLists(_file.File, new string('m', 81)));
        Assert.Contains("map has 89 bytes; in this file it may have 88", error.Message, Exact);
    }

    [Fact]
    public void Two_sets_of_lists_do_not_know_each_other_and_other_files_are_refused()
    {
        var others = new IndexLists(_file.File, "others");
        Add("t", "a");

        Assert.True(others.Add("t", "a"));
        Assert.Equal(1, others.Drop("t"));
        Assert.Equal(1, _lists.Count("t"));
        using PageFile other = _file.OpenElsewhere();
        using ReadTransaction read = other.BeginRead();
        Assert.Throws<ArgumentException>(() => _lists.In(read));
    }

    private const StringComparison Exact = StringComparison.Ordinal;

    private void Add(string list, params string[] ids) =>
        Assert.All(ids, id => Assert.True(_lists.Add(list, id)));

    private IEnumerable<string> Ids(string list) =>
        _lists.List(list).Select(entry => entry.Id);

    private static IEnumerable<string> Names(IReadOnlyList<IndexListInfo> lists) =>
        lists.Select(list => list.Name);

    private int PagesChangedBy(Action change)
    {
        byte[] before = _file.Disk.Get(MapFile.Path);
        change();
        return _file.Disk.Get(MapFile.Path).Chunk(_file.PageSize)
            .Zip(before.Chunk(_file.PageSize))
            .Count(pages => !pages.First.AsSpan().SequenceEqual(pages.Second));
    }
}
