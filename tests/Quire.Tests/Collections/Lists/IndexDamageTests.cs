using Quire.Collections;
using Xunit;

namespace Quire.Tests.Collections.Lists;

/// <summary>
/// Records of lists that do not fit together: each is an error with numbers, and no call gives an
/// answer that rests on it.
/// </summary>
public sealed class IndexDamageTests : IDisposable
{
    private const string Heads = "index";
    private const string Entries = "index/entries";
    private const string Ids = "index/ids";

    private readonly MapFile _file = new();
    private readonly IndexLists _lists;

    public IndexDamageTests()
    {
        _lists = new IndexLists(_file.File);
        foreach (string id in (string[])["a", "b", "c"])
        {
            _lists.Add("t", id);
        }
    }

    public void Dispose() => _file.Dispose();

    [Fact]
    public void Sound_lists_verify()
    {
        using ReadTransaction read = _file.File.BeginRead();
        Assert.Equal(1, _lists.In(read).Verify());
        Assert.Equal([2, 3, 4], _lists.List("t").Select(entry => entry.Position).Reverse());
    }

    [Fact]
    public void An_id_without_its_entry()
    {
        _file.Write(Entries, map => map.Delete(IndexFormat.EntryKey(1, 3)));

        Refused("position 3, where there is none", () => _lists.Contains("t", "b"));
        Refused("position 3, where there is none", () => _lists.Add("t", "b"));
        Refused("position 3, where there is none", () => _lists.Remove("t", "b"));
        Refused("list 1 has 2, and 3 by its head", () => _lists.List("t"));
        Refused("list 1 has 2, and 3 by its head", () => _lists.Drop("t"));
    }

    [Fact]
    public void An_entry_without_its_id()
    {
        _file.Write(Ids, map => map.Delete(IndexFormat.IdKey(1, "c"u8)));

        Refused("an id at position 4", () => _lists.List("t"));
        Refused("an id at position 4", () => _lists.Newest("t"));
        Refused("an id at position 4", () => _lists.MoveToFront("t", "a"));
    }

