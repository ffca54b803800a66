using System.Globalization;
using System.Numerics;
using Quire.Collections;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Format;

/// <summary>What docs/format.md says about keys of the key-value store, against the code.</summary>
public sealed class StoreKeyFormatTests
{
    private const string Heading = "Keys of the key-value store";

    private readonly FormatDocument _document = new();

    [Fact]
    public void The_tags_are_as_documented()
    {
        Dictionary<string, string> tags = _document.Table(Heading, "Part")
            .ToDictionary(cells => cells[0], cells => cells[1]);

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["bytes"] = Hex(StoreKeyTags.Bytes),
                ["text"] = Hex(StoreKeyTags.String),
                ["negative integer of 9 to 255 bytes"] = Hex(StoreKeyTags.LongNegative),
                ["negative integer of 8 to 1 bytes"] =
                    $"{Hex(TagOf(-LargestOf(8)))} to {Hex(TagOf(-1))}",
                ["zero"] = Hex(StoreKeyTags.Zero),
                ["positive integer of 1 to 8 bytes"] =
                    $"{Hex(TagOf(1))} to {Hex(TagOf(LargestOf(8)))}",
                ["positive integer of 9 to 255 bytes"] = Hex(StoreKeyTags.LongPositive),
                ["number"] = Hex(StoreKeyTags.Number),
                ["false"] = Hex(StoreKeyTags.False),
                ["true"] = Hex(StoreKeyTags.True),
            },
            tags);
    }

    [Fact]
    public void The_lengths_where_integers_change_their_tag_are_as_documented()
    {
        Assert.Equal(StoreKeyTags.LongPositive, TagOf(LargestOf(8) + 1));
        Assert.Equal(StoreKeyTags.LongNegative, TagOf(-LargestOf(8) - 1));
        Assert.Equal(StoreKeyTags.LongPositive, TagOf(LargestOf(255)));
        Assert.Throws<ArgumentOutOfRangeException>(() => TagOf(LargestOf(255) + 1));
    }

    [Fact]
    public void The_worked_example_is_what_the_code_makes()
    {
        IReadOnlyList<string[]> rows = _document.Table(Heading, "Bytes");
        foreach (string[] cells in rows)
        {
            Assert.Equal(cells[0], HexOf(StoreJson.ParseKey($"[{cells[1].Trim('`')}]")));
        }

        string json = $"[{string.Join(',', rows.Select(cells => cells[1].Trim('`')))}]";
        StoreKey key = StoreJson.ParseKey(json);
        Assert.Equal(string.Join(' ', rows.Select(cells => cells[0])), HexOf(key));
        Assert.Contains(
            $"`{json}` is these {key.EncodedLength} bytes:",
            RepositoryFiles.Read("docs/format.md"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_two_keys_that_begin_alike_are_as_documented()
    {
        string document = RepositoryFiles.Read("docs/format.md");
        foreach (string json in (string[])["[\"a\"]", "[\"a\\u0000b\"]"])
        {
            Assert.Contains(
                $"`{json}` is `{HexOf(StoreJson.ParseKey(json))}`",
                document.ReplaceLineEndings(" "),
                StringComparison.Ordinal);
        }
    }

    private static BigInteger LargestOf(int bytes) => (BigInteger.One << (8 * bytes)) - 1;

    private static byte TagOf(BigInteger integer) => StoreKey.Of(integer).Encoded[0];

    private static string Hex(byte tag) => tag.ToString("X2", CultureInfo.InvariantCulture);

    private static string HexOf(StoreKey key) =>
        string.Join(' ', key.Encoded.ToArray().Select(Hex));
}
