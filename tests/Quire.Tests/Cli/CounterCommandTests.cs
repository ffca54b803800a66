using System.Diagnostics;
using System.Text.Json;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary><c>quire counter</c>, as a shell sees it.</summary>
public sealed class CounterCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public CounterCommandTests() => PageFile.Open(
        Shop, new PageFileOptions { PageSize = 512 }).Dispose();

    private string Shop => _folder.File("shop.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_new_value_is_a_line()
    {
        Assert.Equal((0, "1\n"), CodeAndOutput(Counter("add", "orders")));
        Assert.Equal((0, "2\n3\n4\n"), CodeAndOutput(Counter("add", "orders", "--times", "3")));
        Assert.Equal((0, "-1\n"), CodeAndOutput(Counter("add", "orders", "--by", "-5")));
        Assert.Equal((0, ""), CodeAndOutput(Counter("add", "orders", "--times", "0")));
        JsonElement[] json =
            [.. Counter("add", "orders", "--by", "10", "--times", "2", "--json").JsonLines];

        Assert.Equal([9, 19], json.Select(line => line.GetProperty("value").GetInt64()));
        Assert.All(
            json, line => Assert.Equal("orders", line.GetProperty("counter").GetString()));
        Assert.Equal((0, "19\n"), CodeAndOutput(Counter("get", "orders")));
        Assert.Equal(19, Counter("get", "orders", "--json").Json.GetProperty("value").GetInt64());
    }

    [Fact]
    public void Ranges_are_a_first_and_a_last_number()
    {
        Assert.Equal((0, "1 1000\n"), CodeAndOutput(Counter("reserve", "ids", "1000")));
        JsonElement json = Counter("reserve", "ids", "5", "--json").Json;

        Assert.Equal(1001, json.GetProperty("first").GetInt64());
        Assert.Equal(1005, json.GetProperty("last").GetInt64());
    }

    [Fact]
    public void Counters_are_set_listed_and_deleted()
    {
        Assert.Equal((0, "-7\n"), CodeAndOutput(Counter("set", "a", "--", "-7")));
        Assert.Equal((0, "3\n"), CodeAndOutput(Counter("set", "b\t", "3", "--if-absent")));
        ToolResult refused = Counter("set", "b\t", "4", "--if-absent");
        ToolResult listed = QuireTool.Run("counter", "list", Shop);
        JsonElement json = QuireTool.Run("counter", "list", Shop, "--prefix", "b", "--json").Json;
        ToolResult first = QuireTool.Run("counter", "list", Shop, "--limit", "1");
        ToolResult deleted = Counter("delete", "a", "--json");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("\"b\\t\" already", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Equal("a\t-7\nb\\t\t3\n", listed.Output);
        Assert.Equal("b\t", json.GetProperty("counter").GetString());
        Assert.Equal("a\t-7\n", first.Output);
        Assert.Equal("deleted", deleted.Json.GetProperty("done").GetString());
        Assert.Equal(1, Counter("delete", "a").ExitCode);
        Assert.Equal(1, Counter("get", "a").ExitCode);
    }

    [Fact]
    public void A_number_that_a_counter_cannot_have_is_1_and_changes_nothing()
    {
        Counter("set", "n", $"{long.MaxValue}");

        ToolResult refused = Counter("add", "n", "--times", "2");

        Assert.Equal((1, ""), CodeAndOutput(refused));
        Assert.Contains(
            "is at 9223372036854775807; +1", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Equal("9223372036854775807\n", Counter("get", "n").Output);
    }

    [Theory]
    [InlineData("'0' is not a number from 1", "reserve", "n", "0")]
    [InlineData("'-1' is not a number from 0", "add", "n", "--times", "-1")]
    [InlineData("'x' is not a number", "add", "n", "--by", "x")]
    [InlineData("NAME is empty", "add", "")]
    [InlineData("--map is empty", "add", "n", "--map", "")]
    [InlineData("Try 'quire counter reserve --help'", "reserve", "n")]
    public void What_makes_no_sense_is_2(string problem, params string[] arguments)
    {
        ToolResult refused = Counter(arguments[0], arguments[1], arguments[2..]);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(problem, refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_that_holds_something_else_is_4_and_stays_as_it_is()
    {
        var prices = new OrderedMap<string, long>("prices", MapKeys.String, MapValues.Int64);
        using (PageFile file = PageFile.Open(Shop))
        {
            file.Update(write => { prices.In(write).Put("n", 1); });
            file.Update(write => { write.Map("counters").Put("n"u8, "three"u8); });
        }

        ToolResult otherType = Counter("add", "n", "--map", "prices");
        ToolResult otherLength = Counter("add", "n");

        Assert.Equal((4, 4), (otherType.ExitCode, otherLength.ExitCode));
        Assert.Contains("something else is kept", otherType.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("5 bytes, expected 8", otherLength.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_is_out_before_the_next_one_is_counted()
    {
        using Process process = QuireTool.Start(
            "counter", "add", Shop, "orders", "--times", $"{long.MaxValue}");
        try
        {
            for (int i = 1; i <= 3; i++)
            {
                Assert.Equal(
                    $"{i}",
                    await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Limit));
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        using PageFile file = PageFile.Open(Shop);
        Assert.InRange(new CounterSet(file).Get("orders") ?? 0, 3, long.MaxValue);
    }

    [Fact]
    public void A_writer_elsewhere_makes_add_busy()
    {
        using PageFile file = PageFile.Open(Shop);
        using WriteTransaction write = file.BeginWrite();

        Assert.Equal(3, Counter("add", "n", "--timeout", "0.05").ExitCode);
    }

    private static (int ExitCode, string Output) CodeAndOutput(ToolResult result) =>
        (result.ExitCode, result.Output);

    private ToolResult Counter(string verb, string name, params string[] rest) =>
        QuireTool.Run(["counter", verb, Shop, name, .. rest]);
}
