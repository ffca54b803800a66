using Quire.Collections;
using Quire.Tests.Format;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// docs/format.md against the records of the store, as <see cref="LayoutTests"/> does it for pages.
/// </summary>
public sealed class StoreLayoutTests
{
    private static readonly Versionstamp Stamp = new(0x0102030405060708, 0x090A);
    private static readonly ExpiryKey Expiry = new(0x0000111213141516, Stamp, 0x1718);
    private readonly FormatDocument _document = new();

    [Theory]
    [InlineData("Store record", StoreRecord.ExpiringHeaderBytes)]
    [InlineData("Expiry key", ExpiryKey.Bytes)]
    [InlineData("Layer pointer", LayerPointer.Bytes)]
    [InlineData("Store meta", StoreMeta.Bytes)]
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
    public void A_record_that_expires_is_as_documented()
    {
        byte[] bytes = StoreRecord.Write(StoreValueKind.UInt64, Stamp, Expiry, [0xAA]);
        Check("Store record", bytes, new()
        {
            ["version"] = "01",
            ["kind"] = "03",
            ["flags"] = "01",
            ["stamp"] = "0102030405060708090a",
            ["due"] = "0000111213141516",
            ["ordinal"] = "1718",
        });
        Assert.Equal(0xAA, bytes[23]);
        Assert.Equal(24, bytes.Length);
        Assert.Null(StoreRecord.TryRead(bytes, out StoreRecord record));
        Assert.Equal(Expiry, record.Expiry);
        Assert.Equal(Stamp, record.Stamp);
    }

    [Fact]
    public void A_record_that_stays_has_its_value_at_byte_13()
    {
        byte[] bytes = StoreRecord.Write(
            StoreValueKind.UInt64, Stamp, null, StoreValue.FromUInt64(0x0102).Span);
        Assert.Equal("010300" + "0102030405060708090a" + "0201000000000000",
            Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void The_kinds_of_values_are_as_documented() => Assert.Equal(
        (0, 1, 2, 3),
        (LayerPointer.Kind, (int)StoreValueKind.Json, (int)StoreValueKind.Bytes,
            (int)StoreValueKind.UInt64));

    [Fact]
    public void An_expiry_key_is_as_documented()
    {
        byte[] bytes = new byte[ExpiryKey.Bytes];
        Expiry.Write(bytes);
        Check("Expiry key", bytes, new()
        {
            ["due"] = "0000111213141516",
            ["stamp"] = "0102030405060708090a",
            ["ordinal"] = "1718",
        });
    }

    [Fact]
    public void A_layer_pointer_is_as_documented()
    {
        byte[] bytes = new byte[LayerPointer.Bytes];
        LayerPointer.Write(bytes, 0x2122232425262728);
        Check("Layer pointer", bytes, new()
        {
            ["version"] = "01",
            ["kind"] = "00",
            ["layer"] = "2122232425262728",
        });
    }

    [Fact]
    public void The_meta_record_is_as_documented()
    {
        using var file = new MapFile();
        var id = new Guid("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        file.Write("kv/meta", map => new StoreMeta(id, 0x3132333435363738, 0x4142).Write(map));
        using ReadTransaction read = file.File.BeginRead();
        Assert.True(read.Map("kv/meta").TryGet("store"u8, out ReadOnlySpan<byte> bytes));
        Check("Store meta", bytes, new()
        {
            ["version"] = "01",
            ["reserved"] = "00",
            ["cut"] = "4142",
            ["base"] = "3132333435363738",
            ["file id"] = Convert.ToHexStringLower(id.ToByteArray()),
        });
    }

    [Theory]
    [InlineData(512, 92)]
    [InlineData(4096, 988)]
    [InlineData(16384, 2049)]
    [InlineData(65536, 2049)]
    public void A_store_cuts_keys_where_documented(int pageSize, int cut) =>
        Assert.Equal(cut, StoreMeta.CutOf(pageSize));

    [Fact]
    public void The_maps_and_their_types_are_as_documented() => Assert.Equal(
        StoreMaps.All(StoreMaps.DefaultName).ToDictionary(
            map => map.Name,
            map => map.KeyType == map.ValueType ? (long)map.KeyType : -1),
        _document.Values("Maps of the key-value store", "Map").ToDictionary());

    private void Check(
        string heading, ReadOnlySpan<byte> bytes, Dictionary<string, string> expected)
    {
        foreach (Field field in _document.Fields(heading))
        {
            Assert.Equal(
                $"{field.Name} {expected[field.Name]}",
                $"{field.Name} " +
                Convert.ToHexStringLower(bytes.Slice(field.Offset, field.Size)));
        }
    }
}
