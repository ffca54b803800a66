using System.Text;
using Quire.Cli.Maps.Records;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>
/// The formats of export and import: every byte comes back, and mistakes are found.
/// </summary>
public sealed class MapRecordTests
{
    private const string Header = "map,key,value\r\n";

    public static TheoryData<string> Formats =>
        [nameof(RecordFormat.JsonLines), nameof(RecordFormat.Csv)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Any_bytes_come_back_exactly(string format)
    {
        var random = new Random(11);
        List<Record> records =
        [
            new("m", "", ""),
            new("m", "base64:", "base64:AAAA"),
            new("m, \"quoted\"\r\nand broken", "a\rb", "\n"),
            new("m", "\"", "\"\""),
            new("ü", "\0\u0001\u007f\u2028\ufeff\U0001F600", "\\u0041\\"),
        ];
        for (int i = 0; i < 3000; i++)
        {
            records.Add(new Record($"m{i / 500}", Bytes(random), Bytes(random)));
        }

        Assert.Equal(records, Read(format, Write(format, records)));
    }

    [Fact]
    public void The_formats_look_as_documented()
    {
        Record[] records = [new("m", "k", "say \"hi\""), new("m", [0xFF], "base64:x")];

        Assert.Equal(
            """
            {"map":"m","key":"k","value":"say \"hi\""}
            {"map":"m","key":{"base64":"/w=="},"value":"base64:x"}

            """,
            Encoding.UTF8.GetString(Write(nameof(RecordFormat.JsonLines), records)));
        Assert.Equal(
            Header + "m,k,\"say \"\"hi\"\"\"\r\nm,base64:/w==,base64:YmFzZTY0Ong=\r\n",
            Encoding.UTF8.GetString(Write(nameof(RecordFormat.Csv), records)));
    }

    [Theory]
    [InlineData("""{"map":"m","key":"a","value":"1"}""", true)]
    [InlineData("\uFEFF{\"value\":\"1\",\r\t\"key\":\"\\u0061\", \"map\":\"m\"} \r\n\r\n  ", true)]
    [InlineData("""{"map":"m","key":{"base64":"YQ=="},"value":"1"}""", true)]
    [InlineData("map,key,value\nm,a,1", false)]
    [InlineData("\uFEFF\r\n\"value\",map,key\r\n\r\n1,\"m\",\"a\"\r\n\n", false)]
    [InlineData("map,key,value\nm,base64:YQ==,1\n", false)]
    public void What_other_programs_write_is_understood(string input, bool isJson) => Assert.Equal(
        [new Record("m", "a", "1")],
        Read(isJson ? nameof(RecordFormat.JsonLines) : nameof(RecordFormat.Csv), Utf8(input)));

    [Theory]
    [InlineData("{\"map\":\"m\",\"key\":\"a\"}", 1, 1, "no member \"value\"")]
    [InlineData("{\"key\":\"a\",\"value\":\"a\"}", 1, 1, "no member \"map\"")]
    [InlineData("\n\n{\"map\":\"m\",\"key\":\"ä\",\"value\":7}", 3, 30, "a string")]
    [InlineData("{\"map\":\"m\",\"key\":\"a\",\"value\":\"a\"} x", 1, 35, "invalid")]
    [InlineData("{\"map\":\"m\",\"key\":\"a\",\"value\":\"a\"", 1, 33, "")]
    [InlineData("{\"map\":\"m\",\"kye\":\"a\",\"value\":\"a\"}", 1, 12, "unknown member \"kye\"")]
    [InlineData("{\"map\":\"m\",\"key\":\"a\",\"key\":\"a\"}", 1, 22, "again")]
    [InlineData("{\"map\":\"\",\"key\":\"a\",\"value\":\"a\"}", 1, 8, "empty")]
    [InlineData("{\"map\":\"m\",\"key\":{\"base64\":\"?\"},\"value\":\"a\"}", 1, 28, "no base64")]
    [InlineData("{\"map\":\"m\",\"key\":{\"hex\":\"00\"},\"value\":\"a\"}", 1, 19, "base64")]
    [InlineData("{\"map\":\"m\",\"key\":\"\\ud800\",\"value\":\"a\"}", 1, 18, "Unicode")]
    [InlineData("[1]", 1, 1, "a JSON object")]
    public void A_mistake_in_JSON_lines_is_found_where_it_is(
        string input, long line, long column, string problem) => AssertMistake(
            nameof(RecordFormat.JsonLines), Encoding.UTF8.GetBytes(input), line, column, problem);

    [Theory]
    [InlineData("key,value\r\na,1\r\n", 1, 1, "no column map")]
    [InlineData("map,key,key\r\n", 1, 9, "\"key\"")]
    [InlineData("map,key,size\r\n", 1, 9, "\"size\"")]
    [InlineData(Header + "m,a\r\n", 2, 4, "expected 3 fields, found 2")]
    [InlineData(Header + "m,ä,1,x\r\n", 2, 6, "found more")]
    [InlineData(Header + "m,\"a\r\nb,1\r\n", 2, 3, "never closed")]
    [InlineData(Header + "m,\"a\nb\",\"1\"x\r\n", 3, 7, "behind the quotation mark")]
    [InlineData(Header + "m,a\"b,1\r\n", 2, 4, "a quotation mark in a field")]
    [InlineData(Header + "m,a,1\rm,b,2", 2, 6, "without a line feed")]
    [InlineData(Header + "m,a,1\r\nm,base64:!,1\r\n", 3, 3, "no base64")]
    [InlineData(Header + ",a,1\r\n", 2, 1, "empty")]
    [InlineData("", 1, 1, "no column map")]
    public void A_mistake_in_CSV_is_found_where_it_is(
        string input, long line, long column, string problem) => AssertMistake(
            nameof(RecordFormat.Csv), Encoding.UTF8.GetBytes(input), line, column, problem);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Bytes_that_are_no_text_and_do_not_say_so_are_a_mistake(string format)
    {
        byte[] input = Write(format, [new Record("m", "kZy", "v")]);
        input[input.AsSpan().IndexOf((byte)'Z')] = 0xFF;

        AssertMistake(format, input, format == nameof(RecordFormat.Csv) ? 2 : 1, null, "Unicode");
    }

    private static void AssertMistake(
        string format, byte[] input, long line, long? column, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => Read(format, input));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Equal(new InputPlace(line, column ?? error.Place.Column), error.Place);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Bytes(Random random)
    {
        const string Letters = "ab\",\r\n\t\\ä{}😀:";
        if (random.Next(3) > 0)
        {
            return Encoding.UTF8.GetBytes(string.Concat(Enumerable
                .Range(0, random.Next(12))
                .Select(_ => Letters.EnumerateRunes().ElementAt(random.Next(13)).ToString())));
        }

        byte[] bytes = new byte[random.Next(12)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Write(string format, IEnumerable<Record> records)
    {
        using var output = new MemoryStream();
        using RecordWriter writer = RecordWriter.Create(Enum.Parse<RecordFormat>(format), output);
        writer.Begin();
        foreach (Record record in records)
        {
            writer.Write(record.Map, record.Key, record.Value);
        }

        writer.Flush();
        return output.ToArray();
    }

    private static List<Record> Read(string format, byte[] input)
    {
        RecordReader reader = RecordReader.Create(
            Enum.Parse<RecordFormat>(format), new MemoryStream(input), map: null);
        var record = new MapRecord();
        List<Record> records = [];
        while (reader.TryRead(record))
        {
            records.Add(new Record(
                record.Map, record.Key.WrittenSpan.ToArray(), record.Value.WrittenSpan.ToArray()));
        }

        return records;
    }

    /// <summary>A record that is equal to another with the same bytes.</summary>
    private sealed record Record(string Map, byte[] Key, byte[] Value)
    {
        public Record(string map, string key, string value)
            : this(map, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value))
        {
        }

        public Record(string map, byte[] key, string value)
            : this(map, key, Encoding.UTF8.GetBytes(value))
        {
        }

        public bool Equals(Record? other) => other is not null
            && Map == other.Map
            && Key.AsSpan().SequenceEqual(other.Key)
            && Value.AsSpan().SequenceEqual(other.Value);

        public override int GetHashCode() => HashCode.Combine(Map, Key.Length, Value.Length);
    }
}