    [Fact]
    public void An_id_at_the_position_of_another()
    {
        _file.Write(Ids, map => map.Put(IndexFormat.IdKey(1, "a"u8), IndexFormat.Number(3)));

        Refused("position 3, where another one is", () => _lists.Contains("t", "a"));
        Refused("position 3, where another one is", () => _lists.List("t"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(-1)]
    public void An_id_at_a_position_that_was_not_given(long position)
    {
        _file.Write(
            Ids, map => map.Put(IndexFormat.IdKey(1, "a"u8), IndexFormat.Number(position)));

        Refused($"position {position}, expected one from 2 to 4", () => _lists.Remove("t", "a"));
    }

    [Fact]
    public void A_head_that_counts_wrong()
    {
        _file.Write(Heads, map => map.Put("t"u8, new IndexHead(1, 2, 4).ToBytes()));

        Refused("list 1 has 3, and 2 by its head", () => _lists.List("t"));
        Assert.Equal(2, _lists.List("t", limit: 2).Count);
        Refused("list 1 has 3, and 2 by its head", () =>
        {
            using ReadTransaction read = _file.File.BeginRead();
            _lists.In(read).Verify();
        });
    }

    [Fact]
    public void A_head_whose_last_position_is_behind()
    {
        _file.Write(Heads, map => map.Put("t"u8, new IndexHead(1, 2, 3).ToBytes()));

        Refused("position 4 or above, which was not given", () => _lists.Add("t", "d"));
        Refused("expected one from 2 to 3", () => _lists.List("t"));
    }

    [Theory]
    [InlineData(1, 0, 4)]
    [InlineData(0, 3, 4)]
    [InlineData(1, 4, 4)]
    [InlineData(5, 3, 4)]
    [InlineData(1, 1, long.MinValue)]
    public void A_head_that_no_list_has(long number, long count, long last)
    {
        _file.Write(Heads, map => map.Put("t"u8, new IndexHead(number, count, last).ToBytes()));

        Refused($"number {number}, {count} entries and {last}", () => _lists.Count("t"));
        Refused("\"t\" has number", () => _lists.Lists());
        Refused("\"t\" has number", () => _lists.Add("t", "a"));
    }

    [Fact]
    public void Records_of_other_lengths()
    {
        _file.Write(Entries, map => map.Put([0, 0, 0, 0, 0, 0, 0, 1, 9], "x"u8));
        Refused("a key has 9 bytes, expected 16", () => _lists.List("t"));
        _file.Write(Ids, map => map.Put(IndexFormat.IdKey(1, "a"u8), [1, 2]));
        Refused("an id of list 1 has 2 bytes", () => _lists.Contains("t", "a"));
        _file.Write(Heads, map => map.Put("t"u8, [1, 2, 3]));
        Refused("a head of 3 bytes, expected 24", () => _lists.Count("t"));
        _file.Write(Heads, map => map.Put([], [1]));
        Refused("the last number has 1 bytes", () => _lists.Add("u", "a"));
        _file.Write(Heads, map => map.Delete([]));
        Refused("the last number is not there", () => _lists.Add("u", "a"));
    }

    [Fact]
    public void Names_that_are_no_text()
    {
        _file.Write(Entries, map => map.Put(IndexFormat.EntryKey(1, 4), [0xFF]));
        _file.Write(Ids, map => map.Put(IndexFormat.IdKey(1, [0xFF]), IndexFormat.Number(4)));
        Refused("no text", () => _lists.Newest("t"));
        _file.Write(Heads, map => map.Put([0xFF], new IndexHead(1, 3, 4).ToBytes()));
        Refused("no text", () => _lists.Lists());
    }

    [Fact]
    public void Two_lists_with_one_number_and_entries_of_no_list_are_found_by_verifying()
    {
        _file.Write(Heads, map => map.Put("u"u8, new IndexHead(1, 3, 4).ToBytes()));
        Refused("number 1, used twice", Verify);
        _file.Write(Heads, map => map.Delete("u"u8));
        _file.Write(Entries, map => map.Put(IndexFormat.EntryKey(9, 10), "x"u8));
        Refused("4 of them and 3 ids; the lists have 3", Verify);

        void Verify()
        {
            using ReadTransaction read = _file.File.BeginRead();
            _lists.In(read).Verify();
        }
    }

    [Fact]
    public void Maps_of_another_kind_are_refused_and_maps_without_types_go_on()
    {
        var counters = new CounterSet(_file.File, "index");
        Assert.Throws<InvalidOperationException>(() => counters.Increment("n"));
        Assert.Throws<InvalidOperationException>(
            () => new IndexLists(_file.File, "index/ids").Add("t", "a"));

        using MapFile imported = _file.Import(Heads, Entries, Ids);
        var lists = new IndexLists(imported.File);
        Assert.True(lists.Add("t", "d"));
        Assert.Equal(["d", "c", "b", "a"], lists.List("t").Select(entry => entry.Id));
    }

    [Fact]
    public void A_verification_of_the_file_looks_at_lists_whether_their_maps_have_types_or_not()
    {
        new IndexLists(_file.File, "others").Add("t", "a");
        using MapFile imported = _file.Import(Heads, Entries, Ids);
        Assert.All((MapFile[])[_file, imported], file =>
        {
            file.Verify();
            file.Write(Ids, map => map.Delete(IndexFormat.IdKey(1, "b"u8)));
            file.VerifyFinds("list 1 has an id at position 3 that is not there");
            file.Write(
                Ids, map => map.Put(IndexFormat.IdKey(1, "b"u8), IndexFormat.Number(3)));
            file.Write(Heads, map => map.Put("t"u8, [1, 2, 3]));
            file.VerifyFinds("\"t\" has a head of 3 bytes");
            file.Write(Heads, map => map.Delete("t"u8));
            file.VerifyFinds("3 of them and 3 ids; the lists have 0");
        });
    }

    [Fact]
    public void Lists_whose_other_maps_are_gone_or_somebody_elses_are_found()
    {
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            write.Map(Entries).Drop();
            write.Commit();
        }

        _file.VerifyFinds("list 1 has 0, and 3 by its head");
        Assert.Equal(1, new CounterSet(_file.File, Entries).Increment("n"));
        _file.VerifyFinds("made with types 1 and 200, expected 221 and 1");
    }

    [Fact]
    public void Maps_of_a_user_that_are_named_like_those_of_lists_are_no_lists()
    {
        using var file = new MapFile();
        Assert.All((string[])[Heads, Entries, Ids], name =>
            file.Write(name, map => map.Put("t"u8, "anything"u8)));

        file.Verify();
    }

    private static void Refused(string problem, Action call) => Assert.Contains(
        problem, Assert.Throws<CorruptFileException>(call).Message, StringComparison.Ordinal);

    private static void Refused(string problem, Func<object?> call) =>
        Refused(problem, new Action(() => call()));
}
