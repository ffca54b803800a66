using Quire.Collections;
using Quire.Tests.Format;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// docs/format.md against the code, as <see cref="LayoutTests"/> does it for the rest.
/// </summary>
public sealed class MapLayoutTests
{
    private readonly FormatDocument _document = new();

    [Theory]
    [InlineData("Map node", NodeFormat.HeaderBytes)]
    [InlineData("Overflow page", OverflowChain.HeaderBytes)]
    [InlineData("Catalog entry", CatalogEntry.Bytes)]
    public void A_table_covers_every_byte_once(string heading, int size)
    {
        int at = 0;
        foreach (Field field in _document.Fields(heading))
        {
            Assert.Equal(at, field.Offset);
            at += field.Size;
        }

        Assert.Equal(size, at);
    }

    [Fact]
    public void The_node_header_is_as_documented()
    {
        byte[] page = Filled(488);
        NodeEditor.Clear(page, new NodeHead(
            3, new PageNumber(0x11121314), new PageNumber(0x21222324), 7, 9, 0x3132333435363738));
        NodeEditor.WriteUInt16(page, NodeFormat.CountOffset, 0x4142);
        NodeEditor.WriteUInt16(page, NodeFormat.PrefixLengthOffset, 0x5152);
        NodeEditor.WriteUInt16(page, NodeFormat.HeapStartOffset, 0x6162);
        NodeEditor.WriteUInt16(page, NodeFormat.DeadBytesOffset, 0x7172);
        Check("Map node", page.AsSpan(0, NodeFormat.HeaderBytes), new()
        {
            ["magic"] = 0x50414D51,
            ["kind"] = 2,
            ["level"] = 3,
            ["count"] = 0x4142,
            ["tree"] = 0x11121314,
            ["first child"] = 0x21222324,
            ["prefix length"] = 0x5152,
            ["heap start"] = 0x6162,
            ["dead bytes"] = 0x7172,
            ["role"] = 7,
            ["version"] = 9,
            ["records"] = 0x3132333435363738,
        });
        NodeShape shape = NodeShape.Of(page);
        Assert.Equal(
            (0x50414D51u, 2, 3, 0x4142, 0x5152, 0x6162, 0x7172),
            (shape.Magic, shape.Kind, shape.Level, shape.Count, shape.PrefixLength,
                shape.HeapStart, shape.DeadBytes));
    }

    [Fact]
    public void A_leaf_with_two_entries_is_as_documented()
    {
        byte[] page = Filled(488);
        var entries = new EntryList(page.Length);
        entries.Reset(isLeaf: true);
        entries.Insert(0, "abc-1"u8, "v"u8, isOverflow: false);
        byte[] reference = new byte[12];
        new OverflowReference(0x0102030405060708, new PageNumber(0x11121314)).WriteTo(reference);
        entries.Insert(1, "abc-23456"u8, reference, isOverflow: true);
        Assert.Equal(-1, entries.Measure());
        entries.WriteTo(page, new NodeHead(0, new PageNumber(5), default, 0, 0, 0), 0, 2);

        byte[] expected = new byte[488];
        Convert.FromHexString("514d4150" + "01" + "00" + "0200" + "05000000" + "00000000" + "0400")
            .CopyTo(expected, 0);
        BitConverter.GetBytes((ushort)(484 - 21 - 6)).CopyTo(expected, 18);
        Convert.FromHexString("00000031" + "c901").CopyTo(expected, 32);
        Convert.FromHexString("35343332" + "cf01").CopyTo(expected, 38);
        Convert.FromHexString("0100" + "0100" + "31" + "76").CopyTo(expected, 457);
        Convert.FromHexString(
            "0500" + "0c80" + "3233343536" + "0807060504030201" + "14131211").CopyTo(expected, 463);
        "abc-"u8.CopyTo(expected.AsSpan(484));
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(page));
    }

    [Fact]
    public void An_overflow_page_is_as_documented()
    {
        using var file = new MapFile();
        file.Write("m", map => map.Put("k"u8, Enumerable.Repeat((byte)0xAB, 600).ToArray()));
        using ReadTransaction read = file.File.BeginRead();
        PageNumber root = read.ListMaps()[0].Root;
        var first = new PageNumber(root.Value + 1);
        var second = new PageNumber(root.Value + 2);
        Check("Overflow page", read.Read(first)[..OverflowChain.HeaderBytes], new()
        {
            ["magic"] = 0x50414D51,
            ["kind"] = 3,
            ["tree"] = root.Value,
            ["next"] = second.Value,
            ["index"] = 0,
        });
        Check("Overflow page", read.Read(second)[..OverflowChain.HeaderBytes], new()
        {
            ["magic"] = 0x50414D51,
            ["kind"] = 3,
            ["tree"] = root.Value,
            ["next"] = 0,
            ["index"] = 1,
        });
        Assert.Equal(0xAB, read.Read(second)[20 + 600 - 468 - 1]);
        Assert.Equal(0, read.Read(second)[20 + 600 - 468]);
    }

    [Fact]
    public void A_catalog_entry_is_as_documented()
    {
        byte[] entry = Filled(16);
        new CatalogEntry(new PageNumber(0x01020304), 0x1112, 0x2122).WriteTo(entry);
        Check("Catalog entry", entry, new()
        {
            ["root"] = 0x01020304,
            ["version"] = 1,
            ["order"] = 0,
            ["key type"] = 0x1112,
            ["value type"] = 0x2122,
        });
    }

    [Fact]
    public void The_numbers_of_types_are_as_documented()
    {
        IReadOnlyDictionary<string, long> types = _document.Values("Catalog entry", "Type");
        Assert.Equal(
            new Dictionary<string, long>
            {
                ["text"] = MapKeys.String.TypeId,
                ["bytes"] = MapKeys.Bytes.TypeId,
                ["int32"] = MapKeys.Int32.TypeId,
                ["int64"] = MapKeys.Int64.TypeId,
                ["uint32"] = MapKeys.UInt32.TypeId,
                ["uint64"] = MapKeys.UInt64.TypeId,
                ["guid"] = MapKeys.Guid.TypeId,
                ["json"] = 8,
                ["tuple"] = MapKeys.Tuple(MapKeys.Bytes, MapKeys.Int32).TypeId - (2 * 16) - 3,
            },
            types.ToDictionary());
        Assert.Equal(MapKeys.String.TypeId, MapValues.String.TypeId);
        Assert.Equal(MapKeys.Bytes.TypeId, MapValues.Bytes.TypeId);
        Assert.Equal(MapKeys.Int32.TypeId, MapValues.Int32.TypeId);
        Assert.Equal(MapKeys.Guid.TypeId, MapValues.Guid.TypeId);
    }

    private static byte[] Filled(int length)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(0xEE);
        return bytes;
    }

    private void Check(
        string heading, ReadOnlySpan<byte> bytes, Dictionary<string, ulong> expected)
    {
        foreach (Field field in _document.Fields(heading))
        {
            ulong value = expected.GetValueOrDefault(field.Name);
            Assert.True(
                value == field.In(bytes),
                $"{field.Name} is {field.In(bytes):x}, expected {value:x}");
        }
    }
}
