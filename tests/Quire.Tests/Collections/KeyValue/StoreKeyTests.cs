using System.Numerics;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>The bytes of keys: vectors, what continues what, and what is no key.</summary>
public sealed class StoreKeyTests
{
    /// <summary>Key in JSON, bytes, and how the bytes follow from the rules of the tuple layer.
    /// </summary>
    public static TheoryData<string, string, string> Vectors() => new()
    {
        { """["foo"]""", "02666f6f00", "tag 02, UTF-8, end" },
        { """[{"bytes":"040004"}]""", "010400ff0400", "tag 01, the zero byte escaped, end" },
        { """[{"bigint":"0"}]""", "14", "no bytes, so the tag in the middle alone" },
        { """[{"bigint":"600"}]""", "160258", "600 = 0x0258: two bytes, so 0x14 + 2" },
        { "[-300]", "213f8d3fffffffffff", "c072c00000000000, every bit turned" },
        { """[""]""", "0200", "text of no bytes" },
        { """[{"bytes":""}]""", "0100", "no bytes" },
        { """["a\u0000b"]""", "026100ff6200", "a zero in text is escaped as in bytes" },
        { """["\u0000"]""", "0200ff00", "escape, and then the end" },
        { """["€😀"]""", "02e282acf09f988000", "U+20AC in three bytes, U+1F600 in four" },
        { """[{"bigint":"1"}]""", "1501", "one byte: 0x14 + 1" },
        { """[{"bigint":"255"}]""", "15ff", "the last of one byte" },
        { """[{"bigint":"256"}]""", "160100", "the first of two" },
        { """[{"bigint":"-1"}]""", "13fe", "0x14 - 1, and 01 complemented" },
        { """[{"bigint":"-255"}]""", "1300", "ff complemented" },
        { """[{"bigint":"-256"}]""", "12feff", "0x14 - 2, and 0100 complemented" },
        { """[{"bigint":"-600"}]""", "12fda7", "0258 complemented" },
        {
            """[{"bigint":"18446744073709551615"}]""", "1cffffffffffffffff",
            "2^64 - 1: the last of eight bytes, 0x14 + 8"
        },
        {
            """[{"bigint":"18446744073709551616"}]""", "1d09010000000000000000",
            "2^64: nine bytes, so 1D and the length 09"
        },
        {
            """[{"bigint":"-9223372036854775808"}]""", "0c7fffffffffffffff",
            "-2^63: 0x14 - 8, and 80 00 ... complemented"
        },
        {
            """[{"bigint":"-18446744073709551615"}]""", "0c0000000000000000",
            "-(2^64 - 1): still eight bytes, all complemented"
        },
        {
            """[{"bigint":"-18446744073709551616"}]""", "0bf6feffffffffffffffff",
            "-2^64: 0B, the length 09 complemented, 01 00 ... complemented"
        },
        { "[0]", "218000000000000000", "0.0: the sign bit turned" },
        { "[-0]", "217fffffffffffffff", "-0.0: every bit turned; just before 0.0" },
        { "[1]", "21bff0000000000000", "3ff0..., the sign bit turned" },
        { "[-1]", "21400fffffffffffff", "bff0..., every bit turned" },
        { """[{"number":"Infinity"}]""", "21fff0000000000000", "7ff0..., the sign bit turned" },
        { """[{"number":"-Infinity"}]""", "21000fffffffffffff", "fff0..., every bit turned" },
        { """[{"number":"NaN"}]""", "21fff8000000000000", "7ff8..., the sign bit turned" },
        { "[false,true]", "2627", "a tag each" },
        { """["a",{"bigint":"2"},false]""", "026100150226", "one part after the other" },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_key_has_the_bytes_of_the_tuple_layer(string json, string hex, string reason)
    {
        StoreKey key = StoreJson.ParseKey(json);
        StoreKey decoded = StoreKey.Decode(Convert.FromHexString(hex));

        Assert.True(Convert.ToHexStringLower(key.Encoded) == hex, reason);
        Assert.Equal(hex.Length / 2, key.EncodedLength);
        Assert.Equal(key, decoded);
        Assert.Equal(key.Parts, decoded.Parts);
    }

    [Fact]
    public void Integers_and_numbers_of_NET_are_different_parts()
    {
        Assert.Equal(StoreKeyPartKind.Integer, ((StoreKeyPart)1).Kind);
        Assert.Equal(StoreKeyPartKind.Number, ((StoreKeyPart)1.0).Kind);
        Assert.NotEqual(StoreKey.Of(1), StoreKey.Of(1.0));
        Assert.True(StoreKey.Of(ulong.MaxValue) < StoreKey.Of(-1.0));
        Assert.Equal(StoreKey.Of(1.0), StoreJson.ParseKey("[1]"));
        Assert.Equal(StoreKey.Of(1), StoreJson.ParseKey("""[{"bigint":"1"}]"""));
    }

    [Fact]
    public void Every_NaN_is_one_part_and_sorts_last_of_the_numbers()
    {
        double negative = BitConverter.UInt64BitsToDouble(0xFFF8_0000_0000_0001);

        Assert.Equal(StoreKey.Of(double.NaN), StoreKey.Of(negative));
        Assert.True(StoreKey.Of(double.PositiveInfinity) < StoreKey.Of(double.NaN));
        Assert.True(StoreKey.Of(double.NaN) < StoreKey.Of(false));
    }

    [Fact]
    public void The_longest_integer_has_255_bytes_and_the_next_is_refused()
    {
        BigInteger longest = (BigInteger.One << (255 * 8)) - 1;

        Assert.Equal(257, StoreKey.Of(longest).EncodedLength);
        Assert.Equal(longest, StoreKey.Decode(StoreKey.Of(longest).Encoded).Parts[0].AsInteger());
        Assert.Equal(-longest, StoreKey.Decode(StoreKey.Of(-longest).Encoded).Parts[0].AsInteger());
        ArgumentOutOfRangeException error =
            Assert.Throws<ArgumentOutOfRangeException>(() => StoreKey.Of(-longest - 1));
        Assert.Contains("255 bytes; this one has 256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused_with_its_place()
    {
        ArgumentException error =
            Assert.Throws<ArgumentException>(() => StoreKey.Of("a", "xy\uD83Dz"));

        Assert.Contains("Part 1 of the key", error.Message, StringComparison.Ordinal);
        Assert.Contains("U+D83D, at position 2 of 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_never_empty_and_has_no_part_that_is_nothing()
    {
        Assert.Throws<ArgumentException>(() => StoreKey.Of());
        Assert.Throws<ArgumentException>(() => StoreKey.Of("a", default));
        Assert.Throws<FormatException>(() => StoreKey.Decode([]));
        Assert.Throws<FormatException>(() => StoreJson.ParseKey("[]"));
        Assert.Throws<ArgumentNullException>(() => StoreKey.Of((string)null!));
        Assert.Throws<ArgumentNullException>(() => StoreKey.Of((byte[])null!));
    }

    [Fact]
    public void What_continues_a_key_lies_between_its_bounds_and_nothing_else_does()
    {
        StoreKey a = ["a"];
        StoreKey[] others = [["a\0"], ["a\0\u0002b"], ["a\0\uFFFF"], ["ab"], ["`"], [1], ["a"]];
        StoreKey[] continued = [["a", "b"], ["a", new byte[] { 0 }], ["a", true], ["a", "", 1]];

        Assert.All(continued, key => Assert.True(IsWithin(a, key) && a.IsContinuedBy(key)));
        Assert.All(others, key => Assert.False(IsWithin(a, key) || a.IsContinuedBy(key)));

        // Why a prefix of bytes will not do: these begin with the bytes of ["a"] as well.
        Assert.True(others[1].Encoded.StartsWith(a.Encoded));
        Assert.NotEqual(StoreKey.Of("a\0\u0002b"), StoreKey.Of("a", "b"));
    }

    [Fact]
    public void A_key_that_ends_with_the_place_of_a_versionstamp_gets_its_text()
    {
        StoreKey key = ["log", StoreKeyPart.CommitVersionstamp];
        var stamp = new Versionstamp(0x1234, 5);

        StoreKey resolved = key.WithVersionstamp(stamp);

        Assert.Equal(StoreKey.Of("log", "00000000000012340005"), resolved);
        Assert.Equal(resolved.EncodedLength, key.EncodedLength);
        Assert.Equal("log", key.Parts[0].AsString());
        Assert.NotEqual(StoreKey.Of("log"), key);
        Assert.Throws<InvalidOperationException>(() => key.Encoded.Length);
        Assert.Throws<ArgumentException>(() => key.Append("more"));
        Assert.Throws<ArgumentException>(
            () => StoreKey.Of(StoreKeyPart.CommitVersionstamp, "more"));
        Assert.Same(resolved, resolved.WithVersionstamp(stamp));
    }

    [Fact]
    public void Keys_do_not_change_with_what_they_were_made_of()
    {
        byte[] bytes = [1, 2];
        StoreKey key = StoreKey.Of(bytes);
        bytes[0] = 9;

        Assert.Equal([1, 2], key.Parts[0].AsBytes().ToArray());
        Assert.Equal(StoreKey.Of("a", "b", 3), StoreKey.Of("a").Append("b").Append(3));
    }

    private static bool IsWithin(StoreKey key, StoreKey other) =>
        other.Encoded.SequenceCompareTo(key.FirstContinuation()) >= 0
        && other.Encoded.SequenceCompareTo(key.EndOfContinuations()) < 0;
}
