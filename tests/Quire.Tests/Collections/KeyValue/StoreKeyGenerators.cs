using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// Keys drawn at random, from few values near every border of the encoding, so that two of them
/// often share their beginning; and bytes that look like keys.
/// </summary>
internal static class StoreKeyGenerators
{
    private static readonly int[] CodePoints =
    [
        0, 1, 2, 'a', 'b', 0x7F, 0x80, 0xFF, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000,
        0x1F600, 0x10FFFF,
    ];

    private static readonly double[] Numbers =
    [
        0.0, -0.0, 1, -1, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue,
        double.PositiveInfinity, double.NegativeInfinity, double.NaN, 0.1, 9007199254740993, -300,
        2.2250738585072014e-308,
    ];

    private static readonly byte[] Tags =
    [
        0x00, 0x01, 0x02, 0x05, 0x0B, 0x0C, 0x13, 0x14, 0x15, 0x1C, 0x1D, 0x20, 0x21, 0x26, 0x27,
        0xFF,
    ];

    private static Gen<byte> AnyByte => Gen.Choose(0, 255).Select(i => (byte)i);

    public static Gen<StoreKey> Keys => Gen.Choose(1, 4).SelectMany(
        count => Gen.ArrayOf(Parts, count)).Select(parts => StoreKey.Of(parts));

    /// <summary>The second key often has the first one's beginning.</summary>
    public static Gen<(StoreKey First, StoreKey Second)> Pairs => Keys.SelectMany(
        first => Gen.OneOf(
            Keys,
            Parts.Select(first.Append),
            Gen.Choose(0, first.Parts.Count - 1).SelectMany(kept => Parts.Select(
                part => StoreKey.Of([.. first.Parts.Take(kept), part]))))
        .Select(second => (first, second)));

    /// <summary>Bytes at random, tags among them, and keys with something wrong.</summary>
    public static Gen<byte[]> HostileBytes => Gen.OneOf(
        Gen.ArrayOf(Gen.OneOf(Gen.Elements(Tags), AnyByte)).Select(bytes => bytes),
        Keys.SelectMany(key => Gen.Choose(0, key.EncodedLength - 1).SelectMany(
            at => AnyByte.SelectMany(value => Gen.Choose(0, 3).Select(
                how => Damage(key.Encoded.ToArray(), at, value, how))))));

    private static Gen<StoreKeyPart> Parts => Gen.OneOf(
        Gen.ArrayOf(Gen.Elements<byte>(0, 1, 2, 0x61, 0xFE, 0xFF)).Select(
            bytes => StoreKeyPart.FromBytes(bytes.AsSpan(0, Math.Min(bytes.Length, 9)))),
        Gen.ArrayOf(Gen.Elements(CodePoints)).Select(points => StoreKeyPart.FromString(
            string.Concat(points.Take(6).Select(point => new Rune(point).ToString())))),
        Integers.Select(StoreKeyPart.FromInteger),
        Gen.OneOf(
            Gen.Elements(Numbers),
            Gen.ArrayOf(AnyByte, 8).Select(bits => BitConverter.ToDouble(bits)))
            .Select(StoreKeyPart.FromNumber),
        Gen.Elements(true, false).Select(StoreKeyPart.FromBoolean));

    /// <summary>Near the powers of 256, and any of up to 255 bytes, of both signs.</summary>
    private static Gen<BigInteger> Integers => Gen.OneOf(
        Gen.OneOf(Gen.Choose(0, 10), Gen.Choose(253, 254)).SelectMany(power =>
            Gen.Choose(-2, 2).Select(near => BigInteger.Pow(256, power) + near)),
        Gen.OneOf(Gen.Choose(0, 12), Gen.Choose(0, 255)).SelectMany(
            length => Gen.ArrayOf(AnyByte, length)
                .Select(bytes => new BigInteger(bytes, isUnsigned: true))))
        .SelectMany(integer => Gen.Elements(integer, -integer));

    private static byte[] Damage(byte[] key, int at, byte value, int how)
    {
        switch (how)
        {
            case 0:
                key[at] = value;
                return key;
            case 1:
                return key[..at];
            case 2:
                return [.. key[..at], .. key[(at + 1)..]];
            default:
                return [.. key[..at], value, .. key[at..]];
        }
    }
}
