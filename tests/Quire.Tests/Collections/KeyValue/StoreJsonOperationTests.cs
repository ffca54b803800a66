using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Atomic operations in JSON: what they do, and what is refused before.</summary>
public sealed class StoreJsonOperationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly PageFile _file;
    private readonly KeyValueStore _store;

    public StoreJsonOperationTests()
    {
        _file = PageFile.Open(_folder.File("a.quire"));
        _store = new KeyValueStore(_file);
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Every_kind_of_mutation_is_performed_in_order()
    {
        AtomicResult result = Commit(
            """
            {
              "checks": [{ "key": ["n"], "versionstamp": null }],
              "mutations": [
                { "type": "sum", "key": ["n"], "value": { "u64": "5" } },
                { "type": "max", "key": ["n"], "value": { "u64": "9" } },
                { "type": "min", "key": ["n"], "value": { "u64": "7" } },
                { "type": "set", "key": ["gone"], "value": 1 },
                { "type": "delete", "key": ["gone"] },
                { "type": "set", "key": ["t"], "value": [1], "expireIn": 60000 },
                { "type": "set", "key": ["log", { "commitVersionstamp": true }], "value": null },
                { "type": "enqueue", "value": { "bytes": "01" } },
                { "type": "enqueue", "value": 1, "delay": 5, "keysIfUndelivered": [["lost"]],
                  "backoffSchedule": [0, 10] }
              ]
            }
            """);

        Assert.Equal(
            """{"ok":true,"versionstamp":"00000000000000010000"}""", StoreJson.ToText(result));
        Assert.Equal([5UL, 9UL, 7UL], result.Results.Take(3).Select(number => number!.Value));
        Assert.Equal(
            ["""["log","00000000000000010000"]""", """["n"]""", """["t"]"""],
            _store.List(StoreSelector.All).Select(entry => entry.Key.ToString()));
        Assert.NotNull(_store.Get(["t"])!.ExpiresAt);
        Assert.Null(_store.Get(["n"])!.ExpiresAt);
    }

    [Fact]
    public void Checks_that_fail_are_told_and_nothing_is_changed()
    {
        Versionstamp stamp = _store.Set(["a"], default);

        AtomicResult failed = Commit(
            $$"""
            {"checks":[{"key":["a"],"versionstamp":"{{stamp}}"},{"key":["a"],"versionstamp":null},
            {"key":["b"],"versionstamp":"{{stamp}}"}],"mutations":[{"type":"delete","key":["a"]}]}
            """);

        Assert.Equal("""{"ok":false,"failed":[1,2]}""", StoreJson.ToText(failed));
        Assert.Equal(stamp, _store.Get(["a"])!.Versionstamp);
    }

    [Fact]
    public void An_operation_of_nothing_is_one_and_belongs_to_a_store_or_to_none()
    {
        Assert.True(Commit("{}").IsCommitted);
        Assert.Throws<InvalidOperationException>(() => StoreJson.ParseOperation("{}").Commit());
    }

    [Theory]
    [InlineData("[]", "operation: an object with checks, mutations is expected, not an array")]
    [InlineData("{\"check\":[]}", "operation: \"check\" is unknown; there are checks, mutations")]
    [InlineData("{\"checks\":[],\"checks\":[]}", "operation: \"checks\" is there twice")]
    [InlineData("{\"checks\":{}}", "checks: a list is expected, not an object")]
    [InlineData("{\"checks\":[1]}", "checks[0]: an object with key, versionstamp is expected")]
    [InlineData("{\"checks\":[{\"key\":[1]}]}", "checks[0]: \"versionstamp\" is missing")]
    [InlineData("{\"checks\":[{\"versionstamp\":null}]}", "checks[0]: \"key\" is missing")]
    [InlineData(
        "{\"checks\":[{\"key\":[1],\"versionstamp\":\"00\"}]}",
        "checks[0].versionstamp: A versionstamp has 20 hexadecimal characters; this has 2")]
    [InlineData(
        "{\"checks\":[{\"key\":[1],\"versionstamp\":5}]}",
        "checks[0].versionstamp: text in quotes is expected, not the number 5")]
    [InlineData("{\"mutations\":[{}]}", "mutations[0]: an object with a \"type\" is expected")]
    [InlineData("{\"mutations\":[{\"type\":\"add\"}]}", "mutations[0].type: \"add\" is not set")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"delete\",\"key\":[1],\"value\":1}]}",
        "mutations[0]: \"value\" is unknown; there are type, key")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"set\",\"type\":\"delete\",\"key\":[1]}]}",
        "mutations[0]: \"type\" is there twice")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"set\",\"key\":[1]}]}",
        "mutations[0]: \"value\" is missing")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"set\",\"key\":[null],\"value\":1}]}",
        "mutations[0].key[0]: a part of a key is")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"set\",\"key\":[1],\"value\":{\"u64\":\"x\"}}]}",
        "mutations[0].value.u64: \"x\" is no whole number")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"sum\",\"key\":[1],\"value\":5}]}",
        "mutations[0].value: sum takes {\"u64\":\"5\"}, not Json")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"sum\",\"key\":[1],\"value\":{\"u64\":\"1\"},\"expireIn\":5}]}",
        "mutations[0]: \"expireIn\" is unknown")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"set\",\"key\":[1],\"value\":1,\"expireIn\":0}]}",
        "mutations[0].expireIn: a whole number of milliseconds from 1 to 31536000000000")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"set\",\"key\":[1],\"value\":1,\"expireIn\":1.5}]}",
        "not the number 1.5")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"delete\",\"key\":[1,{\"commitVersionstamp\":true}]}]}",
        "mutations[0]: The key [1,{\"commitVersionstamp\":true}] has the place of a versionstamp")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"enqueue\",\"key\":[1],\"value\":1}]}",
        "mutations[0]: \"key\" is unknown")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"enqueue\",\"value\":1,\"delay\":2592000001}]}",
        "mutations[0]: The delay of a message may be from 0 to 2592000000 ms")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"enqueue\",\"value\":1,\"keysIfUndelivered\":[1]}]}",
        "mutations[0].keysIfUndelivered[0]: a key is an array")]
    [InlineData(
        "{\"mutations\":[{\"type\":\"enqueue\",\"value\":1,\"backoffSchedule\":[0,-1]}]}",
        "mutations[0].backoffSchedule[1]: a whole number of milliseconds from 0")]
    public void What_is_no_operation_is_refused_with_the_place(string json, string problem)
    {
        FormatException error =
            Assert.Throws<FormatException>(() => StoreJson.ParseOperation(json, _store));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_named_with_the_place_that_passes_them()
    {
        string check = """{"key":["a"],"versionstamp":null}""";
        string tooMany = string.Join(',', Enumerable.Repeat(check, StoreLimits.Checks + 1));
        string tooLong = new('k', 2047);

        Assert.Contains(
            "checks[100]: An atomic operation may have 100 checks",
            Refused($$"""{"checks":[{{tooMany}}]}"""),
            StringComparison.Ordinal);
        Assert.Contains(
            "mutations[0]: A key may have 2048 bytes, encoded; this one has 2049",
            Refused($$"""{"mutations":[{"type":"delete","key":["{{tooLong}}"]}]}"""),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"mutations\":[{\"type\":\"\\ud800\"}]}")]
    [InlineData("{\"mutations\":[{\"\\ud800\":1}]}")]
    [InlineData("{\"mutations\":[{\"type\":\"delete\",\"key\":[{\"\\ud800\":1}]}]}")]
    [InlineData("{\"mutations\":[{\"type\":\"delete\",\"key\":[\"\\ud800\"]}]}")]
    [InlineData("{\"checks\":[{\"key\":[1],\"versionstamp\":\"\\ud800\"}]}")]
    public void Half_a_surrogate_pair_is_refused_wherever_it_stands(string json) =>
        Assert.NotEqual("", Refused(json));

    [Fact]
    public void Half_a_surrogate_pair_in_the_name_of_a_value_is_JSON_as_any_other()
    {
        const string json = "{\"\\ud800\":\"1\"}";

        Assert.Equal(json, StoreJson.ParseValue(json).ToString());
    }

    [Fact]
    public void Damaged_operations_are_refused_or_read_and_never_anything_else()
    {
        const string sound =
            """
            {"checks":[{"key":["a",{"bigint":"-5"},{"number":"NaN"},1e3,true],"versionstamp":null},
            {"key":[{"bytes":"00ff"}],"versionstamp":"00000000000000010000"}],"mutations":[
            {"type":"set","key":["\u00e4",{"commitVersionstamp":true}],
            "value":{"$json":{"u64":"5"}},"expireIn":5},{"type":"sum","key":[1],"value":{"u64":"5"}},{"type":"enqueue",
            "value":{"bytes":"01"},"delay":1,"keysIfUndelivered":[[1]],"backoffSchedule":[0]}]}
            """;
        const string pieces = "{}[]\",:\\u0dD8-+.eE195 ntfx$\0\uD800\uDC00ä";
        var random = new Random(20);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string json = sound;
            for (int damages = random.Next(1, 4); damages > 0; damages--)
            {
                int at = random.Next(json.Length);
                string piece = random.Next(3) == 0 ? "" : $"{pieces[random.Next(pieces.Length)]}";
                json = json[..at] + piece + json[(at + random.Next(2))..];
            }

            try
            {
                StoreJson.ParseOperation(json);
                read++;
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        Assert.True(read > 1000 && refused > 1000, $"{read} read, {refused} refused");
    }

    private AtomicResult Commit(string json) => StoreJson.ParseOperation(json, _store).Commit();

    private string Refused(string json) => Assert.Throws<FormatException>(
        () => StoreJson.ParseOperation(json, _store)).Message;
}
