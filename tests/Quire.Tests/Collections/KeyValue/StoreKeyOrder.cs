using System.Numerics;
using System.Text;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// The order of keys, written down from its rules and not from the encoding: kinds first, then
/// bytes as unsigned numbers, text by code points, integers by value, numbers in IEEE 754's total
/// order with one NaN; a key before those that continue it.
/// </summary>
internal sealed class StoreKeyOrder : IComparer<StoreKey>
{
    public static StoreKeyOrder Instance { get; } = new();

    public int Compare(StoreKey? x, StoreKey? y)
    {
        for (int i = 0; i < Math.Min(x!.Parts.Count, y!.Parts.Count); i++)
        {
            if (Compare(x.Parts[i], y.Parts[i]) is not 0 and int order)
            {
                return order;
            }
        }

        return x.Parts.Count.CompareTo(y.Parts.Count);
    }

    private static int Compare(StoreKeyPart x, StoreKeyPart y) => x.Kind != y.Kind
        ? Rank(x.Kind).CompareTo(Rank(y.Kind))
        : x.Kind switch
        {
            StoreKeyPartKind.Bytes => Sequence(
                [.. x.AsBytes()], [.. y.AsBytes()], (one, other) => one - other),
            StoreKeyPartKind.String => Sequence<Rune>(
                [.. x.AsString().EnumerateRunes()],
                [.. y.AsString().EnumerateRunes()],
                (one, other) => one.Value - other.Value),
            StoreKeyPartKind.Integer => BigInteger.Compare(x.AsInteger(), y.AsInteger()),
            StoreKeyPartKind.Number => Number(x.AsNumber(), y.AsNumber()),
            _ => 0,
        };

    private static int Rank(StoreKeyPartKind kind) => Array.IndexOf(
        [
            StoreKeyPartKind.Bytes, StoreKeyPartKind.String, StoreKeyPartKind.Integer,
            StoreKeyPartKind.Number, StoreKeyPartKind.False, StoreKeyPartKind.True,
        ],
        kind);

    private static int Number(double x, double y)
    {
        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return double.IsNaN(x).CompareTo(double.IsNaN(y));
        }

        // Equal, yet of two signs: the zeros, the negative one first.
        return x == y
            ? double.IsNegative(y).CompareTo(double.IsNegative(x))
            : x < y ? -1 : 1;
    }

    private static int Sequence<T>(T[] x, T[] y, Func<T, T, int> compare)
    {
        for (int i = 0; i < Math.Min(x.Length, y.Length); i++)
        {
            if (compare(x[i], y[i]) is not 0 and int order)
            {
                return order;
            }
        }

        return x.Length.CompareTo(y.Length);
    }
}
