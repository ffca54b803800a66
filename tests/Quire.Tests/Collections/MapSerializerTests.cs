using System.Text.Json.Serialization;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>Keys keep their order as bytes; typed maps give back what was put in.</summary>
public sealed partial class MapSerializerTests
{
    [Fact]
    public void Integers_sort_as_numbers()
    {
        AssertOrder<int>(MapKeys.Int32, [int.MinValue, -256, -1, 0, 1, 255, 256, int.MaxValue]);
        AssertOrder<long>(
            MapKeys.Int64, [long.MinValue, -1L << 40, -1, 0, 1, 1L << 40, long.MaxValue]);
        AssertOrder<uint>(MapKeys.UInt32, [0u, 1, 255, 256, uint.MaxValue]);
        AssertOrder<ulong>(MapKeys.UInt64, [0ul, 1, 255, 1ul << 60, ulong.MaxValue]);
    }

    [Fact]
    public void Text_sorts_by_code_points() =>
        AssertOrder(MapKeys.String, ["", "A", "Z", "a", "aa", "b", "ä", "€", "\uFFFD", "😀"]);

    [Fact]
    public void Guids_sort_as_they_compare()
    {
        var random = new Random(3);
        AssertOrder(
            MapKeys.Guid,
            [
                .. Enumerable.Range(0, 200).Select(_ =>
                {
                    byte[] bytes = new byte[16];
                    random.NextBytes(bytes);
                    bytes[random.Next(16)] = (byte)(random.Next(2) * 255);
                    return new Guid(bytes);
                }).Order(),
            ]);
    }

    [Fact]
    public void Tuples_sort_by_the_first_then_by_the_second()
    {
        AssertOrder(
            MapKeys.Tuple(MapKeys.String, MapKeys.Int32),
            [
                ("", -1), ("", 1), ("\0", 0), ("\0\0", 0), ("\0a", 0), ("\u0001", 0), ("a", -5),
                ("a", 5), ("a\0", -9), ("ab", -9), ("b", 0),
            ]);
        AssertOrder(
            MapKeys.Tuple(MapKeys.Int32, MapKeys.String), [(-1, "z"), (0, ""), (0, "a"), (7, "")]);
        AssertOrder(
            MapKeys.Tuple(MapKeys.Bytes, MapKeys.Bytes),
            [
                (Array.Empty<byte>(), new byte[] { 0xFF }),
                (new byte[] { 0 }, new byte[] { 0xFF }), (new byte[] { 0, 0 }, Array.Empty<byte>()),
                (new byte[] { 0, 0xFF }, new byte[] { 1 }), (new byte[] { 1 }, new byte[] { 0 }),
            ],
            (one, other) => one.Item1.AsSpan().SequenceEqual(other.Item1)
                && one.Item2.AsSpan().SequenceEqual(other.Item2));
    }

    [Fact]
    public void A_typed_map_gives_back_what_was_put_in()
    {
        var prices = new OrderedMap<string, Price>(
            "prices", MapKeys.String, MapValues.Json(PriceContext.Default.Price));
        using var file = new MapFile();
        using (WriteTransaction write = file.File.BeginWrite())
        {
            OrderedMapWriter<string, Price> map = prices.In(write);
            Assert.True(map.Put("tea", new Price(3.5m, "EUR")));
            Assert.True(map.Put("coffee", new Price(4, "EUR")));
            Assert.False(map.TryAdd("tea", new Price(1, "EUR")));
            Assert.True(map.Put("water", new Price(0, "EUR")));
            Assert.True(map.Delete("water"));
            Assert.True(map.ContainsKey("tea"));
            Assert.Equal(2, map.Count);
            write.Commit();
        }

        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        OrderedMapReader<string, Price> reader = prices.In(read);
        Assert.True(reader.TryGet("tea", out Price? price));
        Assert.Equal(new Price(3.5m, "EUR"), price);
        Assert.False(reader.TryGet("milk", out _));
        Assert.Equal(["coffee", "tea"], reader.Scan().Select(entry => entry.Key));
        Assert.Equal(["tea"], reader.Scan(prices.AtLeast("d")).Select(entry => entry.Key));
        Assert.Equal(
            ["coffee"], reader.Scan(prices.Between("a", "tea")).Select(entry => entry.Key));
        Assert.Equal(
            ["tea", "coffee"],
            reader.Scan(prices.Below("z") with { IsReversed = true }).Select(entry => entry.Key));
    }

