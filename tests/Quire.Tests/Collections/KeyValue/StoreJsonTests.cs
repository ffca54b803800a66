using System.Text;
using System.Text.Json;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>The JSON forms: what is written is read again, and all else is refused.</summary>
public sealed class StoreJsonTests
{
    [Theory]
    [InlineData("""["users","änna",7,true,false,{"bigint":"-5"},{"bytes":"00ff"}]""")]
    [InlineData("""[{"number":"-Infinity"},{"number":"Infinity"},{"number":"NaN"}]""")]
    [InlineData("""[-0,0.1,1.5E+300,-9007199254740992]""")]
    [InlineData("""[-23465893539499010,54194186049376250]""")]
    [InlineData("""[{"bigint":"123456789012345678901234567890"},{"bytes":""},""]""")]
    [InlineData("""["log",{"commitVersionstamp":true}]""")]
    public void A_key_is_written_as_it_is_read(string json) =>
        Assert.Equal(json, StoreJson.ParseKey(json).ToString());

    [Theory]
    [InlineData("", "Not JSON")]
    [InlineData("users", "Not JSON")]
    [InlineData("[\"a\"] x", "Not JSON")]
    [InlineData("[\"a\",]", "Not JSON")]
    [InlineData("[1,\n  x]", "an invalid start of a value, in line 2 at byte 3.")]
    [InlineData("\"a\"", "key: a key is an array of parts, not text")]
    [InlineData("{}", "not an object")]
    [InlineData("7", "not the number 7")]
    [InlineData("[]", "at least one part")]
    [InlineData("[\"a\",null]", "key[1]: a part of a key is")]
    [InlineData("[[1]]", "not an array")]
    [InlineData("[{}]", "key[0]: such a part has one name, as in {\"bigint\":\"5\"}; this has 0")]
    [InlineData("[{\"bigint\":\"1\",\"bigint\":\"2\"}]", "this has 2")]
    [InlineData("[{\"u64\":\"1\"}]", "key[0].u64: a part of this form is")]
    [InlineData("[{\"bigint\":5}]", "key[0].bigint: text in quotes is expected, not the number 5")]
    [InlineData("[{\"bigint\":\"\"}]", "\"\" is no whole number")]
    [InlineData("[{\"bigint\":\"+5\"}]", "\"+5\" is no whole number")]
    [InlineData("[{\"bigint\":\"--5\"}]", "\"--5\" is no whole number")]
    [InlineData("[{\"bigint\":\"5-\"}]", "\"5-\" is no whole number")]
    [InlineData("[{\"bigint\":\" 5\"}]", "\" 5\" is no whole number")]
    [InlineData("[{\"bytes\":\"0\"}]", "\"0\", 1 characters, is not two hexadecimal digits")]
    [InlineData("[{\"bytes\":\"0g\"}]", "is not two hexadecimal digits")]
    [InlineData("[{\"number\":\"1\"}]", "\"1\" is not \"NaN\"")]
    [InlineData("[{\"number\":\"infinity\"}]", "is not \"NaN\"")]
    [InlineData("[{\"commitVersionstamp\":false}]", "key[0].commitVersionstamp")]
    [InlineData("[{\"commitVersionstamp\":true},1]", "last part")]
    [InlineData("[1e400]", "key[0]: 1e400 is beyond all numbers")]
    [InlineData("[9007199254740993]", "the integer is {\"bigint\":\"9007199254740993\"}")]
    [InlineData("[\"\\ud800\"]", "key[0]: ")]
    public void What_is_no_key_is_refused_with_the_place(string json, string problem)
    {
        FormatException error = Assert.Throws<FormatException>(() => StoreJson.ParseKey(json));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_integer_of_too_many_digits_is_refused_before_it_is_computed()
    {
        string digits = new('9', 617);
        string tooBig = new('9', 616);

        Assert.Contains(
            "this one has 617",
            Refused($"[{{\"bigint\":\"{digits}\"}}]"),
            StringComparison.Ordinal);
        Assert.Contains(
            "this one has 256",
            Refused($"[{{\"bigint\":\"{tooBig}\"}}]"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"u64":"18446744073709551615"}""", StoreValueKind.UInt64)]
    [InlineData("""{"bytes":"00ff"}""", StoreValueKind.Bytes)]
    [InlineData("""{"$json":{"u64":"5"}}""", StoreValueKind.Json)]
    [InlineData("""{"$json":{"$json":1}}""", StoreValueKind.Json)]
    [InlineData("""{"u64":5}""", StoreValueKind.Json)]
    [InlineData("""{"u64":"5","more":1}""", StoreValueKind.Json)]
    [InlineData("""[{"u64":"5"}]""", StoreValueKind.Json)]
    [InlineData("""{"a":1.0,"a":1e400,"ü":"\ud800 \u0041 \\\""}""", StoreValueKind.Json)]
    [InlineData("null", StoreValueKind.Json)]
    [InlineData("\" two  spaces \"", StoreValueKind.Json)]
    public void A_value_is_written_as_it_is_read(string json, StoreValueKind kind)
    {
        StoreValue value = StoreJson.ParseValue(json);

        Assert.Equal(kind, value.Kind);
        Assert.Equal(json, value.ToString());
    }

    [Theory]
    [InlineData("""{"$json":1}""", "1")]
    [InlineData(" { \"a\" : [ 1 ,\n2 ] } ", "{\"a\":[1,2]}")]
    [InlineData("{\"u64\":\"007\"}", "{\"u64\":\"7\"}")]
    [InlineData("{\"bytes\":\"FF\"}", "{\"bytes\":\"ff\"}")]
    public void Other_ways_to_write_a_value_are_read_as_well(string json, string written) =>
        Assert.Equal(written, StoreJson.ParseValue(json).ToString());

    [Theory]
    [InlineData(
        "{\"u64\":\"-1\"}", "value.u64: \"-1\" is no whole number from 0 to 18446744073709551615")]
    [InlineData("{\"u64\":\"18446744073709551616\"}", "is no whole number")]
    [InlineData("{\"u64\":\"\"}", "is no whole number")]
    [InlineData("{\"bytes\":\"0x\"}", "value.bytes")]
    [InlineData("'a'", "Not JSON")]
    [InlineData("1 2", "Not JSON")]
    [InlineData("/* */ 1", "Not JSON")]
    public void What_is_no_value_is_refused_with_the_place(string json, string problem)
    {
        FormatException error = Assert.Throws<FormatException>(() => StoreJson.ParseValue(json));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_has_key_value_and_versionstamp()
    {
        var entry = new StoreEntry(
            ["a", 1.0], StoreValue.FromUInt64(5), new Versionstamp(0x1F, 2));

        Assert.Equal(
            """{"key":["a",1],"value":{"u64":"5"},"versionstamp":"000000000000001f0002"}""",
            StoreJson.ToText(entry));
    }

    [Fact]
    public void A_prefix_may_be_empty()
    {
        Assert.Null(StoreJson.ParsePrefix("[]"));
        Assert.Equal(StoreKey.Of("a"), StoreJson.ParsePrefix("[\"a\"]"));
        Assert.Throws<FormatException>(() => StoreJson.ParsePrefix("null"));
    }

    [Fact]
    public void JSON_deeper_than_64_is_refused_and_64_is_not()
    {
        string Nested(int depth) => new string('[', depth) + new string(']', depth);

        Assert.Equal(Nested(64), StoreJson.ParseValue(Nested(64)).ToString());
        Assert.Throws<FormatException>(() => StoreJson.ParseValue(Nested(65)));
        Assert.Throws<FormatException>(() => StoreJson.ParseValue(Nested(5000)));
        Assert.Throws<FormatException>(() => StoreJson.ParseKey(Nested(5000)));
        Assert.Equal(
            Nested(64), StoreJson.ParseValue($"{{\"$json\":{Nested(64)}}}").ToString());
    }

    [Fact]
    public void Values_are_of_one_kind_and_say_so()
    {
        StoreValue json = StoreValue.FromJsonText(" [1, 2] ");
        StoreValue number = StoreValue.FromUInt64(ulong.MaxValue);
        StoreValue none = default;

        Assert.Equal("[1,2]", json.AsJsonText());
        Assert.Equal(json, StoreValue.FromJson<int[]>([1, 2]));
        Assert.Equal([1, 2], json.ToObject<int[]>()!);
        Assert.Equal(ulong.MaxValue, number.AsUInt64());
        Assert.Equal((StoreValueKind.Json, "null"), (none.Kind, none.AsJsonText()));
        Assert.Equal(none, StoreValue.FromJsonText("null"));
        Assert.NotEqual(StoreValue.FromBytes("null"u8), none);
        Assert.Contains(
            "is Json, not UInt64",
            Assert.Throws<InvalidOperationException>(() => json.AsUInt64()).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => number.AsJsonText());
        Assert.Throws<FormatException>(() => json.ToObject<string>());
        Assert.Throws<FormatException>(() => StoreValue.FromJsonText("\"\uD800\""));
    }

    [Fact]
    public void A_value_from_a_file_is_looked_at_before_it_is_one()
    {
        Assert.True(StoreValue.TryRead(StoreValueKind.Json, "{\"a\":1}"u8, out StoreValue value));
        Assert.Equal("{\"a\":1}", value.AsJsonText());
        Assert.False(StoreValue.TryRead(StoreValueKind.Json, ""u8, out _));
        Assert.False(StoreValue.TryRead(StoreValueKind.Json, "{\"a\":1"u8, out _));
        Assert.False(StoreValue.TryRead(StoreValueKind.Json, "[1, 2]"u8, out _));
        Assert.False(StoreValue.TryRead(StoreValueKind.Json, "1 2"u8, out _));
        Assert.False(StoreValue.TryRead(StoreValueKind.Json, [(byte)'"', 0xFF, (byte)'"'], out _));
        Assert.False(StoreValue.TryRead(StoreValueKind.UInt64, new byte[7], out _));
        Assert.True(StoreValue.TryRead(StoreValueKind.Bytes, [], out _));
        Assert.False(StoreValue.TryRead(0, [], out _));
        Assert.False(StoreValue.TryRead((StoreValueKind)9, [], out _));
    }

    [Fact]
    public void Text_that_is_not_ASCII_stays_readable_and_is_one_line()
    {
        StoreKey key = ["Größe 😀", "a\nb"];

        Assert.Equal("[\"Größe \\uD83D\\uDE00\",\"a\\nb\"]", key.ToString());
        Assert.Equal(key, StoreJson.ParseKey(key.ToString()));
        Assert.Equal(
            "Größe 😀",
            JsonDocument.Parse(Encoding.UTF8.GetBytes(key.ToString())).RootElement[0].GetString());
    }

    private static string Refused(string json) =>
        Assert.Throws<FormatException>(() => StoreJson.ParseKey(json)).Message;
}
