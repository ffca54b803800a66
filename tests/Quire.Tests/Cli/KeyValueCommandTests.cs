using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Quire.Cli;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary><c>quire kv</c>, as a shell sees it.</summary>
public sealed class KeyValueCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public KeyValueCommandTests() => PageFile.Open(
        Book, new PageFileOptions { PageSize = 512 }).Dispose();

    private string Book => _folder.File("book.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_set_is_got_with_its_stamp_until_it_is_deleted()
    {
        ToolResult set = Kv("set", """["users","änne",{"bigint":"7"}]""", """{ "born": 1986 }""");
        ToolResult got = Kv("get", """["users","änne",{"bigint":"7"}]""");
        ToolResult number = Kv("get", """["users","änne",7]""");
        ToolResult deleted = Kv("delete", """["users","änne",{"bigint":"7"}]""");
        ToolResult gone = Kv("get", """["users","änne",{"bigint":"7"}]""", "--json");
        ToolResult goneAgain = Kv("delete", """["users","änne",{"bigint":"7"}]""");

        Assert.Equal((0, """{"ok":true,"versionstamp":"00000000000000010000"}"""), Line(set));
        Assert.Equal(
            (0, Entry("""["users","änne",{"bigint":"7"}]""", """{"born":1986}""", 1)),
            Line(got));
        Assert.Equal(1, number.ExitCode);
        Assert.Equal((0, """{"ok":true,"versionstamp":"00000000000000020000"}"""), Line(deleted));
        Assert.Equal((1, ""), (gone.ExitCode, gone.Output));
        Assert.Contains(
            """no entry of the key ["users","änne",{"bigint":"7"}]""",
            gone.ErrorLine,
            StringComparison.Ordinal);
        Assert.Equal((1, ""), (goneAgain.ExitCode, goneAgain.Output));
    }

    [Fact]
    public void Values_of_every_kind_come_back_and_the_place_of_a_stamp_gets_it()
    {
        Assert.Equal(0, Kv("set", """["log",{"commitVersionstamp":true}]""", "-5").ExitCode);
        Assert.Equal(
            0, Kv("set", """["log","u"]""", """{"u64":"18446744073709551615"}""").ExitCode);
        Assert.Equal(0, Kv("set", """["log","x"]""", """{"bytes":"00ff"}""").ExitCode);

        Assert.Equal(
            [
                Entry("""["log","00000000000000010000"]""", "-5", 1),
                Entry("""["log","u"]""", """{"u64":"18446744073709551615"}""", 2),
                Entry("""["log","x"]""", """{"bytes":"00ff"}""", 3),
            ],
            Kv("list").Lines);
    }

    [Fact]
    public void An_entry_that_expires_is_gone_from_then_on()
    {
        Assert.Equal(0, Kv("set", """["a"]""", "1", "--expire-in", "1").ExitCode);
        Assert.Equal(0, Kv("set", """["b"]""", "1", "--expire-in", "31536000000000").ExitCode);

        Eventually.True(() => Kv("get", """["a"]""").ExitCode == 1, "the entry is gone");
        Assert.Equal(0, Kv("get", """["b"]""").ExitCode);
    }

    [Fact]
    public void A_list_has_the_entries_of_its_selection_in_its_order()
    {
        Fill([["a"], ["a", "b"], ["a", "c"], ["a", "c", 1], ["a\0x"], ["b"], [1], [true]]);

        string[] all =
        [
            """["a"]""", """["a","b"]""", """["a","c"]""", """["a","c",{"bigint":"1"}]""",
            """["a\u0000x"]""", """["b"]""", """[{"bigint":"1"}]""", "[true]",
        ];
        Assert.Equal(all, Keys());
        Assert.Equal(all.Reverse().Take(3), Keys("--prefix", "[]", "--reverse", "--limit", "3"));
        Assert.Equal(all[1..4], Keys("--prefix", """["a"]"""));
        Assert.Equal(all[2..4], Keys("--prefix", """["a"]""", "--start", """["a","c"]"""));
        Assert.Equal(all[1..2], Keys("--prefix", """["a"]""", "--end", """["a","c"]"""));
        Assert.Equal(all[1..5], Keys("--start", """["a","b"]""", "--end", """["b"]"""));
        Assert.Empty(Keys("--prefix", """["z"]"""));
    }

    [Fact]
    public void A_cursor_goes_on_where_the_list_stopped_and_is_null_at_the_end()
    {
        Fill([.. Enumerable.Range(0, 250).Select(i => StoreKey.Of("n", i))]);
        var found = new List<string>();
        string? cursor = "";
        var sizes = new List<int>();
        while (cursor is not null)
        {
            JsonElement[] lines =
            [
                .. Kv("list", "--reverse", "--limit", "110", "--cursor", cursor).JsonLines,
            ];
            found.AddRange(lines[..^1].Select(line => line.GetProperty("key").GetRawText()));
            sizes.Add(lines.Length - 1);
            cursor = lines[^1].GetProperty("cursor").GetString();
        }

        Assert.Equal([110, 110, 30], sizes);
        Assert.Equal(
            Enumerable.Range(0, 250).Reverse().Select(i => $$"""["n",{"bigint":"{{i}}"}]"""),
            found);
        Assert.Equal(2, Kv("list", "--cursor", "no cursor").ExitCode);
    }

    [Fact]
    public void Operations_are_answered_line_by_line_and_errors_do_not_stop_them()
    {
        const string stamp = "00000000000000010000";
        string[] input =
        [
            Operation(Check("""["n"]""", "null"), Number("sum", "n", 3)),
            Operation(
                $"{Check("""["x"]""", "null")},{Check("""["n"]""", "null")}",
                """{"type":"delete","key":["n"]}"""),
            "  ",
            Operation("", $$"""{"type":"set","key":["n"],"value":1},{{Number("sum", "n", 1)}}"""),
            """{"mutation":[]}""",
            "not JSON",
            Operation(
                Check("""["n"]""", $"\"{stamp}\""),
                $"{Number("max", "n", 9)},{Number("min", "m", 2)}," +
                """{"type":"set","key":["t"],"value":true,"expireIn":60000}"""),
        ];

        ToolResult result = QuireTool.RunWithInput(
            Encoding.UTF8.GetBytes(string.Join('\n', input)), "kv", "atomic", Book);

        Assert.Equal(
            [
                $$"""{"ok":true,"versionstamp":"{{stamp}}"}""",
                """{"ok":false,"failed":[1]}""",
                """{"error":"The value of [\"n\"] is Json; sum needs UInt64. """ +
                """Nothing was changed."}""",
                """{"error":"operation: \"mutation\" is unknown; """ +
                """there are checks, mutations."}""",
            ],
            result.Lines[..4]);
        Assert.StartsWith("{\"error\":\"Not JSON", result.Lines[4], StringComparison.Ordinal);
        Assert.Equal("""{"ok":true,"versionstamp":"00000000000000020000"}""", result.Lines[5]);
        Assert.Equal((6, 1, ""), (result.Lines.Length, result.ExitCode, result.Errors));
        Assert.Equal(
            """{"u64":"9"}""",
            Kv("get", """["n"]""").Json.GetProperty("value").GetRawText());
    }

    [Fact]
    public async Task Each_operation_is_answered_before_the_next_one_is_sent()
    {
        using Process process = QuireTool.Start("kv", "atomic", Book);
        try
        {
            for (int i = 1; i <= 3; i++)
            {
                process.StandardInput.WriteLine(
                    """{"mutations":[{"type":"set","key":["a"],"value":1}]}""");
                process.StandardInput.Flush();
                Assert.Equal(
                    $$"""{"ok":true,"versionstamp":"{{i:x16}}0000"}""",
                    await LineOf(process));
            }

            process.StandardInput.Close();
            Assert.True(process.WaitForExit(Eventually.Limit));
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }
    }

    [SkippableFact]
    public async Task Watch_prints_what_is_there_and_each_change_until_it_is_interrupted()
    {
        Interrupt.SkipUnlessItArrives();
        Fill([["a"]]);
        using Process process = QuireTool.Start("kv", "watch", Book, """["a"]""", """["b"]""");
        try
        {
            Assert.Equal(Entry("""["a"]""", "null", 1), await LineOf(process));
            Assert.Equal(
                """{"key":["b"],"value":null,"versionstamp":null}""", await LineOf(process));

            Assert.Equal(0, Kv("set", """["b"]""", "2").ExitCode);
            Assert.Equal(Entry("""["b"]""", "2", 2), await LineOf(process));

            Assert.Equal(0, Kv("set", """["other"]""", "3").ExitCode);
            Assert.Equal(0, Kv("delete", """["a"]""").ExitCode);
            Assert.Equal(
                """{"key":["a"],"value":null,"versionstamp":null}""", await LineOf(process));

            Interrupt.Send(process);
            Assert.Null(await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Limit));
            Assert.True(process.WaitForExit(Eventually.Limit));
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }
    }

    [Theory]
    [InlineData("A key is a JSON array such as", "get", "users")]
    [InlineData("KEY: key[0]: a part of a key is", "get", "[null]")]
    [InlineData("at least one part", "get", "[]")]
    [InlineData("only a key to set", "get", """["a",{"commitVersionstamp":true}]""")]
    [InlineData("VALUE: Not JSON", "set", """["a"]""", "text")]
    [InlineData("not a number from 1", "set", """["a"]""", "1", "--expire-in", "0")]
    [InlineData("--prefix: prefix: a key is", "list", "--prefix", "\"a\"")]
    [InlineData("--start with --end", "list", "--start", """["a"]""")]
    [InlineData("--start with --end", "list", "--end", """["a"]""")]
    [InlineData("--prefix with --start", "list", "--prefix", "[]", "--start", "[1]")]
    [InlineData("or none", "list", "--prefix", "[1]", "--start", "[1,1]", "--end", "[1,2]")]
    [InlineData("does not continue", "list", "--prefix", "[1]", "--start", "[2,1]")]
    [InlineData("is above the end", "list", "--start", "[2]", "--end", "[1]")]
    [InlineData("A key is a JSON array such as", "watch", "[1]", "b")]
    [InlineData("Try 'quire kv watch --help'", "watch")]
    [InlineData("Try 'quire kv set --help'", "set", """["a"]""")]
    [InlineData("Try 'quire kv --help'", "frobnicate")]
    public void What_makes_no_sense_is_2(string problem, params string[] arguments)
    {
        // Nothing of it reaches the file or the output, so that it needs no process of its own.
        using var terminal = new Terminal();
        Exception refused = Assert.ThrowsAny<Exception>(() => QuireCommandLine.Run(
            ["kv", arguments[0], Book, .. arguments[1..]], terminal));

        Assert.Equal(2, Failure.CodeOf(refused));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_and_values_over_the_limit_are_2_and_name_both_sizes()
    {
        ToolResult key = Kv("set", $"[\"{new string('k', 2047)}\"]", "1");
        ToolResult value = Kv("set", "[\"k\"]", $"\"{new string('v', 65_535)}\"");

        Assert.Equal((2, 2), (key.ExitCode, value.ExitCode));
        Assert.Contains(
            "may have 2048 bytes, encoded; this one has 2049",
            key.ErrorLine,
            StringComparison.Ordinal);
        Assert.Contains(
            "may have 65536 bytes; this one has 65537", value.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(QuireTool.Run("map", "maps", Book).Output);
    }

    [Fact]
    public void A_writer_elsewhere_makes_set_busy_and_atomic_says_so_and_goes_on()
    {
        using PageFile file = PageFile.Open(Book);
        using WriteTransaction write = file.BeginWrite();

        ToolResult set = Kv("set", "[1]", "1", "--timeout", "0.05");
        ToolResult atomic = QuireTool.RunWithInput(
            "{}\n{}"u8.ToArray(), "kv", "atomic", Book, "--timeout", "0.05");

        Assert.Equal((3, ""), (set.ExitCode, set.Output));
        Assert.Equal((3, 2), (atomic.ExitCode, atomic.Lines.Length));
        Assert.All(
            atomic.JsonLines, line => Assert.NotEqual("", line.GetProperty("error").GetString()));
    }

    [Fact]
    public void A_file_whose_root_is_something_else_is_4()
    {
        Assert.Equal(
            0, QuireTool.RunWithInput([1], "page", Book, "new", "--write", "-", "--root").ExitCode);

        ToolResult set = Kv("set", "[1]", "1");
        ToolResult list = Kv("list");

        Assert.Equal((4, 4), (set.ExitCode, list.ExitCode));
        Assert.Contains("no catalog of maps", set.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_has_examples()
    {
        foreach (string[] command in (string[][])[["kv"], ["kv", "list"]])
        {
            ToolResult help = QuireTool.Run([.. command, "--help"]);
            Assert.Equal(0, help.ExitCode);
            Assert.Contains("Examples:\n", help.Output, StringComparison.Ordinal);
            Assert.Contains(
                $"  quire {string.Join(' ', command)}", help.Output, StringComparison.Ordinal);
        }
    }

    private static async Task<string?> LineOf(Process process) =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Limit);

    private static (int ExitCode, string Line) Line(ToolResult result) =>
        (result.ExitCode, result.Lines.Single());

    private static string Operation(string checks, string mutations) =>
        $$"""{"checks":[{{checks}}],"mutations":[{{mutations}}]}""";

    private static string Check(string key, string stamp) =>
        $$"""{"key":{{key}},"versionstamp":{{stamp}}}""";

    private static string Number(string type, string key, int operand) =>
        $$$"""{"type":"{{{type}}}","key":["{{{key}}}"],"value":{"u64":"{{{operand}}}"}}""";

    private static string Entry(string key, string value, int commit) =>
        $$"""{"key":{{key}},"value":{{value}},"versionstamp":"{{commit:x16}}0000"}""";

    private ToolResult Kv(string verb, params string[] rest) =>
        QuireTool.Run(["kv", verb, Book, .. rest]);

    private string[] Keys(params string[] selection) =>
    [
        .. Kv("list", selection).JsonLines.Select(
            line => line.GetProperty("key").GetRawText()),
    ];

    private void Fill(StoreKey[] keys)
    {
        using PageFile file = PageFile.Open(Book);
        AtomicOperation operation = new KeyValueStore(file).Atomic();
        foreach (StoreKey key in keys)
        {
            operation.Set(key, default);
        }

        Assert.True(operation.Commit().IsCommitted);
    }
}
