using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Versionstamps: 10 bytes, 20 characters, one order.</summary>
public sealed class VersionstampTests
{
    [Fact]
    public void A_stamp_is_20_characters_of_lower_case_and_is_read_in_either()
    {
        var stamp = new Versionstamp(0x0123_4567_89AB_CDEF, 0xFE01);

        Assert.Equal("0123456789abcdeffe01", stamp.ToString());
        Assert.Equal(stamp, Versionstamp.Parse("0123456789abcdeffe01"));
        Assert.Equal(stamp, Versionstamp.Parse("0123456789ABCDEFFE01"));
        Assert.Equal("00000000000000000000", default(Versionstamp).ToString());
        Assert.Equal(
            "ffffffffffffffffffff", new Versionstamp(ulong.MaxValue, ushort.MaxValue).ToString());
    }

    [Theory]
    [InlineData("", "has 0")]
    [InlineData("0123456789abcdeffe0", "has 19")]
    [InlineData("0123456789abcdeffe0100000000", "has 28")]
    [InlineData("0123456789abcdeffe0g", "character 19")]
    [InlineData(" 123456789abcdeffe01", "character 0")]
    [InlineData("0x23456789abcdeffe01", "character 1")]
    [InlineData("0123456789abcde\0fe01", "character 15")]
    [InlineData("0123456789abcdeffe0\0", "character 19")]
    [InlineData("0123456789abcdeffe0\u0661", "character 19")]
    public void What_is_no_stamp_is_refused_with_its_length_or_the_character(
        string text, string problem)
    {
        FormatException error = Assert.Throws<FormatException>(() => Versionstamp.Parse(text));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.False(Versionstamp.TryParse(text, out _));
    }

    [Fact]
    public void Stamps_texts_and_bytes_have_one_order()
    {
        Versionstamp[] ordered =
        [
            default, new(0, 1), new(0, ushort.MaxValue), new(1, 0), new(0xFF, 2), new(0x100, 0),
            new(long.MaxValue, 0), new((ulong)long.MaxValue + 1, 0), new(ulong.MaxValue, 0),
        ];
        for (int i = 1; i < ordered.Length; i++)
        {
            Assert.True(ordered[i - 1] < ordered[i] && ordered[i] >= ordered[i - 1]);
            Assert.True(string.CompareOrdinal($"{ordered[i - 1]}", $"{ordered[i]}") < 0);
            Assert.True(
                BytesOf(ordered[i - 1]).AsSpan().SequenceCompareTo(BytesOf(ordered[i])) < 0);
        }
    }

    [Fact]
    public void A_stamp_is_read_from_10_bytes_and_no_other_number()
    {
        byte[] bytes = BytesOf(new Versionstamp(7, 0x0102));

        Assert.Equal("00000000000000070102", Convert.ToHexStringLower(bytes));
        Assert.Equal(new Versionstamp(7, 0x0102), Versionstamp.Read(bytes));
        Assert.Contains(
            "these are 9",
            Assert.Throws<FormatException>(() => Versionstamp.Read(bytes.AsSpan(1))).Message,
            StringComparison.Ordinal);
    }

    private static byte[] BytesOf(Versionstamp stamp)
    {
        byte[] bytes = new byte[Versionstamp.LengthBytes];
        stamp.Write(bytes);
        return bytes;
    }
}
