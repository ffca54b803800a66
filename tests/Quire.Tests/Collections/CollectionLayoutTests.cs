using Quire.Collections;
using Quire.Tests.Format;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>docs/format.md against what counters and index lists write.</summary>
public sealed class CollectionLayoutTests
{
    private readonly FormatDocument _document = new();

    [Fact]
    public void A_counter_is_as_documented()
    {
        byte[] value = new byte[CounterFormat.ValueBytes];
        CounterFormat.Write(value, unchecked((long)0xF1F2F3F4F5F6F7F8));

        Field field = Assert.Single(_document.Fields("Counters"));
        Assert.Equal((0, CounterFormat.ValueBytes), (field.Offset, field.Size));
        Assert.Equal(0xF1F2F3F4F5F6F7F8, field.In(value));
    }

    [Fact]
    public void The_head_of_a_list_is_as_documented()
    {
        byte[] head = new IndexHead(0x0102030405060708, 0x11, 0x2122232425262728).ToBytes();

        Assert.Equal(
            [
                ("number", 0, 0x0102030405060708ul),
                ("count", 8, 0x11ul),
                ("last position", 16, 0x2122232425262728ul),
            ],
            _document.Fields("Index lists")
                .Select(field => (field.Name, field.Offset, field.In(head))));
        Assert.Equal(IndexHead.Bytes, head.Length);
        Assert.Null(IndexHead.TryRead(head, out IndexHead read));
        Assert.Equal(new IndexHead(0x0102030405060708, 0x11, 0x2122232425262728), read);
    }

    [Fact]
    public void The_keys_of_lists_begin_with_the_highest_byte()
    {
        Assert.Equal(
            "0000000000000102" + "0000000000000304",
            Convert.ToHexString(IndexFormat.EntryKey(0x102, 0x304)));
        Assert.Equal(
            "0000000000000102" + "6964", Convert.ToHexString(IndexFormat.IdKey(0x102, "id"u8)));
    }

    [Fact]
    public void The_numbers_of_types_are_as_documented()
    {
        Assert.Equal(
            new Dictionary<string, long>
            {
                ["counter names"] = MapTypes.Text,
                ["counters"] = MapTypes.Counters,
            },
            _document.Values("Counters", "Type").ToDictionary());
        Assert.Equal(
            new Dictionary<string, long>
            {
                ["list names"] = MapTypes.Text,
                ["list heads"] = MapTypes.ListHeads,
                ["list entries"] = MapTypes.ListEntries,
                ["list ids"] = MapTypes.ListIds,
            },
            _document.Values("Index lists", "Type").ToDictionary());
    }

    [Fact]
    public void What_the_catalog_says_is_what_is_documented()
    {
        using var file = new MapFile();
        new CounterSet(file.File).Increment("n");
        new IndexLists(file.File).Add("l", "i");

        using ReadTransaction read = file.File.BeginRead();
        Assert.Equal(
            [
                ("counters", 1, 200), ("index", 1, 220), ("index/entries", 221, 1),
                ("index/ids", 222, 222),
            ],
            MapCatalog.List(new PageSource(read))
                .Select(map => (map.Name, (int)map.Entry.KeyType, (int)map.Entry.ValueType)));
        Assert.Equal(2, read.Map("index").Count);
    }
}