    [Fact]
    public void Values_of_every_type_come_back()
    {
        using var file = new MapFile();
        using WriteTransaction write = file.File.BeginWrite();
        AssertValue(write, "s", MapValues.String, "grüße");
        AssertValue(write, "b", MapValues.Bytes, [1, 2, 3]);
        AssertValue(write, "i", MapValues.Int32, -5);
        AssertValue(write, "l", MapValues.Int64, long.MinValue);
        AssertValue(write, "u", MapValues.UInt32, uint.MaxValue);
        AssertValue(write, "ul", MapValues.UInt64, ulong.MaxValue);
        AssertValue(write, "g", MapValues.Guid, new Guid("00112233-4455-6677-8899-aabbccddeeff"));
    }

    [Fact]
    public void A_map_is_not_read_as_another_type()
    {
        var numbers = new OrderedMap<long, string>("m", MapKeys.Int64, MapValues.String);
        var texts = new OrderedMap<string, string>("m", MapKeys.String, MapValues.String);
        var others = new OrderedMap<long, int>("m", MapKeys.Int64, MapValues.Int32);
        using var file = new MapFile();
        using (WriteTransaction write = file.File.BeginWrite())
        {
            numbers.In(write).Put(1, "one");
            Assert.Throws<InvalidOperationException>(() => texts.In(write));
            Assert.Throws<InvalidOperationException>(() => others.In(write));
            write.Map("raw").Put("x"u8, "y"u8);
            write.Commit();
        }

        using ReadTransaction read = file.File.BeginRead();
        Assert.Throws<InvalidOperationException>(() => texts.In(read));
        var raw = new OrderedMap<long, string>("raw", MapKeys.Int64, MapValues.String);
        Assert.Throws<FormatException>(() => raw.In(read).Scan().ToList());
    }

    [Fact]
    public void What_cannot_be_text_is_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => MapKeys.String.GetLengthBytes("\uD800"));
        Assert.Throws<FormatException>(() => MapKeys.String.Read([0xC3]));
        Assert.Throws<FormatException>(() => MapKeys.Int32.Read([1, 2, 3]));
        Assert.Throws<FormatException>(() => MapValues.Guid.Read([1]));
        Assert.Throws<FormatException>(
            () => MapValues.Json(PriceContext.Default.Price).Read("{"u8));
        Assert.Throws<FormatException>(
            () => MapKeys.Tuple(MapKeys.String, MapKeys.String).Read("no end"u8));
        Assert.Throws<FormatException>(
            () => MapKeys.Tuple(MapKeys.Int32, MapKeys.String).Read([1]));
    }

    private static void AssertValue<T>(
        WriteTransaction write, string name, IValueSerializer<T> values, T value)
    {
        var map = new OrderedMap<int, T>(name, MapKeys.Int32, values);
        map.In(write).Put(1, value);
        Assert.True(map.In(write).TryGet(1, out T found));
        Assert.Equal(value, found);
    }

    private static void AssertOrder<T>(
        IKeySerializer<T> keys, T[] sorted, Func<T, T, bool>? areEqual = null)
    {
        byte[][] bytes = [.. sorted.Select(key =>
        {
            byte[] made = new byte[keys.GetLengthBytes(key)];
            keys.Write(key, made);
            return made;
        })];
        for (int i = 0; i < sorted.Length; i++)
        {
            T back = keys.Read(bytes[i]);
            Assert.True(areEqual?.Invoke(sorted[i], back) ?? Equals(sorted[i], back));
            if (i > 0)
            {
                Assert.True(
                    bytes[i - 1].AsSpan().SequenceCompareTo(bytes[i]) < 0,
                    $"{sorted[i - 1]} is not below {sorted[i]}");
            }
        }
    }

    internal sealed record Price(decimal Amount, string Currency);

    [JsonSerializable(typeof(Price))]
    internal sealed partial class PriceContext : JsonSerializerContext;
}
