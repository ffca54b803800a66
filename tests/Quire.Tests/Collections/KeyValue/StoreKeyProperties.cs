using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Order, round trip and strictness of encoded keys, on keys drawn by FsCheck.</summary>
public sealed class StoreKeyProperties
{
    private static readonly Config Settings =
        Config.QuickThrowOnFailure.WithMaxTest(5000).WithEndSize(40);

    [Fact]
    public void The_order_of_bytes_is_the_order_of_keys()
    {
        int equal = 0;
        Check.One(Settings, Prop.ForAll(StoreKeyGenerators.Pairs.ToArbitrary(), pair =>
        {
            int expected = Math.Sign(StoreKeyOrder.Instance.Compare(pair.First, pair.Second));
            int bytes = pair.First.Encoded.SequenceCompareTo(pair.Second.Encoded);
            Assert.Equal(expected, Math.Sign(bytes));
            Assert.Equal(expected, Math.Sign(pair.First.CompareTo(pair.Second)));
            Assert.Equal(expected == 0, pair.First.Equals(pair.Second));
            equal += expected == 0 ? 1 : 0;
        }));

        // The pairs are close enough for some of them to be one key twice.
        Assert.InRange(equal, 10, 4000);
    }

    [Fact]
    public void The_bounds_of_a_key_hold_what_continues_it_and_nothing_else()
    {
        int continued = 0;
        Check.One(Settings, Prop.ForAll(StoreKeyGenerators.Pairs.ToArbitrary(), pair =>
        {
            (StoreKey first, StoreKey second) = pair;
            bool isWithin = second.Encoded.SequenceCompareTo(first.FirstContinuation()) >= 0
                && second.Encoded.SequenceCompareTo(first.EndOfContinuations()) < 0;
            bool isContinued = second.Parts.Count > first.Parts.Count
                && second.Parts.Take(first.Parts.Count).SequenceEqual(first.Parts);
            Assert.Equal(isContinued, isWithin);
            Assert.Equal(isContinued, first.IsContinuedBy(second));
            continued += isContinued ? 1 : 0;
        }));
        Assert.InRange(continued, 500, 4500);
    }

    [Fact]
    public void What_is_encoded_is_decoded_from_bytes_and_from_JSON() =>
        Check.One(Settings, Prop.ForAll(StoreKeyGenerators.Keys.ToArbitrary(), key =>
        {
            StoreKey decoded = StoreKey.Decode(key.Encoded);
            Assert.Equal(key.Parts, decoded.Parts);
            Assert.Equal(key, StoreKey.Of([.. decoded.Parts]));
            Assert.Equal(key.Parts, StoreJson.ParseKey(key.ToString()).Parts);
        }));

    [Fact]
    public void Hostile_bytes_are_refused_or_are_the_only_encoding_of_their_key()
    {
        int accepted = 0;
        int refused = 0;
        Check.One(
            Settings.WithMaxTest(20_000),
            Prop.ForAll(StoreKeyGenerators.HostileBytes.ToArbitrary(), bytes =>
            {
                try
                {
                    StoreKey key = StoreKey.Decode(bytes);
                    Assert.Equal(bytes, StoreKey.Of([.. key.Parts]).Encoded.ToArray());
                    accepted++;
                }
                catch (FormatException error)
                {
                    Assert.Contains(
                        bytes.Length == 0 ? "0 bytes" : "at byte ",
                        error.Message,
                        StringComparison.Ordinal);
                    refused++;
                }
            }));
        Assert.True(accepted > 1000 && refused > 1000, $"{accepted} accepted, {refused} refused");
    }

    [Theory]
    [InlineData("00", "at byte 0, tag 00: no part of a key begins so")]
    [InlineData("2605026100", "at byte 1, tag 05: no part of a key begins so")]
    [InlineData("ff", "tag ff")]
    [InlineData("20 00000000", "tag 20")]
    [InlineData("02", "at byte 0, tag 02: no zero byte ends it in the 0 bytes that follow")]
    [InlineData("14 026162", "at byte 1, tag 02: no zero byte ends it in the 2 bytes")]
    [InlineData("01 6100ff", "no zero byte ends it in the 3 bytes")]
    [InlineData("02 c3 00", "a string of 1 bytes that are no UTF-8, from byte 0")]
    [InlineData("02 61c080 00", "no UTF-8, from byte 1")]
    [InlineData("02 eda080 00", "no UTF-8")]
    [InlineData("15", "tag 15: it takes 2 bytes and 1 are left")]
    [InlineData("15 00", "tag 15: the first of the 1 bytes of the integer is not needed")]
    [InlineData("13 ff", "tag 13: the first of the 1 bytes of the integer is not needed")]
    [InlineData("16 0001", "tag 16: the first of the 2 bytes")]
    [InlineData("1d", "tag 1d: it takes 2 bytes and 1 are left")]
    [InlineData("1d 08 0102030405060708", "tag 1d: 8 bytes have a tag of their own")]
    [InlineData("0b f7 fefdfcfbfaf9f8f7", "tag 0b: 8 bytes have a tag of their own")]
    [InlineData("1d 00", "tag 1d: 0 bytes have a tag of their own")]
    [InlineData("1d 09 000102030405060708", "tag 1d: the first of the 9 bytes")]
    [InlineData("0b f6 fffefdfcfbfaf9f8f7", "tag 0b: the first of the 9 bytes")]
    [InlineData("1d ff 01", "tag 1d: it takes 257 bytes and 3 are left")]
    [InlineData("0b 00 01", "tag 0b: it takes 257 bytes and 3 are left")]
    [InlineData("21 800000", "tag 21: it takes 9 bytes and 4 are left")]
    [InlineData("21 fff8000000000001", "tag 21: a NaN of the bits 7ff8000000000001")]
    [InlineData("21 0007ffffffffffff", "tag 21: a NaN of the bits fff8000000000000")]
    [InlineData("26 28", "at byte 1, tag 28")]
    public void Bytes_that_no_key_has_are_refused_with_offset_and_tag(string hex, string problem)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        FormatException error = Assert.Throws<FormatException>(() => StoreKey.Decode(bytes));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_length_of_an_integer_is_encoded_in_its_place()
    {
        BigInteger[] borders =
        [
            .. from power in Enumerable.Range(0, 255)
               from near in (int[])[-1, 0]
               select BigInteger.Pow(256, power) + near,
        ];
        BigInteger[] all =
            [.. borders.Concat(borders.Select(integer => -integer)).Distinct().Order()];
        for (int i = 1; i < all.Length; i++)
        {
            Assert.True(StoreKey.Of(all[i - 1]) < StoreKey.Of(all[i]), $"{all[i]}");
            Assert.Equal(all[i], StoreKey.Decode(StoreKey.Of(all[i]).Encoded).Parts[0].AsInteger());
        }
    }
}
