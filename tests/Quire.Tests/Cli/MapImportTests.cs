using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary><c>quire export</c> and <c>quire import</c>, killed and unkilled.</summary>
public sealed class MapImportTests : IDisposable
{
    private const int BatchRecords = 500;

    /// <summary>From the Debian packages wamerican-huge and the like.</summary>
    private static readonly string[] WordLists =
    [
        "/usr/share/dict/american-english-huge", "/usr/share/dict/american-english-insane",
        "/usr/share/dict/british-english-huge", "/usr/share/dict/british-english-insane",
    ];

    private readonly TempFolder _folder = new();

    public MapImportTests() => PageFile.Open(Book).Dispose();

    private string Book => _folder.File("book.quire");

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("jsonl")]
    [InlineData("csv")]
    public void A_word_list_of_Debian_goes_in_and_comes_out_identical(string format)
    {
        string? list = Array.Find(WordLists, File.Exists);
        Skip.If(list is null, "There is no large word list: install wamerican-huge.");
        string[] words = File.ReadAllLines(list);
        Array.Sort(words, StringComparer.Ordinal);
        string input = _folder.File("words." + format);
        WriteWords(input, words);

        JsonElement imported = QuireTool.Run("import", Book, "--from", input, "--json").Json;
        string output = _folder.File("again." + format);
        ToolResult exported = QuireTool.Run("export", Book, "--to", output);
        JsonElement verified = QuireTool.Run("verify", Book, "--json").Json;

        Assert.InRange(words.Length, 300_000, int.MaxValue);
        Assert.Equal(words.Length, imported.GetProperty("added").GetInt64());
        Assert.Equal(0, exported.ExitCode);
        Assert.True(File.ReadAllBytes(input).AsSpan().SequenceEqual(File.ReadAllBytes(output)));
        Assert.True(verified.GetProperty("sound").GetBoolean());
        Assert.Equal(
            words.Length,
            verified.GetProperty("maps").GetProperty("maps")[0].GetProperty("records").GetInt64());
    }

    [Fact]
    public void An_import_killed_again_and_again_leaves_whole_transactions_and_ends_complete()
    {
        const int Records = 40_000;
        string input = _folder.File("words.jsonl");
        WriteWords(input, [.. Enumerable.Range(0, Records).Select(i => $"{i:d6}")]);
        int kills = 0;
        long before = 0;
        foreach (int share in (int[])[1, 6, 12])
        {
            kills += KillImport(input, before + 1 + (share * BatchRecords)) ? 1 : 0;
            long after = CountWords();
            Assert.Equal(0, after % BatchRecords);
            Assert.InRange(after, before, Records);
            before = after;
        }

        JsonElement completed = QuireTool.Run(
            "import", Book, "--from", input, "--batch", $"{BatchRecords}", "--json").Json;
        string output = _folder.File("again.jsonl");
        Assert.Equal(0, QuireTool.Run("export", Book, "--to", output).ExitCode);

        Assert.True(kills > 0, "Every import was complete before it could be killed.");
        Assert.Equal(before, completed.GetProperty("unchanged").GetInt64());
        Assert.Equal(Records - before, completed.GetProperty("added").GetInt64());
        Assert.Equal(File.ReadAllBytes(input), File.ReadAllBytes(output));
        Assert.Equal(0, QuireTool.Run("verify", Book).ExitCode);
    }

    [Fact]
    public void A_mistake_names_its_line_and_keeps_the_transactions_before()
    {
        string input =
            string.Concat(Enumerable.Range(1, 24).Select(i => Line("m", $"{i}", ""))) +
            "{\"map\":\"m\",\"key\":17}\n";

        ToolResult refused = Import(input, "--batch", "10");

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith(
            "quire: standard input:25:18: ", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(
            "20 records in 2 transactions before it are imported",
            refused.ErrorLine,
            StringComparison.Ordinal);
        Assert.Equal("20\n", QuireTool.Run("map", "count", Book, "m").Output);
    }

    [Fact]
    public void Another_value_is_refused_unless_replaced_and_the_same_value_is_unchanged()
    {
        const string Row = "map,key,value\nm,a,1\nm,b,2\nm,a,1\n";
        Assert.Equal(0, Import(Row, "--format", "csv").ExitCode);

        JsonElement same = Import(Row, "--format", "csv", "--json").Json;
        const string Other = "map,key,value\nm,c,3\nm,b,0\n";
        ToolResult refused = Import(Other, "--format", "csv");
        string after = QuireTool.Run("map", "list", Book, "m").Output;
        JsonElement replaced = Import(Other, "--format", "csv", "--replace", "--json").Json;

        Assert.Equal(3, same.GetProperty("unchanged").GetInt64());
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(
            ":3:3: map \"m\" has key \"b\"", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Equal("a\t1\nb\t2\n", after);
        Assert.Equal(1, replaced.GetProperty("replaced").GetInt64());
        Assert.Equal("a\t1\nb\t0\nc\t3\n", QuireTool.Run("map", "list", Book, "m").Output);
    }

    [Fact]
    public void A_key_over_the_limit_is_a_mistake_of_the_input()
    {
        ToolResult refused = Import(Line("m", new string('k', 5000), ""));

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(
            ":1:18: the key has 5000 bytes", refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_map_and_any_bytes_go_from_file_to_file_through_a_pipe()
    {
        byte[] value = new byte[100_000];
        new Random(5).NextBytes(value);
        using (PageFile file = PageFile.Open(Book))
        using (WriteTransaction write = file.BeginWrite())
        {
            write.Map("empty");
            write.Map("full").Put([0xFF, 0], value);
            write.Map("full").Put("text"u8, "ä\n"u8);
            write.Commit();
        }

        string other = _folder.File("other.quire");
        PageFile.Open(other).Dispose();
        byte[] exported = QuireTool.Run("export", Book).OutputBytes;
        ToolResult imported = QuireTool.RunWithInput(exported, "import", other);

        Assert.Equal(0, imported.ExitCode);
        Assert.Empty(imported.Errors);
        Assert.Equal(exported, QuireTool.Run("export", other).OutputBytes);
        using PageFile copy = PageFile.Open(other);
        using ReadTransaction read = copy.BeginRead();
        Assert.True(read.HasMap("empty"));
        Assert.True(read.Map("full").TryGet([0xFF, 0], out ReadOnlySpan<byte> found));
        Assert.True(found.SequenceEqual(value));
    }

    [Fact]
    public void One_map_is_exported_alone_and_imported_under_another_name()
    {
        Assert.Equal(0, Import(Line("a", "k", "1") + Line("b", "k", "2")).ExitCode);

        string one = QuireTool.Run("export", Book, "--map", "b").Output;
        ToolResult imported = Import(one, "--map", "c");
        ToolResult absent = QuireTool.Run("export", Book, "--map", "x");

        Assert.Equal(Line("b", "k", "2"), one);
        Assert.Equal(0, imported.ExitCode);
        Assert.Equal("2", QuireTool.Run("map", "get", Book, "c", "k").Output);
        Assert.Equal(1, absent.ExitCode);
    }

    [SkippableFact]
    public void A_pipe_is_as_good_as_a_file()
    {
        Skip.If(OperatingSystem.IsWindows(), "Pipes have no paths there.");
        Assert.Equal(0, Import(Line("m", "k", "1"), "--from", "/dev/stdin").ExitCode);

        Assert.Equal(
            Line("m", "k", "1") + "/dev/stdout: 1 record of 1 map\n",
            QuireTool.Run("export", Book, "--to", "/dev/stdout").Output);
    }

    [Fact]
    public void A_batch_of_nothing_is_refused()
    {
        ToolResult refused = Import("", "--batch", "0");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--batch must be from 1", refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_over_its_own_file_is_refused()
    {
        byte[] before = File.ReadAllBytes(Book);

        Assert.Equal(2, QuireTool.Run("export", Book, "--to", Book).ExitCode);
        Assert.Equal(2, QuireTool.Run("export", Book, "--to", Book + "-journal").ExitCode);
        Assert.Equal(before, File.ReadAllBytes(Book));
    }

    /// <returns>Whether it was still at work.</returns>
    private bool KillImport(string input, long records)
    {
        using Process import = QuireTool.Start(
            "import", Book, "--from", input, "--batch", $"{BatchRecords}");
        try
        {
            Eventually.True(
                () => import.HasExited || CountWords() >= records, "the import goes on");
            return !import.HasExited;
        }
        finally
        {
            import.Kill();
            Assert.True(import.WaitForExit(TimeSpan.FromMinutes(1)));
        }
    }

    /// <summary>Counts through a connection of its own, which recovers what a kill left.</summary>
    private long CountWords()
    {
        using PageFile file = PageFile.Open(Book);
        using ReadTransaction read = file.BeginRead();
        return read.Map("words").Count;
    }

    private ToolResult Import(string input, params string[] options) => QuireTool.RunWithInput(
        Encoding.UTF8.GetBytes(input), ["import", Book, .. options]);

    private static void WriteWords(string path, string[] words)
    {
        bool isCsv = path.EndsWith(".csv", StringComparison.Ordinal);
        using var output = new StreamWriter(path) { NewLine = isCsv ? "\r\n" : "\n" };
        if (isCsv)
        {
            output.WriteLine("map,key,value");
        }

        for (int i = 0; i < words.Length; i++)
        {
            output.WriteLine(isCsv
                ? $"words,{words[i]},{i}"
                : Line("words", words[i], $"{i}").TrimEnd());
        }
    }

    private static string Line(string map, string key, string value) =>
        $"{{\"map\":\"{map}\",\"key\":\"{key}\",\"value\":\"{value}\"}}\n";
}
